"""Judge a layout that a file describes, planned or real, without a store.

`layout_of` turns plain values into a layout, `answer_of` a judgement into what is printed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import networkx as nx

from topology.builtin_classes import BUILTIN_CLASSES, lustre_cap
from topology.errors import ResourceNotFound
from topology.evaluate.document import read_document
from topology.evaluate.form import (
    GroupEntry,
    LayoutDocument,
    LinkEntry,
    ResourceEntry,
    document_of,
    invalid_file,
)
from topology.gates import IDENTITY, Gate, InputMap, Needs, Rule, Rules, Tolerates
from topology.impact import Design, InputGroup, Judgement, Layout, Margins, Part, design_of
from topology.state import EXACTLY, Interval, State

_MDT_INDEX = re.compile(r"(?:MDT([0-9a-f]+)|([0-9]+))$", re.IGNORECASE)

MARGINS_AT_MOST = 20_000
"""The margins of a layout with more resources are not all worked out."""


def read_layout(file: Path) -> Layout:
    """Return the layout that a JSON or YAML file describes. Raises InvalidFile."""
    return layout_of(read_document(file), str(file))


def layout_of(content: object, name: str = "the layout") -> Layout:
    """Return the layout that plain values describe. Raises InvalidFile with every place at fault.

    `name` is what messages call the source of the values.
    """
    document = document_of(content, name)
    if mistakes := list(_mistakes(document)):
        raise invalid_file(name, mistakes)
    classes = {one.uid: one.class_name or "" for one in document.resources}
    groups: defaultdict[str, list[InputGroup]] = defaultdict(list)
    for index, group in enumerate(document.groups):
        groups[group.of].append(_input_group(f"groups[{index}]", group))
    named = {(source, group.of) for group in document.groups for source in group.inputs}
    maps: defaultdict[str, dict[str, InputMap]] = defaultdict(dict)
    loose: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for link in document.links:
        end = (link.source, link.target)
        seen = link.map or (IDENTITY if end in named else _default_map(link, classes))
        earlier = maps[link.target].get(link.source)
        maps[link.target][link.source] = seen.or_worse(earlier) if earlier else seen
        if end not in named:
            loose[link.target][link.source] = None
    for target, sources in loose.items():
        groups[target].append(InputGroup("inputs", tuple(sources), len(sources)))
    return Layout(
        {one.uid: _part(one, tuple(groups[one.uid]), maps[one.uid]) for one in document.resources}
    )


def checked_design_of(layout: Layout, name: str) -> Design:
    """Return the design of a described layout. Raises InvalidFile for a cycle nothing holds up."""
    design = design_of(layout)
    circles = {
        circle
        for cycle in design.order.cycles
        for found in cycle.unsupported.values()
        for circle in found
    }
    mistakes = [
        f"{', '.join(sorted(circle))} depend on each other in a cycle that nothing outside holds "
        "up, even when all is well; give one of them an input from outside."
        for circle in sorted(circles, key=sorted)
    ]
    if mistakes:
        raise invalid_file(name, mistakes)
    return design


def with_failed(layout: Layout, uids: Iterable[str]) -> Layout:
    """Return the layout as it would be with these parts FAILED. Raises ResourceNotFound."""
    parts = dict(layout.parts)
    for uid in uids:
        if uid not in parts:
            close = ", ".join(get_close_matches(uid, parts, n=3, cutoff=0.4))
            raise ResourceNotFound(
                f"no resource has the id {uid!r}; "
                + (f"did you mean {close}?" if close else "take one from the file.")
            )
        parts[uid] = replace(parts[uid], own=EXACTLY[State.FAILED])
    return Layout(parts)


def judged_states(design: Design, judgement: Judgement) -> list[Interval]:
    """Return the states that decide the exit code, in no order."""
    return [judgement.states[uid] for uid in design.ends]


def answer_of(judgement: Judgement, margins: Margins) -> dict[str, Any]:
    """Return a judgement as the JSON object that is printed.

    Of more than `MARGINS_AT_MOST` resources, no margin beyond 1 is worked out.
    """
    points = judgement.single_points
    is_small = len(judgement.states) <= MARGINS_AT_MOST
    return {
        "states": {
            uid: {"low": state.low.name, "high": state.high.name}
            for uid, state in judgement.states.items()
        },
        "because": {
            uid: {
                "rule": str(because.rule),
                "inputs": list(because.inputs),
                "root_causes": list(because.root_causes),
            }
            for uid, because in judgement.because.items()
        },
        "single_points": {
            uid: {"by_design": list(one.by_design), "new": list(one.new)}
            for uid, one in points.items()
        },
        "margin": {
            uid: margins.of(uid).number if is_small or uid in points or one.low.has_ended else None
            for uid, one in judgement.states.items()
        },
    }


def _part(
    resource: ResourceEntry, groups: tuple[InputGroup, ...], maps: Mapping[str, InputMap]
) -> Part:
    facts = BUILTIN_CLASSES.get(resource.class_name or "")
    has_inputs = any(group.members for group in groups)
    by_default = not has_inputs or (facts is not None and facts.can_fail)
    return Part(
        uid=resource.uid,
        own=resource.state,
        can_fail=by_default if resource.can_fail is None else resource.can_fail,
        is_service=facts is not None and facts.is_service,
        groups=groups,
        maps={source: seen for source, seen in maps.items() if seen != IDENTITY},
    )


def _input_group(name: str, group: GroupEntry) -> InputGroup:
    return InputGroup(
        name=name,
        members=group.inputs,
        size=group.size or len(group.inputs),
        gate=_gate(group),
        cap=group.cap,
        out_of_sync=frozenset(group.out_of_sync),
        weights=group.weights,
    )


def _gate(group: GroupEntry) -> Gate:
    if group.rules is not None:
        return Rules(tuple(Rule(*rule.amount, rule.at, rule.gives) for rule in group.rules))
    if group.needs is not None:
        return Needs(group.needs)
    return Tolerates(group.tolerates or 0)


def _default_map(link: LinkEntry, classes: Mapping[str, str]) -> InputMap:
    """Return how a Lustre target's failure reaches its filesystem; identity for other links."""
    source_class = classes[link.source]
    is_target = source_class in BUILTIN_CLASSES and source_class.endswith("Target")
    if classes[link.target] != "LustreFilesystem" or not is_target:
        return IDENTITY
    number = _MDT_INDEX.search(link.source)
    index = int(number[1] or number[2], 16) if number else None
    return InputMap.capped(lustre_cap(source_class, index=index))


def _mistakes(document: LayoutDocument) -> Iterator[str]:
    """Yield what is wrong between entries that are right one by one."""
    known: set[str] = set()
    for index, resource in enumerate(document.resources):
        if resource.uid in known:
            yield f'resources[{index}].id "{resource.uid}" stands twice; ids are unique.'
        known.add(resource.uid)
    linked: dict[tuple[str, str, str], InputMap | None] = {}
    for index, link in enumerate(document.links):
        for key, uid in (("from", link.source), ("to", link.target)):
            if uid not in known:
                yield f'links[{index}].{key} "{uid}" is not the id of a resource; add it there.'
        if linked.setdefault((link.source, link.target, link.kind), link.map) != link.map:
            yield (
                f"links[{index}].map differs from that of an equal link from "
                f'"{link.source}" to "{link.target}"; give one of them.'
            )
    yield from _parent_cycle(document)
    ends = {(link.source, link.target) for link in document.links}
    for index, group in enumerate(document.groups):
        yield from _group_mistakes(f"groups[{index}]", group, known, ends)


def _parent_cycle(document: LayoutDocument) -> Iterator[str]:
    graph: nx.DiGraph[str] = nx.DiGraph(
        (link.source, link.target) for link in document.links if link.kind == "PARENT_OF"
    )
    if not nx.is_directed_acyclic_graph(graph):
        names = [source for source, _ in nx.find_cycle(graph)]
        yield (
            f"links of kind PARENT_OF form the cycle {' -> '.join([*names, names[0]])}; "
            "nothing is part of itself, so use AFFECTS or drop one."
        )


def _group_mistakes(
    place: str, group: GroupEntry, known: set[str], ends: set[tuple[str, str]]
) -> Iterator[str]:
    if group.of not in known:
        yield f'{place}.of "{group.of}" is not the id of a resource; add it there.'
        return
    inputs: set[str] = set()
    for index, source in enumerate(group.inputs):
        if source in inputs:
            yield f'{place}.inputs[{index}] "{source}" stands twice; name it once.'
        elif (source, group.of) not in ends:
            yield (
                f'{place}.inputs[{index}] "{source}" has no link to "{group.of}"; add one to links.'
            )
        inputs.add(source)
    for key, names in (("out_of_sync", group.out_of_sync), ("weights", group.weights)):
        for name in names:
            if name not in inputs:
                yield f'{place}.{key} names "{name}", which is not one of its inputs; drop it.'
    size = group.size or len(group.inputs)
    if size == 0:
        yield f"{place}.inputs is empty; name inputs or give a size."
    elif size < len(inputs):
        yield f"{place}.size must be at least its {len(inputs)} inputs, got {size}."
    elif group.needs is not None and group.needs > size:
        yield f"{place}.needs must be at most its size of {size}, got {group.needs}."
    elif group.tolerates is not None and group.tolerates >= size:
        yield f"{place}.tolerates must be below its size of {size}, got {group.tolerates}."
