"""From the graph's resources to the layout that the impact engine judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from topology.gates import IDENTITY, SERIES, Gate, InputMap, Needs, Tolerates
from topology.impact.layout import InputGroup, Layout, Part
from topology.model import Input, LinkKind, Resource

SERIES_GROUP = "inputs"
"""The group of what no declared group names: every one is needed."""


def layout_of(resources: Mapping[str, Resource]) -> Layout:
    """Return the layout of `resources`. Links whose source is not among them are left out."""
    return Layout({uid: part_of(resource, resources) for uid, resource in resources.items()})


def part_of(resource: Resource, resources: Mapping[str, Resource]) -> Part:
    """Return `resource` as the engine sees it, its links limited to sources in `resources`."""
    inputs = [one for one in resource.inputs if one.source in resources]
    maps: dict[str, InputMap] = {}
    for one in inputs:
        if one.map != IDENTITY:
            held = maps.get(one.source)
            maps[one.source] = one.map if held is None else one.map.or_worse(held)
    return Part(
        uid=resource.uid,
        own=resource.own_state,
        can_fail=resource.merged.can_fail,
        is_service=resource.merged.is_service,
        groups=(*_declared_groups(resource, inputs), *_default_groups(inputs)),
        maps=maps,
    )


def _declared_groups(resource: Resource, inputs: list[Input]) -> Iterable[InputGroup]:
    for group in resource.merged.groups:
        members = [one for one in inputs if group.name in one.groups]
        declared = resource.most.get(group.name, 0) if group.size is None else group.size
        size = max(declared, len(_sources(members)))
        if size:
            yield InputGroup(
                name=group.name,
                members=_sources(members),
                size=size,
                gate=_within(group.gate, size),
                cap=group.cap,
                out_of_sync=frozenset(
                    one.source for one in members if group.name in one.out_of_sync
                ),
                weights=group.weights,
            )


def _default_groups(inputs: list[Input]) -> Iterable[InputGroup]:
    """One series of plain links; per provided identifier its providers, of which one is needed."""
    ungrouped = [one for one in inputs if not one.groups]
    series = _sources(one for one in ungrouped if one.kind is not LinkKind.PROVIDES)
    if series:
        yield InputGroup(name=SERIES_GROUP, members=series, size=len(series), gate=SERIES)
    provided = [one for one in ungrouped if one.kind is LinkKind.PROVIDES]
    for via in sorted({one.via for one in provided}):
        members = _sources(one for one in provided if one.via == via)
        yield InputGroup(name=via, members=members, size=len(members), gate=Needs(1))


def _sources(inputs: Iterable[Input]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.source for one in inputs))


def _within(gate: Gate, size: int) -> Gate:
    """Return `gate` with a count that `size` inputs can meet."""
    match gate:
        case Tolerates(failures) if failures >= size:
            return Tolerates(size - 1)
        case Needs(inputs) if inputs > size:
            return Needs(size)
        case _:
            return gate
