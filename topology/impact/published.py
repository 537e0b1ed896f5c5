"""From gates and single points to the state that people are shown (impact-semantics, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from topology.impact.arrays import (
    CRITICAL,
    DEGRADED,
    FAILED,
    OK,
    PARTIAL,
    Codes,
    Flags,
    edges,
    frozen,
)
from topology.impact.evaluation import Evaluation, StatesByUid
from topology.impact.layout import InputGroup, Part
from topology.impact.moving_sets import MovingSets, PointSets
from topology.impact.points import Points
from topology.impact.single_points import Formula
from topology.impact.terms import Terms
from topology.state import State


@dataclass(frozen=True, eq=False)
class Outlook:
    """One evaluation, judged: what is published of every part and which points made it so."""

    evaluation: Evaluation
    sets: PointSets
    healthy_points: Points
    shown: Codes
    """By part: the published state."""

    @property
    def terms(self) -> Terms:
        """What the formula of single points reads."""
        return self.sets.terms

    @property
    def points(self) -> Points:
        """The single points of every part."""
        return self.sets.points

    @cached_property
    def published(self) -> Mapping[str, State]:
        """The published state of every part, by uid."""
        return StatesByUid(self.evaluation.order, self.shown.data)

    def alarming(self, uid: str) -> frozenset[str]:
        """Return the single points that make a part CRITICAL, where there are any."""
        order = self.evaluation.order
        found = alarming_at(self.evaluation, self.points, self.healthy_points, order.index[uid])
        return frozenset(order.uids[number] for number in found)

    def through(self, part: Part, number: int) -> frozenset[str]:
        """Return which of the part's single points act through one of its groups.

        For a part on trial that is not known, so all of them are returned.
        """
        order, plan = self.evaluation.order, self.evaluation.plan
        at = order.index[part.uid]
        if plan.on_trial[at]:
            found = set(self.points.of(at)) if part.groups[number].cap.has_ended else set()
        else:
            start = int(self.terms.terms_from[at])
            group = int(plan.groups_from[at]) + number
            formula = Formula(self.evaluation, self.terms, {})
            found = {
                component
                for term in range(start, start + int(self.terms.term_count[at]))
                if self.terms.group[term] == group
                for component in formula.through(term, MovingSets(self.sets))
            }
        return frozenset(order.uids[component] for component in found)

    def group_state(self, part: Part, group: InputGroup) -> State:
        """Return what one group does to its part. O(members)."""
        return self.evaluation.group_state(part, group)


def alarming_at(evaluation: Evaluation, points: Points, healthy: Points, part: int) -> set[int]:
    """Return the single points that are new, or that predict their own failure."""
    now = points.of(part)
    if not now:
        return set()
    own = evaluation.condition.own_view
    found = set(now) - set(healthy.of(part))
    return found | {point for point in now if own[point] >= CRITICAL}


def _is_alarming(evaluation: Evaluation, points: Points, healthy: Points, part: int) -> bool:
    """Tell whether there are any (`alarming_at`)."""
    now = points.of(part)
    if not now:
        return False
    if not set(now).issubset(healthy.of(part)):
        return True
    own = evaluation.condition.own_view
    return max([own[point] for point in now]) >= CRITICAL


def published(evaluation: Evaluation, points: Points, healthy: Points) -> Codes:
    """Publish the state of every part. O(parts, and what differs from the healthy site)."""
    gate = evaluation.gate
    inherited = np.minimum(gate, DEGRADED)
    by_rules = evaluation.by_rules
    inherited = np.where(by_rules > OK, by_rules, inherited)
    inherited[_are_alarming(evaluation, points, healthy)] = CRITICAL
    inherited = np.where(gate >= PARTIAL, gate, inherited)
    shown: Codes = np.maximum(evaluation.condition.own, inherited)
    frozen(shown)
    return shown


def published_at(
    evaluation: Evaluation, points: Points, healthy: Points, part: int, by_rules: int
) -> int:
    """Return what is published of one part; `by_rules` is what its groups of rules do to it."""
    gate = evaluation.gate_view[part]
    if gate >= PARTIAL:
        inherited = gate
    elif _is_alarming(evaluation, points, healthy, part):
        inherited = int(CRITICAL)
    else:
        inherited = by_rules or min(gate, int(DEGRADED))
    return max(evaluation.condition.own_view[part], inherited)


def _are_alarming(evaluation: Evaluation, points: Points, healthy: Points) -> Flags:
    """Return, by part, whether it has a single point that is new or about to fail."""
    count = len(evaluation.gate)
    found = np.zeros(count, np.bool_)
    bits = count.bit_length()
    first, size = points.first[:count], points.size[:count]
    differ = np.flatnonzero(
        (size > 0) & ((first != healthy.first[:count]) | (size != healthy.size[:count]))
    )
    if differ.size:
        now = np.repeat(differ, size[differ]) << bits | points.gather(differ)
        before = np.repeat(differ, healthy.size[differ]) << bits | healthy.gather(differ)
        places = np.minimum(np.searchsorted(before, now), max(0, len(before) - 1))
        is_new = before[places] != now if len(before) else np.ones(len(now), np.bool_)
        found[now[is_new] >> bits] = True
    own = evaluation.condition.own
    predicted = (own >= CRITICAL) & (own < FAILED)  # what has failed is nobody's single point
    if predicted.any():
        filled = np.flatnonzero(size)
        hit = predicted[points.gather(filled)]
        if hit.any():
            starts = edges(size[filled])[:-1]
            found[filled[np.logical_or.reduceat(hit, starts)]] = True
    return found
