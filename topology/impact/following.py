"""From one outlook to the next: only what a change reaches is judged again.

Parts are judged one by one, causes first, each once, while few wait; where a change reaches many at
once, what waits is judged rank by rank in arrays. Both ways, and judging from nothing, end in the
same arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

import numpy as np

from topology.impact.arrays import CRITICAL, FAILED, OK, PARTIAL, Flags, Ints, frozen
from topology.impact.evaluation import Condition, Evaluation, settled
from topology.impact.moving_sets import MovingSets, PointSets
from topology.impact.one_part import MovingGates, effect_at
from topology.impact.plan import Plan
from topology.impact.points import Points
from topology.impact.published import Outlook, published, published_at
from topology.impact.single_points import Formula, spread, tried

FEW = 100
"""While no more parts wait, they are judged one by one.

Measured: from 30 to 250 it makes no difference; with 500 an enclosure of the reference site
takes three times as long.
"""


class Agenda:
    """Parts that wait to be judged, causes first, each once, as long as few of them wait."""

    def __init__(self, plan: Plan, parts: Iterable[int]) -> None:
        self._rank = plan.views.rank
        self._waiting: list[tuple[int, int]] = []
        self.seen: set[int] = set()
        for part in parts:
            self.add(part)

    def add(self, part: int) -> None:
        """Let the part be judged, once."""
        if part not in self.seen:
            self.seen.add(part)
            heappush(self._waiting, (self._rank[part], part))

    def __iter__(self) -> Iterator[int]:
        while self._waiting and len(self._waiting) <= FEW:
            yield heappop(self._waiting)[1]

    @property
    def left(self) -> list[int]:
        """The parts that wait still, where they have become too many."""
        return [part for _, part in self._waiting]


def outlook_after(before: Outlook, condition: Condition, touched: Ints) -> Outlook:
    """Return the outlook in `condition`, of a layout that is built as that of `before`.

    `touched` are the parts whose own state or sync may differ. Cost: what the change reaches.
    """
    evaluation, reached = gates_after(before.evaluation, condition, touched)
    outlook = None
    if reached is not None:
        outlook = _one_by_one(before, evaluation, touched.tolist(), reached)
    return outlook or _in_arrays(before, evaluation, touched)


def gates_after(
    before: Evaluation, condition: Condition, touched: Ints
) -> tuple[Evaluation, set[int] | None]:
    """Evaluate in `condition`; also return the parts worked out, None where they are many."""
    order = condition.plan.order
    in_cycles = order.cycle_places
    gates = MovingGates(before, condition)
    agenda = Agenda(condition.plan, touched.tolist())
    settled_already: set[int] = set()
    for part in agenda:
        place = in_cycles.get(part)
        if place is None:
            changed = [(part, gates.worked_out(part))]
        elif place in settled_already:
            continue
        else:
            settled_already.add(place)
            changed = settled(condition, gates.states, place)
        for number, state in changed:
            if state != gates.states[number]:
                gates.move(number, state)
                for user in order.users.of(number):
                    agenda.add(user)
    if agenda.left:
        gates.spread(agenda.left)
        return gates.evaluation(), None
    return gates.evaluation(), agenda.seen


def _one_by_one(
    before: Outlook, evaluation: Evaluation, touched: list[int], evaluated: set[int]
) -> Outlook | None:
    """Judge what `evaluated` and `touched` reach part by part; None where that is too much."""
    plan, terms, healthy = evaluation.plan, before.terms, before.healthy_points
    users = plan.order.users
    own, own_before = evaluation.condition.own_view, before.evaluation.condition.own_view
    gate, gate_before = evaluation.gate_view, before.evaluation.gate_view
    agenda = Agenda(plan, touched)
    flipped = {
        part for part in touched if (own[part] >= CRITICAL) != (own_before[part] >= CRITICAL)
    }
    for part in evaluated:
        if _crosses(gate_before[part], gate[part]):
            agenda.add(part)
            for user in users.of(part):
                agenda.add(user)
    trials = _trials(before, evaluation)
    for node in trials:
        agenda.add(terms.views.part[node])
    formula = Formula(evaluation, terms, trials)
    sets = MovingSets(_sets_before(before, evaluation))
    for part in agenda:
        passes_on = False
        for node in terms.nodes_of(part):
            found = formula.points_at(node, sets)
            if found != sets.of(node):
                sets.move(node, found)
                passes_on = True
            elif not flipped.isdisjoint(found):
                passes_on = True
        if passes_on:
            for user in users.of(part):
                agenda.add(user)
    if agenda.left:
        return None
    after = sets.sets(healthy)
    codes = before.shown.copy()
    shown = codes.data
    for part in evaluated | agenda.seen:
        shown[part] = _published_at(evaluation, after.points, healthy, part)
    frozen(codes)
    return Outlook(evaluation, after, healthy, codes)


def _sets_before(before: Outlook, evaluation: Evaluation) -> PointSets:
    """Return the sets before, to be counted as members are in sync now."""
    shortfall = evaluation.condition.shortfall
    if shortfall is before.evaluation.condition.shortfall:
        return before.sets
    return PointSets(before.points, before.terms, shortfall.unsynced)


def _published_at(evaluation: Evaluation, points: Points, healthy: Points, part: int) -> int:
    by_rules = OK
    for group in evaluation.plan.rule_parts.get(part, ()):
        effect = effect_at(
            evaluation.condition, evaluation.gate_view, evaluation.wide_counts, group
        )
        by_rules = max(by_rules, effect)
    return published_at(evaluation, points, healthy, part, by_rules)


def _in_arrays(before: Outlook, evaluation: Evaluation, touched: Ints) -> Outlook:
    plan, terms, healthy = evaluation.plan, before.terms, before.healthy_points
    gate, gate_before = evaluation.gate, before.evaluation.gate
    dirty = np.zeros(len(gate), np.bool_)
    dirty[touched] = True
    crossed = np.zeros(len(gate), np.bool_)
    for threshold in (PARTIAL, FAILED):
        crossed |= (gate >= threshold) != (gate_before >= threshold)
    dirty |= crossed
    dirty[plan.order.users.gather(np.flatnonzero(crossed))] = True
    trials = _trials(before, evaluation)
    dirty[[int(terms.part[node]) for node in trials]] = True
    formula = Formula(evaluation, terms, trials)
    points = spread(formula, before.points, healthy, dirty)
    shown = published(evaluation, points, healthy)
    sets = PointSets(points, terms, evaluation.condition.shortfall.unsynced)
    return Outlook(evaluation, sets, healthy, shown)


def _trials(before: Outlook, evaluation: Evaluation) -> dict[int, frozenset[int]]:
    """Try the parts on trial again that something reaches which is not as it was."""
    plan = evaluation.plan
    if not plan.numbers_on_trial:
        return {}
    changed = differing(before.evaluation, evaluation)
    moved = np.flatnonzero(changed & plan.trial_region)
    if not moved.size:
        return {}
    reached = plan.order.reached(moved, plan.order.users)
    return tried(evaluation, before.terms, reached[plan.on_trial[reached]])


def differing(was: Evaluation, now: Evaluation) -> Flags:
    """Tell by part whether gate, own state, sync of inputs or missing inputs differ."""
    groups = now.plan.groups
    changed: Flags = (was.gate != now.gate) | (was.condition.own != now.condition.own)
    before, after = was.condition.shortfall, now.condition.shortfall
    if before is not after:
        members = np.flatnonzero(before.unsynced != after.unsynced)
        changed[groups.part[now.plan.group_of[members]]] = True
        changed[groups.part[np.flatnonzero(before.missing != after.missing)]] = True
    return changed


def _crosses(before: int, after: int) -> bool:
    """Tell whether a part has ended or FAILED in one of the two states only."""
    return before != after and max(before, after) >= PARTIAL
