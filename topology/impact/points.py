"""Sets of components, one for each part, in arrays that are shared between evaluations.

What an evaluation has in common with the healthy site stays where that put it; only what differs is
written anew, behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Self

import numpy as np

from topology.impact.arrays import Ints, edges, spans

_NONE = np.zeros(0, np.int32)
_LITTLE = 4096
"""So many components may be written and not be anybody's any longer."""


@dataclass(frozen=True, eq=False)
class Points:
    """One ascending set of component numbers for each node (`topology.impact.terms`)."""

    shared: Ints
    """The sets of the healthy site."""
    added: Ints
    """Others; numbered on behind the shared ones."""
    first: Ints
    """By node: where its set begins."""
    size: Ints
    """By node: how many components its set has."""

    @classmethod
    def empty(cls, nodes: int) -> Self:
        """Return an empty set for each node."""
        return cls(_NONE, _NONE, np.zeros(nodes, np.int32), np.zeros(nodes, np.int32))

    def of(self, node: int) -> list[int]:
        """Return the set of one node."""
        first, size, shared, added = self._views
        count = size[node]
        if not count:
            return []
        start = first[node]
        behind = start - len(shared)
        if behind < 0:
            return shared[start : start + count].tolist()
        return added[behind : behind + count].tolist()

    def gather(self, nodes: Ints) -> Ints:
        """Return the sets of these nodes, one after the other. O(what is returned)."""
        places = spans(self.first[nodes], self.size[nodes])
        if not len(self.added):
            return self.shared[places].astype(np.intp)
        behind = places - len(self.shared)
        is_added = behind >= 0
        found = np.empty(len(places), np.intp)
        found[~is_added] = self.shared[places[~is_added]]
        found[is_added] = self.added[behind[is_added]]
        return found

    def differ(self, nodes: Ints, sizes: Ints, numbers: Ints) -> Ints:
        """Return which of the nodes, by place in `nodes`, have another set than the one given.

        The sets given have these sizes and stand in `numbers`, one after the other.
        """
        is_other = self.size[nodes] != sizes
        alike = np.flatnonzero(~is_other & (sizes > 0))
        if alike.size:
            given = numbers[spans(edges(sizes)[alike], sizes[alike])]
            unequal = given != self.gather(nodes[alike])
            is_other[np.repeat(alike, sizes[alike])[unequal]] = True
        return np.flatnonzero(is_other)

    def tidy(self) -> Points:
        """Return the same sets without what no node has any longer, where that is most of it."""
        if len(self.added) < _LITTLE:
            return self
        nodes = np.flatnonzero((self.first >= len(self.shared)) & (self.size > 0))
        sizes = self.size[nodes]
        if len(self.added) < _LITTLE + 2 * int(sizes.sum()):
            return self
        first = self.first.copy()
        first[nodes] = len(self.shared) + edges(sizes)[:-1]
        return Points(self.shared, self.gather(nodes).astype(np.int32), first, self.size)

    def as_shared(self) -> Points:
        """Return the same sets as those of the healthy site."""
        sets = self.gather(np.arange(len(self.size))).astype(np.int32)
        return Points(sets, _NONE, edges(self.size)[:-1].astype(np.int32), self.size)

    @cached_property
    def _views(self) -> tuple[memoryview, memoryview, memoryview, memoryview]:
        return self.first.data, self.size.data, self.shared.data, self.added.data


class Changing:
    """Points in the hands of the one that changes them; `points` are what they are by now."""

    def __init__(self, points: Points, healthy: Points) -> None:
        self.points = points
        self._healthy = healthy
        self._is_own = False

    def put(self, nodes: Ints, sizes: Ints, numbers: Ints) -> None:
        """Give other sets to these nodes, each named once; see `Points.differ`.

        A set that is that of the healthy site is shared with it.
        """
        held, healthy = self.points, self._healthy
        first, size = held.first, held.size
        if not self._is_own:
            first, size = first.copy(), size.copy()
            self._is_own = True
        other = healthy.differ(nodes, sizes, numbers)
        first[nodes], size[nodes] = healthy.first[nodes], healthy.size[nodes]
        kept = sizes[other]
        written = numbers[spans(edges(sizes)[other], kept)].astype(np.int32)
        first[nodes[other]] = len(held.shared) + len(held.added) + edges(kept)[:-1]
        size[nodes[other]] = kept
        added = np.concatenate([held.added, written])
        self.points = Points(held.shared, added, first, size)

    def put_few(self, sets: Mapping[int, list[int]]) -> None:
        """Give these sets to their nodes."""
        if sets:
            sizes = np.fromiter(map(len, sets.values()), np.intp, len(sets))
            numbers = np.fromiter(chain.from_iterable(sets.values()), np.intp, int(sizes.sum()))
            self.put(np.fromiter(sets, np.intp, len(sets)), sizes, numbers)
