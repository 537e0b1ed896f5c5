"""Resources out of the nodes and links of the database: what `rows` wrote, exactly.

A whole site passes through here, so equal values that its rows repeat become one, and a row is let
go of before the next one comes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from topology.gates import IDENTITY, Group
from topology.json_form import claim_from_json, groups_from_json, map_from_json
from topology.model import Alert, Claim, Input, LinkKind, Provision, Resource, Value
from topology.packed import Packed
from topology.schema import GRAPH_PROPERTIES
from topology.state import interval_of

_EQUAL_KEPT: Final = 4096
"""Values of one kind that are kept to stand for equal ones."""


class LinkRow(NamedTuple):
    """One link as the database gives it: its ends, its kind, and properties, None where unset."""

    source: str
    kind: str
    target: str
    groups: Sequence[str] | None
    out_of_sync: Sequence[str] | None
    map: Sequence[str] | None
    key: str | None
    value: str | None
    is_claimed: bool
    """A scope reports it; others join what provides with what subscribes."""


LINK_ROW = (
    "[a.uid, type(r), b.uid, r.groups, r.out_of_sync, r.map, r.key, r.value, "
    "r.reporters IS NOT NULL]"
)
"""A `LinkRow` in Cypher, for a link r from a to b."""


def resources_of(
    nodes: Iterable[Mapping[str, Any]],
    links: Iterable[LinkRow],
    alerts: Iterable[tuple[str, Mapping[str, Any]]],
) -> dict[str, Resource]:
    """Return the resources that `nodes` hold, by uid.

    `alerts` are pairs of a resource's uid and an alert's properties. A link or alert on a resource
    that is not among `nodes` is left out. Each is gone through once: links, alerts, then nodes.
    """
    reading = _Reading()
    reading.take_links(links)
    for uid, properties in alerts:
        reading.alerts[uid].append(_alert(properties))
    return {node["uid"]: reading.resource(node) for node in nodes}


class _Reading:
    """What was read of links and alerts, until the nodes they belong to come."""

    def __init__(self) -> None:
        self.alerts: defaultdict[str, list[Alert]] = defaultdict(list)
        self._claimed: defaultdict[str, list[Input]] = defaultdict(list)
        self._joined: defaultdict[str, list[Input]] = defaultdict(list)
        self._words: dict[str, str] = {}
        self._numbers: dict[int, int] = {}
        self._times: dict[float, float] = {}

    def take_links(self, links: Iterable[LinkRow]) -> None:
        inputs: dict[tuple[object, ...], Input] = {}  # a cause is an input of many in the same way
        claimed, joined = self._claimed, self._joined
        for source, kind, target, groups, out_of_sync, shape, key, value, is_claimed in links:
            in_groups, unsynced = tuple(groups or ()), tuple(out_of_sync or ())
            via = "" if key is None else f"{key}={value or ''}"
            same = (source, kind, in_groups, unsynced, via, *(shape or ()))
            one = inputs.get(same)
            if one is None:
                one = inputs[same] = Input(
                    source=intern(source),
                    kind=LinkKind(kind),
                    groups=_shared(in_groups),
                    map=map_from_json(shape) if shape else IDENTITY,
                    out_of_sync=_shared(unsynced),
                    via=via,
                )
            (claimed if is_claimed else joined)[target].append(one)

    def resource(self, node: Mapping[str, Any]) -> Resource:
        uid = intern(node["uid"])
        claimed = self._claimed.pop(uid, ())
        if "claims" in node:
            claims = {
                scope: claim_from_json(form) for scope, form in json.loads(node["claims"]).items()
            }
        else:
            claims = {intern(node["reporters"][0]): self._claim(uid, node, claimed)}
        return Resource(
            uid=uid,
            claims=claims,
            joined=tuple(self._joined.pop(uid, ())),
            most=_most(node.get("most", "{}")),
            missing_since=node.get("missing_since"),
            own_since=self._times.setdefault(node["own_since"], node["own_since"]),
            own_revision=node["own_revision"],
            alias=node.get("alias", ""),
        )

    def _claim(self, uid: str, node: Mapping[str, Any], inputs: Iterable[Input]) -> Claim:
        properties, names = _attributes(tuple(node))
        return Claim(
            classes=_shared(tuple(node["classes"])),
            label=node.get("label", ""),
            attributes=Packed(names, tuple([self._value(node[name]) for name in properties])),
            own_state=interval_of(node["own_state"]),
            can_fail=node["can_fail"],
            is_service=node["is_service"],
            groups=_groups(node["groups"]) if "groups" in node else (),
            inputs=tuple(inputs),
            provides=_provisions(node["provides"]) if "provides" in node else (),
            subscribes=_provisions(node["subscribes"]) if "subscribes" in node else (),
            alerts=tuple(self.alerts.pop(uid, ())),
        )

    def _value(self, value: Value) -> Value:
        """Return the value that stands for all equal ones; 1 and 1.0 are two."""
        if type(value) is str:
            return self._words.setdefault(value, value)
        if type(value) is int:
            return self._numbers.setdefault(value, value)
        return value


def _alert(said: Mapping[str, Any]) -> Alert:
    return Alert(said["condition"], said["severity"], said["message"], said["since"])


@lru_cache(maxsize=_EQUAL_KEPT)
def _shared(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return one tuple for all equal ones: the driver makes new strings for every row."""
    return words


@lru_cache(maxsize=_EQUAL_KEPT)
def _groups(text: str) -> tuple[Group, ...]:
    """Read declared groups; those of one class mostly are the same text, and then one value."""
    return groups_from_json(json.loads(text))


@lru_cache(maxsize=_EQUAL_KEPT)
def _most(text: str) -> Mapping[str, int]:
    """Read how many inputs groups have had, in the same way. Nobody changes what is returned."""
    return MappingProxyType(json.loads(text))


def _provisions(texts: Iterable[str]) -> tuple[Provision, ...]:
    return tuple(Provision(key, value) for key, _, value in (one.partition("=") for one in texts))


@lru_cache(maxsize=_EQUAL_KEPT)
def _attributes(properties: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of a node's properties are attributes, and what the attributes are called."""
    found = tuple(name for name in properties if name not in GRAPH_PROPERTIES)
    return found, tuple(map(_attribute_name, found))


def _attribute_name(property_name: str) -> str:
    """Take the underscore away that `rows` put behind a name the graph takes for itself."""
    bare = property_name.rstrip("_")
    return property_name.removesuffix("_") if bare in GRAPH_PROPERTIES else property_name
