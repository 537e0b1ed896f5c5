"""Exact single points of failure: the components whose failure, one at a time, ends a part.

Worked out along the links, causes first, from the single points of the inputs; parts for which
that would not be exact are put on trial instead (`topology.impact.trials`). Many parts are worked
out rank by rank in arrays (`spread`), a few one by one (`points_at`), by the same formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

import numpy as np

from topology.impact.arrays import CRITICAL, Flags, Ints, begins, distinct, edges, spans
from topology.impact.cycles import THRESHOLDS
from topology.impact.evaluation import Evaluation
from topology.impact.moving_sets import MovingSets, counted
from topology.impact.one_part import failed_at
from topology.impact.points import Points
from topology.impact.terms import Terms
from topology.impact.trials import Trials

Tried = Mapping[int, frozenset[int]]
"""By node: what ends it, for those nodes of parts on trial that were tried again."""


@dataclass(frozen=True, eq=False)
class Formula:
    """The formula in one evaluation."""

    evaluation: Evaluation
    terms: Terms
    tried: Tried

    @cached_property
    def components(self) -> Flags:
        """By part: whether it can fail by itself, or says that it is about to."""
        evaluation = self.evaluation
        return evaluation.plan.can_fail | (evaluation.condition.own >= CRITICAL)

    def points_at(self, node: int, sets: MovingSets) -> list[int]:
        """Return the single points of one node, ascending, from those of its inputs.

        Cost: the links, and the inputs' sets.
        """
        terms, plan, evaluation = self.terms.views, self.evaluation.plan.views, self.evaluation
        part = terms.part[node]
        if plan.on_trial[part]:
            return sorted(self.tried[node]) if node in self.tried else sets.of(node)
        if evaluation.gate_view[part] >= terms.threshold[node]:
            return []
        start = terms.terms_from[node]
        found = [self.through(term, sets) for term in range(start, start + terms.term_count[node])]
        if plan.can_fail[part] or evaluation.condition.own_view[part] >= CRITICAL:
            found.append([part])
        return _united(found)

    def through(self, term: int, sets: MovingSets) -> list[int]:
        """Return the single points that act through one group, ascending."""
        group = self.terms.views.group[term]
        may_fail = self.evaluation.plan.views.may_fail[group]
        times: Mapping[int, int]
        if term in self.terms.wide.index:
            spare = self._spare(group, may_fail)
            times = sets.times(term)
        else:
            acting = [acts for source in self._in_sync(term) if (acts := sets.of(source))]
            if not acting:
                return []
            if acting.count(acting[0]) == len(acting) > may_fail:
                return acting[0]
            spare = self._spare(group, may_fail)
            if not spare:
                return _united(acting)
            times = counted(acting)
        return sorted([one for one, often in times.items() if often > spare])

    def _in_sync(self, term: int) -> list[int]:
        """Return the inputs of one term that count, as nodes."""
        terms, shortfall = self.terms.views, self.evaluation.condition.shortfall
        start, stop = terms.first[term], terms.first[term + 1]
        sources: list[int] = terms.source[start:stop].tolist()
        if shortfall.has_unsynced:
            unsynced = shortfall.unsynced[self.terms.member[start:stop]].tolist()
            return [node for node, is_out in zip(sources, unsynced, strict=True) if not is_out]
        return sources

    def of_nodes(self, nodes: Ints, points: Points) -> tuple[Ints, Ints]:
        """Return the sizes of the sets of these nodes, and the sets one after the other.

        None of the nodes may be an input of another. O(links, and the inputs' sets), in arrays.
        """
        evaluation, terms = self.evaluation, self.terms
        sizes = np.zeros(len(nodes), np.intp)
        part = terms.part[nodes]
        on_trial = evaluation.plan.on_trial[part]
        lives = np.flatnonzero((evaluation.gate[part] < terms.threshold[nodes]) & ~on_trial)
        alive = nodes[lives]
        counts = terms.term_count[alive]
        rows = spans(terms.terms_from[alive], counts)
        place, component = self._through_all(rows, points)
        bits = len(evaluation.gate).bit_length()
        key = (np.repeat(lives, counts)[place] << bits) | component
        itself = lives[self.components[part[lives]]]
        keys = [key, (itself << bits) | part[itself]]
        for at in np.flatnonzero(on_trial).tolist():
            node = int(nodes[at])
            found = self.tried[node] if node in self.tried else points.of(node)
            keys.append((at << bits) | np.array(list(found), np.intp))
        key = distinct(np.concatenate(keys))
        sizes += np.bincount(key >> bits, minlength=len(nodes))
        return sizes, key & ((1 << bits) - 1)

    def _spare(self, group: int, may_fail: int) -> int:
        """Return how many of the inputs that have not failed may still fail; 0: none."""
        return may_fail and max(0, may_fail - failed_at(self.evaluation, group))

    def _through_all(self, rows: Ints, points: Points) -> tuple[Ints, Ints]:
        """Return the single points that act through each of these terms.

        The places in `rows`, and the components. A component may come twice.
        """
        terms, evaluation = self.terms, self.evaluation
        inputs = spans(terms.first[rows], terms.size[rows])
        row = np.repeat(np.arange(len(rows)), terms.size[rows])
        acts = points.size[terms.source[inputs]] > 0
        if evaluation.condition.shortfall.has_unsynced:
            acts &= ~evaluation.condition.shortfall.unsynced[terms.member[inputs]]
        source = terms.source[inputs[acts]]
        place = np.repeat(row[acts], points.size[source])
        component = points.gather(source)
        group = terms.group[rows]
        may_fail = evaluation.plan.groups.may_fail[group]
        if not may_fail.any():
            return place, component
        spare = np.where(may_fail == 0, 0, may_fail - evaluation.failed(group))
        is_single = spare[place] <= 0
        bits = len(evaluation.gate).bit_length()
        asked = ~is_single
        key = np.sort((place[asked] << bits) | component[asked])
        first = np.append(np.flatnonzero(begins(key)), len(key))
        times = np.diff(first)
        key = key[first[:-1]]
        key = key[times > spare[key >> bits]]
        return (
            np.concatenate([place[is_single], key >> bits]),
            np.concatenate([component[is_single], key & ((1 << bits) - 1)]),
        )


def _united(sets: list[list[int]]) -> list[int]:
    """Return what is in any of the sets, ascending; a single set as it is."""
    return sets[0] if len(sets) == 1 else sorted(set(chain.from_iterable(sets)))


def spread(formula: Formula, points: Points, healthy: Points, dirty: Flags) -> Points:
    """Work out the parts that are `dirty` and whatever that changes, causes first.

    `points` are those before, `healthy` those of the healthy site. `dirty` is used up: afterwards
    it marks what was worked out.
    """
    plan, terms = formula.evaluation.plan, formula.terms
    order = plan.order
    points = points.in_arrays(healthy).copied()
    ranks = order.by_rank
    for start, stop in pairwise(ranks.first.tolist()):
        ranked = ranks.values[start:stop]
        parts = ranked[dirty[ranked]]
        if parts.size:
            nodes = terms.nodes_of_all(parts)
            sizes, components = formula.of_nodes(nodes, points)
            other = points.differ(nodes, sizes, components)
            if other.size:
                dirty[order.users.gather(terms.part[nodes[other]])] = True
                kept = components[spans(edges(sizes)[other], sizes[other])]
                points = points.changed(nodes[other], sizes[other], kept, healthy)
    return points.in_arrays(healthy)


def tried(evaluation: Evaluation, terms: Terms, watched: Ints) -> dict[int, frozenset[int]]:
    """Return the single points of the `watched` parts by trial, for each of their nodes."""
    order = evaluation.order
    ending: dict[int, set[int]] = {
        node: set() for part in watched.tolist() for node in terms.nodes_of(part)
    }
    names = {order.uids[number] for number in watched.tolist()}
    trials = Trials(evaluation, names)
    plan, own = evaluation.plan, evaluation.condition.own
    for component in trials.region:
        number = order.index[component]
        if not (plan.can_fail[number] or own[number] >= CRITICAL):
            continue
        for uid, state in trials.states_after_failure_of(component).items():
            if uid in names:
                part = order.index[uid]
                for node, threshold in zip(terms.nodes_of(part), THRESHOLDS, strict=False):
                    if evaluation.gate[part] < threshold <= state:
                        ending[node].add(number)
    return {node: frozenset(points) for node, points in ending.items()}
