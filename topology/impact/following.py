"""From one outlook to the next: only what a change reaches is judged again.

A few parts are judged one by one, causes first, each once; where a change reaches more than that,
gates are evaluated for the whole site in arrays, and single points for what the change reaches.
Both ways, and judging from nothing, end in the same arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

import numpy as np

from topology.impact.arrays import CRITICAL, FAILED, OK, PARTIAL, Codes, Flags, Ints, view
from topology.impact.evaluation import (
    Condition,
    Evaluation,
    effect_at,
    gate_at,
    gates_of,
    settle,
)
from topology.impact.plan import Plan
from topology.impact.points import Points
from topology.impact.published import Outlook, published, published_at
from topology.impact.single_points import Formula, spread, tried

FEW = 250
"""Up to so many parts are judged one by one; measured: there both ways take equally long."""


class TooMany(Exception):
    """A change reaches more parts than are worth judging one by one."""


class Agenda:
    """Parts that wait to be judged, causes first."""

    def __init__(self, plan: Plan, parts: Iterable[int]) -> None:
        self._rank = view(plan.order.rank)
        self._waiting: list[tuple[int, int]] = []
        self.seen: set[int] = set()
        for part in parts:
            self.add(part)

    def add(self, part: int) -> None:
        """Let the part be judged, once. Raises TooMany."""
        if part not in self.seen:
            if len(self.seen) >= FEW:
                raise TooMany
            self.seen.add(part)
            heappush(self._waiting, (self._rank[part], part))

    def __iter__(self) -> Iterator[int]:
        while self._waiting:
            yield heappop(self._waiting)[1]


def outlook_after(before: Outlook, condition: Condition, touched: Ints) -> Outlook:
    """Return the outlook in `condition`, of a layout that is built as that of `before`.

    `touched` are the parts whose own state or sync may differ. Cost: what the change reaches.
    """
    try:
        gate, evaluated = gates_after(before, condition, touched)
    except TooMany:
        gate, evaluated = gates_of(condition), None
    evaluation = Evaluation(condition, gate)
    if evaluated is not None:
        try:
            return _one_by_one(before, evaluation, touched.tolist(), evaluated)
        except TooMany:
            pass
    return _in_arrays(before, evaluation, touched)


def gates_after(before: Outlook, condition: Condition, touched: Ints) -> tuple[Codes, set[int]]:
    """Return the gates in `condition`, and the parts whose gate was worked out. Raises TooMany."""
    plan = before.evaluation.plan
    users = plan.order.users
    in_cycles = plan.order.cycle_places
    own = bytearray(condition.own)
    gate = bytearray(before.evaluation.gate)
    agenda = Agenda(plan, touched.tolist() if len(touched) <= FEW else _too_many())
    settled: set[int] = set()
    for part in agenda:
        place = in_cycles.get(part)
        if place is None:
            worked_out = gate_at(condition, own, gate, part)
            changed = [part] if worked_out != gate[part] else []
            gate[part] = worked_out
        elif place in settled:
            continue
        else:
            settled.add(place)
            changed = settle(condition, own, gate, place)
        for number in changed:
            for user in users.of(number):
                agenda.add(user)
    codes = np.frombuffer(bytes(gate), np.uint8)
    return codes, agenda.seen


def _too_many() -> list[int]:
    raise TooMany


def _one_by_one(
    before: Outlook, evaluation: Evaluation, touched: list[int], evaluated: set[int]
) -> Outlook:
    plan, terms, healthy = evaluation.plan, before.terms, before.healthy_points
    order = plan.order
    own, own_before = evaluation.condition.own_view, before.evaluation.condition.own_view
    gate, gate_before = evaluation.gate_view, before.evaluation.gate_view
    agenda = Agenda(plan, ())
    flipped = {
        part for part in touched if (own[part] >= CRITICAL) != (own_before[part] >= CRITICAL)
    }
    for part in touched:
        agenda.add(part)
    for part in evaluated:
        if _crosses(gate_before[part], gate[part]):
            agenda.add(part)
            for user in order.users.of(part):
                agenda.add(user)
    trials = _trials(before, evaluation)
    for node in trials:
        agenda.add(int(terms.part[node]))
    formula = Formula(evaluation, terms, trials)
    newer = dict[int, list[int]]()
    for part in agenda:
        passes_on = False
        for node in terms.nodes_of(part):
            found = formula.points_at(node, before.points, newer)
            is_other = found != before.points.of(node)
            if is_other:
                newer[node] = found
            passes_on = passes_on or is_other or not flipped.isdisjoint(found)
        if passes_on:
            for user in order.users.of(part):
                agenda.add(user)
    points = before.points.with_few(newer, healthy) if newer else before.points
    shown = bytearray(before.shown)
    for part in evaluated | agenda.seen:
        shown[part] = _published_at(evaluation, points, healthy, part)
    codes = np.frombuffer(bytes(shown), np.uint8)
    return Outlook(evaluation, terms, points, healthy, codes)


def _published_at(evaluation: Evaluation, points: Points, healthy: Points, part: int) -> int:
    by_rules = OK
    for group in evaluation.plan.rule_parts.get(part, ()):
        effect = effect_at(evaluation.condition, evaluation.gate_view, group)
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
    return Outlook(evaluation, terms, points, healthy, shown)


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
    if was.condition.unsynced is not now.condition.unsynced:
        members = np.flatnonzero(was.condition.unsynced != now.condition.unsynced)
        changed[groups.part[now.plan.group_of[members]]] = True
    if was.condition.missing is not now.condition.missing:
        lacking = np.flatnonzero(was.condition.missing != now.condition.missing)
        changed[groups.part[lacking]] = True
    return changed


def _crosses(before: int, after: int) -> bool:
    """Tell whether a part has ended or FAILED in one of the two states only."""
    return before != after and max(before, after) >= PARTIAL
