"""Layouts drawn as pictures: arrows point in the direction trouble travels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from topology.gates import SERIES, Gate, InputMap, Needs, Rules, Tolerates
from topology.impact import InputGroup, Judgement, Layout, Part
from topology.state import EXACTLY, UNKNOWN, State

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def names(text: str) -> list[str]:
    """Return the names in `text`; ``disk-{0..3}`` stands for disk-0, disk-1, disk-2 and disk-3."""
    found = []
    for name in text.split():
        many = _RANGE.search(name)
        numbers = range(int(many[1]), int(many[2]) + 1) if many else [0]
        found += [_RANGE.sub(str(number), name) for number in numbers]
    return found


def group(
    inputs: str,
    gate: Gate = SERIES,
    *,
    size: int | None = None,
    out_of_sync: str = "",
    cap: State = State.FAILED,
) -> InputGroup:
    """Return a group of the named inputs; without a size, that many."""
    members = tuple(names(inputs))
    return InputGroup(
        name=inputs,
        members=members,
        size=size or len(members),
        gate=gate,
        cap=cap,
        out_of_sync=frozenset(names(out_of_sync)),
    )


def topology_of(
    picture: str,
    *,
    gates: Mapping[str, Gate] | None = None,
    groups: Mapping[str, Iterable[InputGroup]] | None = None,
    maps: Mapping[str, Mapping[str, InputMap]] | None = None,
    components: str = "",
    services: str = "",
) -> Layout:
    """Return the layout that a picture such as ``disk-{0..3} --> pool --> lun`` shows.

    All inputs of a part form one group, a series or under its gate in `gates`, unless `groups`
    says otherwise. What has no inputs can fail, as can the `components`.
    """
    inputs: dict[str, dict[str, None]] = {}
    for line in picture.splitlines():
        stages = [names(stage) for stage in line.split("-->")]
        for name in (name for stage in stages for name in stage):
            inputs.setdefault(name, {})
        for causes, effects in pairwise(stages):
            for effect in effects:
                inputs[effect].update(dict.fromkeys(causes))
    parts = {}
    for uid, causes_of in inputs.items():
        given = tuple((groups or {}).get(uid, ()))
        gate = (gates or {}).get(uid, SERIES)
        if causes_of and not given:
            given = (InputGroup("inputs", tuple(causes_of), len(causes_of), gate),)
        parts[uid] = Part(
            uid,
            can_fail=not causes_of or uid in names(components),
            is_service=uid in names(services),
            groups=given,
            maps=(maps or {}).get(uid, {}),
        )
    return Layout(parts)


def troubled(
    layout: Layout, failed: str = "", *, unknown: str = "", own: Mapping[str, State] | None = None
) -> Layout:
    """Return the layout with these own states; all others stay as they are."""
    states = (
        dict.fromkeys(names(failed), EXACTLY[State.FAILED])
        | dict.fromkeys(names(unknown), UNKNOWN)
        | {uid: EXACTLY[state] for uid, state in (own or {}).items()}
    )
    changed = {uid: replace(layout.parts[uid], own=state) for uid, state in states.items()}
    return Layout({**layout.parts, **changed})


def words(judgement: Judgement, uids: str) -> list[str]:
    """Return the published state of each named part, in one word."""
    return [judgement.states[uid].word for uid in names(uids)]


def ended_by(judgement: Judgement, uid: str) -> set[str]:
    """Return every single point of failure of a part."""
    points = judgement.single_points.get(uid)
    return {*points.by_design, *points.new} if points else set()


def document_of(layout: Layout) -> dict[str, Any]:
    """Return the layout in the form that `topology evaluate` reads."""
    return {
        "resources": [
            {"id": uid, "state": part.own.word, "can_fail": part.can_fail}
            for uid, part in layout.parts.items()
        ],
        "links": [
            {"from": source, "to": uid, "map": {"table": _table_of(part.map_of(source))}}
            for uid, part in layout.parts.items()
            for source in sorted({name for one in part.groups for name in one.members})
        ],
        "groups": [
            {
                "of": uid,
                "inputs": list(one.members),
                "size": one.size,
                "out_of_sync": sorted(one.out_of_sync),
                "cap": one.cap.name,
                "weights": {source: str(weight) for source, weight in one.weights.items()},
            }
            | _gate_of(one.gate)
            for uid, part in layout.parts.items()
            for one in part.groups
        ],
    }


def _table_of(seen: InputMap) -> dict[str, str]:
    return {state.name: seen(state).name for state in State}


def _gate_of(gate: Gate) -> dict[str, Any]:
    match gate:
        case Tolerates():
            return {"tolerates": gate.failures}
        case Needs():
            return {"needs": gate.inputs}
        case Rules():
            return {
                "rules": [
                    {rule.measure: str(rule.amount), "at": rule.at.name, "gives": rule.gives.name}
                    for rule in gate.rules
                ]
            }
