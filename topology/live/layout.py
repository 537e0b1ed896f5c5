"""From the graph's resources to the layout that the impact engine judges."""

from __future__ import annotations

from collections.abc import Mapping

from topology.gates import IDENTITY, Gate, Group, InputMap, Needs, Tolerates
from topology.impact.layout import InputGroup, Layout, Part
from topology.model import LinkKind, Resource

SERIES_GROUP = "inputs"
"""The group of what no declared group names: every one is needed."""
_NO_MAPS: Mapping[str, InputMap] = {}
_IN_SYNC: frozenset[str] = frozenset()


def layout_of(resources: Mapping[str, Resource]) -> Layout:
    """Return the layout of `resources`. Links whose source is not among them are left out."""
    return Layout({uid: part_of(resource, resources) for uid, resource in resources.items()})


def part_of(resource: Resource, resources: Mapping[str, Resource]) -> Part:
    """Return `resource` as the engine sees it, its links limited to sources in `resources`."""
    members: dict[str, dict[str, None]] = {}
    unsynced: dict[str, set[str]] = {}
    series: dict[str, None] = {}
    provided: dict[str, dict[str, None]] = {}
    maps: dict[str, InputMap] = {}
    for one in resource.inputs:
        source = one.source
        if source not in resources:
            continue
        for name in one.groups:
            members.setdefault(name, {})[source] = None
        for name in one.out_of_sync:
            unsynced.setdefault(name, set()).add(source)
        if not one.groups:
            is_provided = one.kind is LinkKind.PROVIDES
            (provided.setdefault(one.via, {}) if is_provided else series)[source] = None
        if one.map is not IDENTITY and one.map != IDENTITY:
            held = maps.get(source)
            maps[source] = one.map if held is None else one.map.or_worse(held)
    merged = resource.merged
    groups = [
        _declared(group, resource, tuple(members.get(group.name, ())), unsynced.get(group.name))
        for group in merged.groups
        if group.name in members or group.size or resource.most.get(group.name)
    ]
    if series:
        groups.append(InputGroup(SERIES_GROUP, tuple(series), len(series)))
    groups += [
        InputGroup(via, tuple(provided[via]), len(provided[via]), Needs(1))
        for via in sorted(provided)
    ]
    return Part(
        uid=resource.uid,
        own=resource.own_state,
        can_fail=merged.can_fail,
        is_service=merged.is_service,
        groups=tuple(groups),
        maps=maps or _NO_MAPS,
    )


def _declared(
    group: Group, resource: Resource, members: tuple[str, ...], unsynced: set[str] | None
) -> InputGroup:
    declared = resource.most.get(group.name, 0) if group.size is None else group.size
    size = max(declared, len(members))
    return InputGroup(
        name=group.name,
        members=members,
        size=size,
        gate=_within(group.gate, size),
        cap=group.cap,
        out_of_sync=frozenset(unsynced.intersection(members)) if unsynced else _IN_SYNC,
        weights=group.weights,
    )


def _within(gate: Gate, size: int) -> Gate:
    """Return `gate` with a count that `size` inputs can meet."""
    if isinstance(gate, Tolerates) and gate.failures >= size:
        return Tolerates(size - 1)
    if isinstance(gate, Needs) and gate.inputs > size:
        return Needs(size)
    return gate
