"""The whole way from a layout to its judgement, and from one judgement to the next.

Everything is evaluated twice where something is unknown, every unknown as OK and as FAILED; each
end of a published interval comes from its own evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from topology.impact.arrays import OK, PARTIAL, Codes, Flags, Ints, frozen
from topology.impact.because import Explanations
from topology.impact.compiling import patched, plan_of
from topology.impact.evaluation import Condition, Shortfall, evaluated, healthy_condition
from topology.impact.following import differing, outlook_after
from topology.impact.layout import InputGroup, Judgement, Layout, Part, SinglePoints
from topology.impact.moving_sets import PointSets
from topology.impact.order import Order
from topology.impact.plan import Plan
from topology.impact.points import Points
from topology.impact.published import Outlook, published
from topology.impact.single_points import Formula, spread, tried
from topology.impact.terms import Terms, terms_of
from topology.state import EXACTLY, Interval, State

_INTERVALS = tuple(
    tuple(EXACTLY[low] if low is high else Interval(low, high) for high in State) for low in State
)


@dataclass(frozen=True, eq=False)
class Design:
    """What follows from the topology alone.

    It holds for every layout that differs in own states and sync only; keep it until parts, links,
    groups, sizes, maps or flags change.
    """

    plan: Plan
    terms: Terms
    healthy: Outlook
    """The healthy site."""

    @property
    def order(self) -> Order:
        """How the parts hang together."""
        return self.plan.order

    @cached_property
    def ends(self) -> frozenset[str]:
        """What is judged: the services, or what nothing else needs where none is known."""
        services = np.flatnonzero(self.plan.is_service).tolist()
        return frozenset(self.order.uids[number] for number in services) or frozenset(
            self.order.last()
        )

    @property
    def healthy_site(self) -> Assessment:
        """The healthy site, to be judged on from."""
        return Assessment(self.healthy.evaluation.layout, self, self.healthy, self.healthy)


@dataclass(frozen=True, eq=False)
class Assessment:
    """A layout, judged, in the form from which another one is judged quickly. Frozen."""

    layout: Layout
    design: Design
    low: Outlook
    """Every unknown taken as OK."""
    high: Outlook
    """Every unknown taken as FAILED; the very same where nothing is unknown."""

    @cached_property
    def judgement(self) -> Judgement:
        """Every answer; each is made when it is asked for."""
        return Judgement(
            states=_States(self), because=Explanations(self.high), single_points=_Ended(self)
        )

    def after(self, parts: Mapping[str, Part | None]) -> Assessment:
        """Judge the layout in which `parts` are as given; None where one is gone.

        Equal in every answer to judging that layout from nothing. Every part that names a part that
        is gone must be among those given. Cost: what own states and sync reach; where more
        differs, the topology is compiled again, in arrays.
        """
        held = self.layout.parts
        layout = self.layout.changed(parts)
        alike = {
            uid: part
            for uid, part in parts.items()
            if part is not None and uid in held and _is_built_alike(held[uid], part)
        }
        if len(alike) == len(parts):
            return self._in_other_condition(layout, alike)
        plan, places = patched(self.design.plan, layout, parts)
        unsynced = np.zeros(len(places), np.bool_)
        stays = places >= 0
        was_unsynced = self.low.evaluation.condition.shortfall.unsynced
        unsynced[stays] = was_unsynced[places[stays]]
        low, high = (
            np.append(
                outlook.evaluation.condition.own,
                np.zeros(len(plan.order.uids) - len(outlook.shown), np.uint8),
            )
            for outlook in (self.low, self.high)
        )
        for uid, part in parts.items():
            number = plan.order.index.get(uid)
            if part is None or number is None:
                number = self.design.order.index.get(uid)
                if number is not None:
                    low[number] = high[number] = OK
            else:
                low[number], high[number] = part.own.low, part.own.high
                _set_sync(plan, number, part, unsynced)
        return _assessed(layout, design_from(layout, plan), low, high, unsynced)

    def reached_since(self, before: Assessment) -> frozenset[str]:
        """Return everything downstream of what differs from `before` at best, both included.

        Both have one design. O(links walked).
        """
        was, now = before.low, self.low
        differs = differing(was.evaluation, now.evaluation) | (was.shown != now.shown)
        order = self.design.order
        found = order.reached(np.flatnonzero(differs), order.users)
        return frozenset(map(order.uids.__getitem__, found.tolist()))

    def _in_other_condition(self, layout: Layout, parts: Mapping[str, Part]) -> Assessment:
        plan, held = self.design.plan, self.layout.parts
        index = plan.order.index
        before = self.low.evaluation.condition
        low = before.own.copy()
        is_known = self.high is self.low and all(part.own.is_known for part in parts.values())
        high = low if is_known else self.high.evaluation.condition.own.copy()
        shortfall = before.shortfall
        touched = []
        for uid, part in parts.items():
            number = index[uid]
            touched.append(number)
            low[number], high[number] = part.own.low, part.own.high
            if part.groups is not held[uid].groups and part.groups != held[uid].groups:
                if shortfall is before.shortfall:
                    shortfall = shortfall.copied()
                _set_sync(plan, number, part, shortfall.unsynced)
                _set_missing(plan, number, part, shortfall.missing)
        condition = Condition(layout, plan, _done(low), shortfall)
        numbers = np.array(touched, np.intp)
        at_best = outlook_after(self.low, condition, numbers)
        if is_known or np.array_equal(low, high):
            return Assessment(layout, self.design, at_best, at_best)
        at_worst = outlook_after(self.high, condition.with_own(high), numbers)
        return Assessment(layout, self.design, at_best, at_worst)


def design_of(layout: Layout) -> Design:
    """Work out the order of a layout and its single points by design."""
    return design_from(layout, plan_of(layout))


def design_from(layout: Layout, plan: Plan) -> Design:
    """Work out the single points by design of a layout of which `plan` is compiled."""
    condition = healthy_condition(layout.healthy(), plan)
    evaluation = evaluated(condition)
    terms = terms_of(plan)
    formula = Formula(evaluation, terms, tried(evaluation, terms, np.flatnonzero(plan.on_trial)))
    nothing = Points.empty(len(terms.part))
    everything = np.ones(len(plan.order.uids), np.bool_)
    points = spread(formula, nothing, nothing, everything).as_shared()
    shown = published(evaluation, points, points)
    sets = PointSets(points, terms, condition.shortfall.unsynced)
    return Design(plan, terms, Outlook(evaluation, sets, points, shown))


def assessment_of(layout: Layout, design: Design | None = None) -> Assessment:
    """Judge a layout. O(parts + links) and the size of the answers, where no part is on trial.

    `design` is that of this topology (`design_of`); without it, it is worked out.
    """
    design = design or design_of(layout)
    plan = design.plan
    index = plan.order.index
    low = np.zeros(len(plan.order.uids), np.uint8)
    high = low.copy()
    unsynced = np.zeros(len(plan.groups.source), np.bool_)
    for uid, part in layout.parts.items():
        own = part.own
        if own.high:
            low[index[uid]], high[index[uid]] = own.low, own.high
        for group in part.groups:
            if group.out_of_sync:
                _set_sync(plan, index[uid], part, unsynced)
    return _assessed(layout, design, low, high, unsynced)


def judge(layout: Layout, design: Design | None = None) -> Judgement:
    """Answer for every part: its state, why, and what ends it now; see `assessment_of`."""
    return assessment_of(layout, design).judgement


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


@dataclass(frozen=True, eq=False, repr=False)
class _States(Mapping[str, Interval]):
    assessment: Assessment

    def __getitem__(self, uid: str) -> Interval:
        number = self.assessment.design.order.index[uid]
        low, high = self.assessment.low.shown.data, self.assessment.high.shown.data
        return _INTERVALS[low[number]][high[number]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.assessment.layout.parts)

    def __len__(self) -> int:
        return len(self.assessment.layout.parts)


@dataclass(frozen=True, eq=False, repr=False)
class _Ended(Mapping[str, SinglePoints]):
    """Single points at the low evaluation, for every part that has any and has not ended."""

    assessment: Assessment

    def __getitem__(self, uid: str) -> SinglePoints:
        low, order = self.assessment.low, self.assessment.design.order
        number = order.index[uid]
        gate = low.evaluation.gate
        now = sorted(
            (order.uids[point], point) for point in low.points.of(number) if gate[point] < PARTIAL
        )
        if not now:
            raise KeyError(uid)
        by_design = set(low.healthy_points.of(number))
        return SinglePoints(
            by_design=tuple(name for name, point in now if point in by_design),
            new=tuple(name for name, point in now if point not in by_design),
        )

    def __iter__(self) -> Iterator[str]:
        has_any = self._have_any
        index = self.assessment.design.order.index
        return (uid for uid in self.assessment.layout.parts if has_any[index[uid]])

    def __len__(self) -> int:
        return int(self._have_any.sum())

    @property
    def _have_any(self) -> Flags:
        low = self.assessment.low
        points = low.points.in_arrays(low.healthy_points)
        found = np.zeros(len(low.shown), np.bool_)
        filled = np.flatnonzero(points.size[: len(found)])
        lives = low.evaluation.gate[points.gather(filled)] < PARTIAL
        found[np.repeat(filled, points.size[filled])[lives]] = True
        return found


def _assessed(
    layout: Layout, design: Design, low: Codes, high: Codes, unsynced: Flags
) -> Assessment:
    """Judge the layout as what has become of the healthy site."""
    plan, healthy = design.plan, design.healthy
    lacking = np.flatnonzero(plan.groups.missing)
    missing = plan.groups.missing
    if lacking.size:
        missing = missing.copy()
        for group in lacking.tolist():
            part = layout.parts[plan.order.uids[plan.groups.part[group]]]
            missing[group] = part.groups[plan.groups.number[group]].missing
    condition = Condition(layout, plan, _done(low), Shortfall(unsynced, missing))
    touched = np.unique(
        np.concatenate(
            [
                np.flatnonzero(high),
                plan.groups.part[plan.group_of[np.flatnonzero(unsynced)]],
                plan.groups.part[np.flatnonzero(missing)],
            ]
        )
    )
    at_best = outlook_after(healthy, condition, touched)
    if np.array_equal(low, high):
        return Assessment(layout, design, at_best, at_best)
    at_worst = outlook_after(healthy, condition.with_own(_done(high)), touched)
    return Assessment(layout, design, at_best, at_worst)


def _done(codes: Codes) -> Codes:
    frozen(codes)
    return codes


def _set_sync(plan: Plan, number: int, part: Part, unsynced: Flags) -> None:
    """Write down which members of the part's groups are out of sync."""
    start = int(plan.groups_from[number])
    for place, group in enumerate(part.groups, start):
        first = int(plan.first[place])
        unsynced[first : first + len(group.members)] = [
            source in group.out_of_sync for source in group.members
        ]


def _set_missing(plan: Plan, number: int, part: Part, missing: Ints) -> None:
    """Write down how many members the part's groups lack."""
    start = int(plan.groups_from[number])
    missing[start : start + len(part.groups)] = [group.missing for group in part.groups]


_CONDITION = ("out_of_sync", "assumes_all_present")
_GROUP_BUILD = tuple(one.name for one in fields(InputGroup) if one.name not in _CONDITION)


def _is_built_alike(one: Part, other: Part) -> bool:
    """Tell whether the two have one design: own state, sync and what is missing may differ."""
    if one.can_fail != other.can_fail or one.is_service != other.is_service:
        return False
    if one.maps != other.maps or len(one.groups) != len(other.groups):
        return False
    return one.groups is other.groups or all(
        group is same or all(getattr(group, name) == getattr(same, name) for name in _GROUP_BUILD)
        for group, same in zip(one.groups, other.groups, strict=True)
    )
