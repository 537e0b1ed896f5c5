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

from topology.impact.arrays import CRITICAL, Flags, Ints, distinct, edges, spans
from topology.impact.cycles import THRESHOLDS
from topology.impact.evaluation import Evaluation
from topology.impact.plan import WIDE
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

    def is_component(self, part: int) -> bool:
        """Tell whether the part can fail by itself, or says that it is about to."""
        evaluation = self.evaluation
        return bool(evaluation.plan.can_fail[part] or evaluation.condition.own[part] >= CRITICAL)

    def points_at(self, node: int, points: Points, newer: Mapping[int, list[int]]) -> list[int]:
        """Return the single points of one node, ascending, from those of its inputs.

        `newer` has precedence over `points`. Cost: the links, and the inputs' sets.
        """
        part = int(self.terms.part[node])
        if self.evaluation.plan.on_trial[part]:
            return sorted(self.tried[node]) if node in self.tried else points.of(node)
        if self.evaluation.gate_view[part] >= self.terms.threshold[node]:
            return []
        found = {part} if self.is_component(part) else set()
        start = self.terms.views.terms_from[node]
        for term in range(start, start + self.terms.views.term_count[node]):
            found.update(self.through(term, points, newer))
        return sorted(found)

    def through(self, term: int, points: Points, newer: Mapping[int, list[int]]) -> set[int]:
        """Return the single points that act through one group."""
        views = self.terms.views
        start, stop = views.first[term], views.first[term + 1]
        spare = self._spare(views.group[term])
        sources: list[int]
        if stop - start > WIDE:
            return set(self._through_wide(term, spare, points, newer))
        sources = views.source[start:stop].tolist()
        if self.evaluation.condition.has_unsynced:
            unsynced = self.evaluation.condition.unsynced
            members = views.member[start:stop].tolist()
            sources = [
                source
                for source, member in zip(sources, members, strict=True)
                if not unsynced[member]
            ]
        times: dict[int, int] = {}
        for source in sources:
            acting = newer[source] if source in newer else points.of(source)
            for component in acting:
                times[component] = times.get(component, 0) + 1
        return {component for component, often in times.items() if often > spare}

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

    def _spare(self, group: int) -> int:
        """Return how many of the group's inputs that have not failed may still fail; 0: none."""
        may_fail = self.evaluation.plan.views.may_fail[group]
        return max(0, may_fail - self.evaluation.failed_at(group)) if may_fail else 0

    def _through_wide(
        self, term: int, spare: int, points: Points, newer: Mapping[int, list[int]]
    ) -> set[int]:
        """Return the single points that act through a group of many inputs, counted in arrays."""
        terms = self.terms
        inputs = slice(terms.views.first[term], terms.views.first[term + 1])
        source = terms.source[inputs]
        acts = points.size[source] > 0
        apart = {**points.few, **newer}
        places = terms.places(term)
        among = [node for node in apart if node in places]
        acts[[places[node] for node in among]] = False
        if self.evaluation.condition.has_unsynced:
            is_unsynced = self.evaluation.condition.unsynced[terms.member[inputs]]
            acts &= ~is_unsynced
            among = [node for node in among if not is_unsynced[places[node]]]
        components = points.gather(source[acts])
        beside = list(chain.from_iterable(apart[node] for node in among))
        found, times = np.unique(np.append(components, beside), return_counts=True)
        return set(found[times > spare].astype(np.intp).tolist())

    def _through_all(self, rows: Ints, points: Points) -> tuple[Ints, Ints]:
        """Return the single points that act through each of these terms.

        The places in `rows`, and the components. A component may come twice.
        """
        terms, evaluation = self.terms, self.evaluation
        inputs = spans(terms.first[rows], terms.size[rows])
        row = np.repeat(np.arange(len(rows)), terms.size[rows])
        acts = points.size[terms.source[inputs]] > 0
        if evaluation.condition.has_unsynced:
            acts &= ~evaluation.condition.unsynced[terms.member[inputs]]
        source = terms.source[inputs[acts]]
        place = np.repeat(row[acts], points.size[source])
        component = points.gather(source)
        group = terms.group[rows]
        may_fail = evaluation.plan.groups.may_fail[group]
        if not may_fail.any():
            return place, component
        spare = np.where(may_fail == 0, 0, may_fail - evaluation.failed[group])
        is_single = spare[place] <= 0
        bits = len(evaluation.gate).bit_length()
        asked = ~is_single
        key = np.sort((place[asked] << bits) | component[asked])
        begins = np.flatnonzero(np.diff(key, prepend=-1))
        times = np.diff(begins, append=len(key))
        key = key[begins]
        key = key[times > spare[key >> bits]]
        return (
            np.concatenate([place[is_single], key >> bits]),
            np.concatenate([component[is_single], key & ((1 << bits) - 1)]),
        )


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
