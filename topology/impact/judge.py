"""The whole way from a layout to its judgement.

Everything is evaluated twice where something is unknown, every unknown as OK and as FAILED; each
end of a published interval comes from its own evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topology.impact.because import because_of
from topology.impact.evaluation import evaluation_of
from topology.impact.layout import Judgement, Layout, SinglePoints
from topology.impact.order import Order, order_of
from topology.impact.published import Outlook, outlook_of
from topology.impact.single_points import Points, PointsOfFailure
from topology.impact.trials import parts_on_trial
from topology.state import Interval, State


@dataclass(frozen=True, slots=True)
class Design:
    """What follows from the topology alone.

    It holds for every layout that differs in own states, missing members and sync only; keep it
    until parts, links, groups, maps or flags change.
    """

    order: Order
    on_trial: frozenset[str]
    """The parts whose single points are found by trial."""
    single_points: Mapping[str, Points]
    """By uid: the single points of the healthy site."""


def design_of(layout: Layout) -> Design:
    """Work out the order of a layout and its single points by design."""
    order = order_of(layout)
    on_trial = parts_on_trial(layout, order)
    evaluation = evaluation_of(layout.healthy(), order, dict.fromkeys(layout.parts, State.OK))
    points = PointsOfFailure(evaluation, on_trial)
    return Design(order, on_trial, {uid: points.of(uid) for uid in layout.parts})


def judge(layout: Layout, design: Design | None = None) -> Judgement:
    """Answer for every part: its state, why, and what ends it now.

    `design` is that of this topology (`design_of`); without it, it is worked out. O(parts + links)
    and the size of the answers, where no part is on trial.
    """
    design = design or design_of(layout)
    low = _outlook(layout, design, {uid: part.own.low for uid, part in layout.parts.items()})
    if all(part.own.is_known for part in layout.parts.values()):
        high = low
    else:
        high = _outlook(layout, design, {uid: part.own.high for uid, part in layout.parts.items()})
    return Judgement(
        states={uid: Interval(state, high.published[uid]) for uid, state in low.published.items()},
        because=because_of(high),
        single_points={
            uid: points for uid in layout.parts if (points := _single_points(low, design, uid))
        },
    )


def services_ended_by(layout: Layout, judgement: Judgement) -> dict[str, tuple[str, ...]]:
    """Return, by component, the services that its failure alone ends now, sorted by uid.

    Components that end no service are left out.
    """
    ended: dict[str, list[str]] = {}
    for uid, points in sorted(judgement.single_points.items()):
        if layout.parts[uid].is_service:
            for component in (*points.by_design, *points.new):
                ended.setdefault(component, []).append(uid)
    return {component: tuple(services) for component, services in sorted(ended.items())}


def _outlook(layout: Layout, design: Design, own: Mapping[str, State]) -> Outlook:
    evaluation = evaluation_of(layout, design.order, own)
    points = PointsOfFailure(evaluation, design.on_trial)
    return outlook_of(evaluation, points, design.single_points)


def _single_points(low: Outlook, design: Design, uid: str) -> SinglePoints | None:
    gates = low.evaluation.gates
    now = sorted(point for point in low.points.of(uid) if not gates[point].has_ended)
    if not now:
        return None
    by_design = design.single_points[uid]
    return SinglePoints(
        by_design=tuple(point for point in now if point in by_design),
        new=tuple(point for point in now if point not in by_design),
    )
