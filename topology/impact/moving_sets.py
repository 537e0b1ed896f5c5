"""Sets of single points while a change goes through them, and how often a component is in many.

For a term of many inputs (`Terms.wide`) it is kept how many of them each component ends; the inputs
whose sets change move that on from event to event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from topology.impact.arrays import Flags
from topology.impact.points import Points
from topology.impact.terms import Terms

Times = dict[int, int]
"""By component: how many of the inputs of one term it ends; those that end none are left out."""
_MOST = 1000
"""So many terms are kept counted; where there are more, they are counted again when asked for."""


@dataclass(frozen=True, eq=False)
class PointSets:
    """The sets of one outlook, and how often each component is in those of many inputs."""

    points: Points
    terms: Terms
    unsynced: Flags
    """By member of a group: it is out of sync, so that it does not count."""
    known: dict[int, Times] = field(default_factory=dict)
    """By term of many inputs: what `times` returns, where it is known already."""

    def times(self, term: int) -> Times:
        """Return by component how many inputs of a term of many inputs it ends. Not to be changed.

        The first time O(the inputs and their sets), in arrays.
        """
        if term not in self.known:
            self.known[term] = self._count(term)
        return self.known[term]

    def _count(self, term: int) -> Times:
        points, terms = self.points, self.terms
        inputs = slice(terms.views.first[term], terms.views.first[term + 1])
        source = terms.source[inputs][~self.unsynced[terms.member[inputs]]]
        components, often = np.unique(points.gather(source), return_counts=True)
        times: Times = dict(zip(components.tolist(), often.tolist(), strict=True))
        for node, held in points.few.items():
            for holder, place in terms.wide.holding(node):
                if holder == term and not self.unsynced[terms.views.member[place]]:
                    _move(times, points.in_arrays_of(node), held)
        return times


class MovingSets:
    """The sets of an outlook while a change goes through them, node by node."""

    def __init__(self, before: PointSets) -> None:
        self._before = before
        self._known: dict[int, list[int]] = {}
        """Sets that were asked for or have moved."""
        self._newer: dict[int, list[int]] = {}
        self._times: dict[int, Times] = {}

    def of(self, node: int) -> list[int]:
        """Return the set of one node, as far as it has moved. Not to be changed."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._before.points.of(node)
        return known

    def times(self, term: int) -> Mapping[int, int]:
        """Return by component how many inputs of a term of many inputs it ends."""
        times = self._times.get(term)
        return self._before.times(term) if times is None else times

    def move(self, node: int, found: list[int]) -> None:
        """Let `found` be the set of the node, also where it counts among many inputs."""
        before = self._before
        for term, place in before.terms.wide.holding(node):
            if not before.unsynced[before.terms.views.member[place]]:
                if term not in self._times:
                    self._times[term] = before.times(term).copy()
                _move(self._times[term], self.of(node), found)
        self._newer[node] = self._known[node] = found

    def sets(self, healthy: Points) -> PointSets:
        """Return where the sets have come to; `healthy` are those of the healthy site."""
        before = self._before
        if not self._newer:
            return before
        kept = before.known if len(before.known) < _MOST else {}
        points = before.points.with_few(self._newer, healthy)
        return PointSets(points, before.terms, before.unsynced, {**kept, **self._times})


def counted(sets: Iterable[Iterable[int]]) -> Times:
    """Return how many of the sets each component is in."""
    times: Times = {}
    for component in chain.from_iterable(sets):
        times[component] = times.get(component, 0) + 1
    return times


def _move(times: Times, before: list[int], after: list[int]) -> None:
    for component in before:
        times[component] -= 1
        if not times[component]:
            del times[component]
    for component in after:
        times[component] = times.get(component, 0) + 1
