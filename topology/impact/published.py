"""From gates and single points to the state that people are shown (impact-semantics, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topology.gates import Rules
from topology.impact.evaluation import Evaluation
from topology.impact.layout import Part
from topology.impact.single_points import Points, PointsOfFailure
from topology.state import State


@dataclass(frozen=True, slots=True)
class Outlook:
    """One evaluation, judged: what is published of every part and which points made it so."""

    evaluation: Evaluation
    points: PointsOfFailure
    alarming: Mapping[str, Points]
    """By uid: the single points that make it CRITICAL, where there are any."""
    published: Mapping[str, State]


def outlook_of(
    evaluation: Evaluation, points: PointsOfFailure, by_design: Mapping[str, Points]
) -> Outlook:
    """Publish the state of every part. `by_design`: its single points on the healthy site."""
    predicted = frozenset(uid for uid, own in evaluation.own.items() if own >= State.CRITICAL)
    alarming: dict[str, Points] = {}
    published: dict[str, State] = {}
    for uid, part in evaluation.layout.parts.items():
        now = points.of(uid)
        if found := (now - by_design[uid]) | (now & predicted):
            alarming[uid] = found
        published[uid] = max(
            evaluation.own[uid], _inherited(evaluation, part, is_alarming=uid in alarming)
        )
    return Outlook(evaluation, points, alarming, published)


def _inherited(evaluation: Evaluation, part: Part, *, is_alarming: bool) -> State:
    gate = evaluation.gates[part.uid]
    if gate.has_ended:
        return gate
    if is_alarming:
        return State.CRITICAL
    by_rules = max(
        (
            evaluation.group_state(part, group)
            for group in part.groups
            if isinstance(group.gate, Rules)
        ),
        default=State.OK,
    )
    return by_rules or min(gate, State.DEGRADED)
