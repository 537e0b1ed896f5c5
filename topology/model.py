"""Resources, the links between them, and who said so: the values the whole product passes around.

A link is written at its effect, as an `Input` of the resource that suffers, because that is where
plugins declare it (a child names its parents). Everything here is frozen.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any, Literal

from topology.gates import IDENTITY, Group, InputMap
from topology.packed import packed
from topology.state import EXACTLY, OK, UNKNOWN, Interval, State, worst_own

QUALIFIED = "~"
"""In a uid, what stands before it is what is claimed, and after it by whom: see collisions."""
Value = str | int | float | bool
"""An attribute's stored form: Json as its text, a reference as a uid; an unset one is left out."""


class LinkKind(StrEnum):
    """Why trouble travels along a link, always from cause to effect."""

    PARENT_OF = "PARENT_OF"
    """Composition, declared by a plugin; never a cycle."""
    AFFECTS = "AFFECTS"
    """A dependency that is not composition."""
    PROVIDES = "PROVIDES"
    """Two resources joined by an identifier that one provides and the other subscribes to."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Who reports: one plugin on one scannable. Removal never reaches outside it."""

    plugin: str
    scannable: str
    """The scannable's uid."""

    def __str__(self) -> str:
        return f"{self.plugin}/{self.scannable}"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Return the scope that `str` wrote."""
        plugin, _, scannable = text.partition("/")
        return cls(plugin, scannable)


@dataclass(frozen=True, slots=True)
class Input:
    """A link from `source` into the resource that holds this."""

    source: str
    """Uid of the cause."""
    kind: LinkKind = LinkKind.PARENT_OF
    groups: tuple[str, ...] = ()
    """Names of the groups it is an input of; none: the default group of its kind."""
    map: InputMap = IDENTITY
    out_of_sync: tuple[str, ...] = ()
    """Names of those groups in which it is not in sync, so counts as failed."""
    via: str = ""
    """For PROVIDES: what joined them, as "key=value"."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two inputs of a resource the same link."""
        return (self.kind, self.source, self.via)


Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert condition being true now."""

    condition: str
    """The condition's id, unique within the resource and reporter."""
    severity: Severity
    message: str
    since: float
    """Epoch seconds at which it began; re-checks keep it."""


def alert_order(alert: Alert) -> tuple[int, float]:
    """Return a sort key: the worst first, of equally bad ones the oldest."""
    return (-SEVERITIES.index(alert.severity), alert.since)


@dataclass(frozen=True, slots=True)
class Provision:
    """An identifier a resource provides or subscribes to, the value in its canonical form."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one scope says of one resource. Its collections are kept sorted, so equal is equal."""

    classes: tuple[str, ...]
    """Its labels: own class first, then its bases up to, not including, Resource."""
    label: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    own_state: Interval = OK
    can_fail: bool = True
    is_service: bool = False
    is_hearsay: bool = False
    """It is said at second hand: how it is counts only where nobody says so at first hand."""
    is_stale: bool = False
    """Its scope has been silent for too long: it counts only where nobody says anything newer."""
    groups: tuple[Group, ...] = ()
    inputs: tuple[Input, ...] = ()
    """PARENT_OF and AFFECTS, each key once; kept sorted by key."""
    provides: tuple[Provision, ...] = ()
    subscribes: tuple[Provision, ...] = ()
    alerts: tuple[Alert, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", packed(self.attributes))
        for name, key in _SORTED_BY.items():
            if len(values := getattr(self, name)) > 1:
                object.__setattr__(self, name, tuple(sorted(values, key=key)))


_SORTED_BY: Mapping[str, Callable[[Any], Any]] = {
    "groups": attrgetter("name"),
    "inputs": attrgetter("key"),
    "provides": attrgetter("key", "value"),
    "subscribes": attrgetter("key", "value"),
    "alerts": attrgetter("condition"),
}


@dataclass(frozen=True, slots=True)
class Resource:
    """One identified thing as the graph holds it: what every reporter claims, and what follows.

    `merged` is the claims seen as one: of single values the alphabetically first reporter's, of
    collections the union, of own states the worst (`worst_own`). Hearsay comes after all that is
    said at first hand, and what is stale after all that is fresh; then neither its own state nor
    its alerts count. Where all is stale the own state is UNKNOWN.
    """

    uid: str
    claims: Mapping[str, Claim]
    """By scope, as text. Never empty; a missing member keeps its last one."""
    joined: tuple[Input, ...] = ()
    """PROVIDES links into it, found by `topology.ingest.correlate`; kept sorted by key."""
    most: Mapping[str, int] = field(default_factory=dict)
    """The most inputs each group has had, by the group's name."""
    missing_since: float | None = None
    """Epoch seconds since when it is a missing member: gone from the report, not forgotten."""
    own_since: float = 0.0
    """Epoch seconds at which its own state became what it is."""
    own_revision: int = 0
    """The revision at which its own state became what it is."""
    alias: str = ""
    """A name given by an administrator."""
    shown_as: str = ""
    """In a view: whose name it has instead of its label; see `topology.live.shown_names`."""
    merged: Claim = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", packed(self.claims))
        if len(self.joined) > 1:
            object.__setattr__(self, "joined", tuple(sorted(self.joined, key=attrgetter("key"))))
        object.__setattr__(self, "merged", _merge(self.claims))

    @property
    def name(self) -> str:
        """What people call it: its alias, else what it is shown as, else its label."""
        return self.alias or self.shown_as or self.merged.label

    @property
    def class_name(self) -> str:
        """Its own class."""
        return self.merged.classes[0]

    def judges(self, scope: str) -> bool:
        """What `scope` says of its state counts: fresh, at first hand, or nobody says more."""
        return _standing(self.claims[scope]) == _standing(self.merged)

    @property
    def own_state(self) -> Interval:
        """Its own state; a missing member has failed, and nobody knows what is stale."""
        if self.missing_since is not None:
            return EXACTLY[State.FAILED]
        return UNKNOWN if self.merged.is_stale else self.merged.own_state

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Every link into it."""
        return self.merged.inputs + self.joined


def _merge(claims: Mapping[str, Claim]) -> Claim:
    if len(claims) == 1:
        return next(iter(claims.values()))
    said = sorted((claims[scope] for scope in sorted(claims)), key=_standing)
    judging = [claim for claim in said if _standing(claim) == _standing(said[0])]
    attributes: dict[str, Value] = {}
    for claim in reversed(said):
        attributes.update(claim.attributes)
    return Claim(
        classes=tuple(dict.fromkeys(name for claim in said for name in claim.classes)),
        label=said[0].label,
        attributes=attributes,
        own_state=worst_own(claim.own_state for claim in judging),
        can_fail=any(claim.can_fail for claim in said),
        is_service=any(claim.is_service for claim in said),
        is_hearsay=said[0].is_hearsay,
        is_stale=said[0].is_stale,
        groups=tuple(
            {group.name: group for claim in reversed(said) for group in claim.groups}.values()
        ),
        inputs=tuple({one.key: one for claim in reversed(said) for one in claim.inputs}.values()),
        provides=tuple(dict.fromkeys(one for claim in said for one in claim.provides)),
        subscribes=tuple(dict.fromkeys(one for claim in said for one in claim.subscribes)),
        alerts=tuple(alert for claim in judging for alert in claim.alerts),
    )


def _standing(claim: Claim) -> tuple[bool, bool]:
    """Return how much a claim counts, the least for what counts most."""
    return claim.is_stale, claim.is_hearsay


def resource_uid(class_name: str, identifier: Sequence[Value], scannable: str = "") -> str:
    """Derive a uid: the same for equal arguments on every machine and engine.

    `class_name` is the class the identity belongs to, `identifier` its values in declared order,
    `scannable` the scannable's uid for a ScannableId and empty for a GlobalId. The uid is
    URL-safe, at most 64 characters, and opaque; the class name in it is for human eyes.
    """
    said = json.dumps(
        [class_name, list(identifier), scannable], ensure_ascii=True, separators=(",", ":")
    )
    digest = hashlib.blake2b(said.encode(), digest_size=15).digest()
    return f"{class_name[:32]}-{base64.b32encode(digest).decode().lower()}"
