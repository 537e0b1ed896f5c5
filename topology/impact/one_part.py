"""One part by itself: what its groups do to it, for the few parts that an event reaches.

Gives what `topology.impact.evaluation` gives for whole sites. Groups of many inputs are not counted
here: their counts are kept from event to event and moved by the inputs that change.
"""

from __future__ import annotations

import numpy as np

from topology.impact.arrays import FAILED, OK, PARTIAL, Codes, Ints, View, frozen
from topology.impact.evaluation import Condition, Evaluation, spread_gates, weighed, wide_counts_of
from topology.impact.plan import BY_RULES
from topology.impact.tally import Tally, effect_of, k_of_n

_LEVELS = range(FAILED + 1)


class MovingGates:
    """The gates of a site while a change goes through them, part by part."""

    def __init__(self, before: Evaluation, condition: Condition) -> None:
        """Begin with the gates `before`; they are to follow `condition`."""
        self._condition = condition
        self._codes: Codes = before.gate.copy()
        self._counts: Ints
        if condition.shortfall is before.condition.shortfall:
            self._counts = before.wide_counts.copy()
        else:
            self._counts = wide_counts_of(condition, before.gate)
        self.states: View = self._codes.data
        """By part: its gate, as far as it has moved."""

    def worked_out(self, part: int) -> int:
        """Return the gate of one part that is in no cycle, by its inputs. O(its few links)."""
        condition, views = self._condition, self._condition.plan.views
        worst = condition.own_view[part]
        start = views.groups_from[part]
        for group in range(start, start + views.group_count[part]):
            effect = effect_at(condition, self.states, self._counts, group)
            worst = max(worst, effect)
        return worst

    def move(self, part: int, state: int) -> None:
        """Let the part's gate be `state`, also where it is counted among many inputs."""
        plan = self._condition.plan
        before = self.states[part]
        self.states[part] = state
        for group, member in plan.wide.holding(part):
            if not self._condition.shortfall.unsynced[member]:
                seen = plan.views.maps[plan.views.seen_as[member]]
                row = plan.wide.index[group]
                self._counts[row, seen[before]] -= 1
                self._counts[row, seen[state]] += 1

    def spread(self, parts: list[int]) -> None:
        """Move these parts and all that this changes, in arrays."""
        spread_gates(self._condition, self._codes, np.array(parts, np.intp))
        self._counts = wide_counts_of(self._condition, self._codes)

    def evaluation(self) -> Evaluation:
        """Return where the gates have come to. Nothing may move any more."""
        frozen(self._codes)
        return Evaluation(self._condition, self._codes, self._counts)


def effect_at(condition: Condition, gate: View, wide_counts: Ints, group: int) -> int:
    """Return what one group does to its part. O(members), where they are few."""
    plan, views = condition.plan, condition.plan.views
    may_fail = views.may_fail[group]
    if may_fail == BY_RULES:
        if group in plan.weighing_groups:
            return weighed(condition, gate, group)
        counts = counts_at(condition, gate, wide_counts, group)
        return effect_of(plan.rule_groups[group], Tally(tuple(counts), ()))
    if group in plan.wide.index:
        effect = k_of_n(may_fail, counts_at(condition, gate, wide_counts, group))
    else:
        states = _arriving_at(condition, gate, group)
        effect = max(states) if states else OK
        if may_fail and effect:
            effect = k_of_n(may_fail, [states.count(state) for state in _LEVELS])
    cap = views.cap[group]
    return min(effect, cap)


def counts_at(condition: Condition, gate: View, wide_counts: Ints, group: int) -> list[int]:
    """Count the inputs of one group by the state in which they arrive; missing ones failed."""
    row = condition.plan.wide.index.get(group)
    if row is None:
        states = _arriving_at(condition, gate, group)
        return [states.count(state) for state in _LEVELS]
    counts: list[int] = wide_counts[row].tolist()
    return counts


def failed_at(evaluation: Evaluation, group: int) -> int:
    """Return how many inputs of one group have failed or are missing."""
    row = evaluation.plan.wide.index.get(group)
    if row is not None:
        return int(evaluation.wide_counts[row, PARTIAL:].sum())
    states = _arriving_at(evaluation.condition, evaluation.gate_view, group)
    return states.count(PARTIAL) + states.count(FAILED)


def _arriving_at(condition: Condition, gate: View, group: int) -> list[int]:
    """Return the states in which the inputs of one group arrive."""
    views, shortfall = condition.plan.views, condition.shortfall
    start, stop = views.first[group], views.first[group + 1]
    states = [gate[source] for source in views.source[start:stop].tolist()]
    if len(views.maps) > 1:
        rows = views.seen_as[start:stop].tolist()
        states = [views.maps[row][state] for row, state in zip(rows, states, strict=True)]
    if shortfall.has_unsynced:
        unsynced = shortfall.unsynced[start:stop].tolist()
        states = [
            FAILED if is_unsynced else state
            for state, is_unsynced in zip(states, unsynced, strict=True)
        ]
    if missing := shortfall.missing_view[group]:
        states += [FAILED] * missing
    return states
