"""Sets of components, one for each part, in arrays that are shared between evaluations.

What an evaluation has in common with the healthy site stays where that put it; only what differs is
written anew, behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Self

import numpy as np

from topology.impact.arrays import Ints, edges, spans

_NONE = np.zeros(0, np.int32)
_LITTLE = 4096
"""So many components may be written and not be anybody's any longer."""
_FEW = 2000
"""So many sets are kept beside the arrays before these are written anew."""


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
    few: Mapping[int, list[int]] = field(default_factory=dict)
    """By node: its set, where that is another than the arrays say."""
    looked_through_at: int = _LITTLE
    """How many components are written before it is worth looking for those that are nobody's."""

    @classmethod
    def empty(cls, nodes: int) -> Self:
        """Return an empty set for each node."""
        return cls(_NONE, _NONE, np.zeros(nodes, np.int32), np.zeros(nodes, np.int32))

    def of(self, node: int) -> list[int]:
        """Return the set of one node."""
        few = self.few.get(node)
        return self.in_arrays_of(node) if few is None else few

    def gather(self, nodes: Ints) -> Ints:
        """Return the sets of these nodes, one after the other, without regard to `few`.

        O(what is returned).
        """
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

        The sets given have these sizes and stand in `numbers`, one after the other. Without regard
        to `few`.
        """
        is_other = self.size[nodes] != sizes
        alike = np.flatnonzero(~is_other & (sizes > 0))
        if alike.size:
            given = numbers[spans(edges(sizes)[alike], sizes[alike])]
            unequal = given != self.gather(nodes[alike])
            is_other[np.repeat(alike, sizes[alike])[unequal]] = True
        return np.flatnonzero(is_other)

    def copied(self) -> Points:
        """Return the same sets in arrays that nobody else has, to be changed in place."""
        return replace(self, first=self.first.copy(), size=self.size.copy())

    def changed(self, nodes: Ints, sizes: Ints, numbers: Ints, healthy: Points) -> Points:
        """Return these sets with other ones for `nodes`, each named once, given as in `differ`.

        For those who have them alone (`copied`): their arrays are used. A set that is that of the
        healthy site is shared with it. There must be no `few`.
        """
        first, size = self.first, self.size
        other = healthy.differ(nodes, sizes, numbers)
        first[nodes], size[nodes] = healthy.first[nodes], healthy.size[nodes]
        kept = sizes[other]
        first[nodes[other]] = len(self.shared) + len(self.added) + edges(kept)[:-1]
        size[nodes[other]] = kept
        written = numbers[spans(edges(sizes)[other], kept)].astype(np.int32)
        added = np.concatenate([self.added, written])
        return replace(self, added=added)

    def with_few(self, sets: Mapping[int, list[int]], healthy: Points) -> Points:
        """Return these sets with other ones for a few nodes."""
        few = {**self.few, **sets}
        for node, numbers in sets.items():
            if numbers == self.in_arrays_of(node):
                del few[node]
        points = Points(self.shared, self.added, self.first, self.size, few, self.looked_through_at)
        return points.in_arrays(healthy) if len(few) > _FEW else points

    def in_arrays(self, healthy: Points) -> Points:
        """Return the same sets, all in the arrays, which have nothing that is nobody's any more."""
        points = self
        if self.few:
            sizes = np.fromiter(map(len, self.few.values()), np.intp, len(self.few))
            numbers = np.fromiter(chain.from_iterable(self.few.values()), np.intp, sizes.sum())
            nodes = np.fromiter(self.few, np.intp, len(self.few))
            points = replace(self, few={}).copied().changed(nodes, sizes, numbers, healthy)
        if len(points.added) < points.looked_through_at:
            return points
        nodes = np.flatnonzero((points.first >= len(points.shared)) & (points.size > 0))
        first = points.first.copy()
        first[nodes] = len(points.shared) + edges(points.size[nodes])[:-1]
        added = points.gather(nodes).astype(np.int32)
        return replace(points, first=first, added=added, looked_through_at=_LITTLE + 2 * len(added))

    def as_shared(self) -> Points:
        """Return the same sets as those of the healthy site."""
        sets = self.gather(np.arange(len(self.size))).astype(np.int32)
        return Points(sets, _NONE, edges(self.size)[:-1].astype(np.int32), self.size)

    def in_arrays_of(self, node: int) -> list[int]:
        """Return the set of one node without regard to `few`."""
        first, size, shared, added = self._views
        count = size[node]
        if not count:
            return []
        start = first[node]
        behind = start - len(shared)
        if behind < 0:
            return shared[start : start + count].tolist()
        return added[behind : behind + count].tolist()

    @cached_property
    def _views(self) -> tuple[memoryview, memoryview, memoryview, memoryview]:
        return self.first.data, self.size.data, self.shared.data, self.added.data
