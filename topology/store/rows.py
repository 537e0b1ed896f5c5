"""Resources as the nodes and links of the database; `reading` makes resources of them, exactly.

Operators read these properties, so they are native and named as plugin authors wrote them. What
native properties cannot say (several claims, hearsay, a missing member's own word, an integer
beyond 64 bit) stands in addition, whole, in the property `claims` as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from topology.gates import IDENTITY
from topology.json_form import (
    claim_to_json,
    groups_to_json,
    map_to_json,
)
from topology.model import Input, Resource, Value, resource_uid
from topology.schema import GRAPH_PROPERTIES
from topology.store.values import Published

Property = str | int | float | bool | list[str]
Properties = dict[str, Property]
LinkKey = tuple[str, str, str]
"""Kind, source's uid and what joined them: one link into a resource."""

_INT64 = range(-(2**63), 2**63)


def node_properties(resource: Resource) -> Properties:
    """Return the properties of the resource's node; what is empty or unset is left out."""
    merged = resource.merged
    attributes = {
        name: _native(value)
        for attribute, value in merged.attributes.items()
        if (name := _property_name(attribute))
    }
    optional: dict[str, Property | None] = {
        "label": _encodable(merged.label),
        "alias": _encodable(resource.alias),
        "groups": json.dumps(groups_to_json(merged.groups)) if merged.groups else "",
        "most": json.dumps(dict(resource.most)) if resource.most else "",
        "provides": [_encodable(str(one)) for one in merged.provides],
        "subscribes": [_encodable(str(one)) for one in merged.subscribes],
        "claims": None if _says_all(resource, attributes) else _claims_json(resource),
    }
    missing = {} if resource.missing_since is None else {"missing_since": resource.missing_since}
    return {
        **attributes,
        "uid": resource.uid,
        "classes": list(merged.classes),
        "reporters": sorted(resource.claims),
        "own_state": resource.own_state.word,
        "own_since": resource.own_since,
        "own_revision": resource.own_revision,
        "can_fail": merged.can_fail,
        "is_service": merged.is_service,
        **missing,
        **{name: value for name, value in optional.items() if value},
    }


def link_properties(resource: Resource) -> dict[LinkKey, Properties]:
    """Return the properties of every link into the resource; a joined one has no reporters."""
    reporters: dict[LinkKey, list[str]] = {}
    for scope in sorted(resource.claims):
        for one in resource.claims[scope].inputs:
            reporters.setdefault(one.key, []).append(scope)
    return {one.key: _link_properties(one, reporters.get(one.key, [])) for one in resource.inputs}


def _link_properties(one: Input, reporters: list[str]) -> Properties:
    properties: Properties = {}
    if one.groups:
        properties["groups"] = list(one.groups)
    if one.out_of_sync:
        properties["out_of_sync"] = list(one.out_of_sync)
    if one.map != IDENTITY:
        properties["map"] = map_to_json(one.map)
    if one.via:
        properties["key"], _, value = one.via.partition("=")
        if value:
            properties["value"] = value
    if reporters:
        properties["reporters"] = reporters
    return properties


def alert_properties(resource: Resource) -> dict[str, Properties]:
    """Return the properties of every alert that counts on the resource, by the alert's id."""
    return {
        alert_id: {
            "id": alert_id,
            "condition": _encodable(one.condition),
            "severity": one.severity,
            "message": _encodable(one.message),
            "since": one.since,
            "reporter": scope,
        }
        for scope, claim in sorted(resource.claims.items())
        if resource.judges(scope)
        for one in claim.alerts
        for alert_id in [resource_uid("Alert", (resource.uid, one.condition), scope)]
    }


def published_properties(published: Published) -> Mapping[str, Property | None]:
    """Return the properties that tell operators how a resource is judged; None unsets one."""
    return {
        "state": published.state.word,
        "state_low": published.state.low.name,
        "state_high": published.state.high.name,
        "root_causes": list(published.root_causes) or None,
        "redundancy_left": published.redundancy_left,
        "single_point_of": list(published.single_point_of) or None,
        "new_single_point_of": list(published.new_single_point_of) or None,
    }


def _says_all(resource: Resource, attributes: Properties) -> bool:
    """Tell whether node, links and alerts alone give the resource back.

    `attributes` are the merged ones as the node has them.
    """
    claim = resource.merged
    return (
        len(resource.claims) == 1
        and not (claim.is_hearsay or claim.is_stale)
        and resource.missing_since is None
        and list(attributes.values()) == list(claim.attributes.values())
        and all(
            "=" not in one.key and _is_native(one.value)
            for one in (*claim.provides, *claim.subscribes)
        )
        and _is_native(claim.label)
        and all(_is_native(one.condition) and _is_native(one.message) for one in claim.alerts)
    )


def _is_native(text: str) -> bool:
    return _encodable(text) == text


def _native(value: Value) -> Property:
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, int) and value not in _INT64:
        return str(value)
    return value


def _encodable(text: str) -> str:
    """Return `text` with what UTF-8 cannot say (bytes that were no text) as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@cache
def _property_name(attribute: str) -> str:
    """Return the property for an attribute, empty where its name can be none.

    A name that the graph takes for itself gets an underscore behind it.
    """
    if not attribute.isidentifier():
        return ""
    return f"{attribute}_" if attribute.rstrip("_") in GRAPH_PROPERTIES else attribute


def _claims_json(resource: Resource) -> str:
    return json.dumps({scope: claim_to_json(one) for scope, one in resource.claims.items()})
