"""Rows of many numbers, such as the targets of a filesystem: found by what stands in them.

What is known of such a row is kept from event to event and corrected by the few of its numbers that
changed, so that an event costs no more where a row is long.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from topology.impact.arrays import Ints, View, spans, view

WIDE = 48
"""A row with more numbers than this is wide."""


@dataclass(frozen=True, eq=False)
class WideRows:
    """The wide ones among many rows, and where in them a number stands."""

    rows: Ints
    """Which rows are wide, ascending."""
    places: Ints
    """Where their numbers stand among those of all rows, row by row."""
    index: Mapping[int, int]
    """By wide row: which of them it is, from 0."""
    _holds: memoryview
    """By number: whether a wide row holds it."""
    _numbers: View
    """The numbers that wide rows hold, ascending; beside each, its row and its place."""
    _row_of: View
    _place_of: View

    @classmethod
    def among(cls, first: Ints, values: Ints, count: int) -> Self:
        """Return the wide ones of the rows values[first[i]:first[i + 1]], of numbers below `count`.

        O(rows), and to sort what the wide ones hold.
        """
        sizes = np.diff(first)
        rows = np.flatnonzero(sizes > WIDE)
        places = spans(first[rows], sizes[rows])
        numbers = values[places]
        order = np.argsort(numbers, kind="stable")
        holds = np.zeros(count, np.bool_)
        holds[numbers] = True
        return cls(
            rows=rows,
            places=places,
            index={row: place for place, row in enumerate(rows.tolist())},
            _holds=holds.data,
            _numbers=view(numbers[order]),
            _row_of=view(np.repeat(rows, sizes[rows])[order]),
            _place_of=view(places[order]),
        )

    def holding(self, number: int) -> Iterator[tuple[int, int]]:
        """Return the wide rows that hold `number`, each with the place where. O(log of all)."""
        if self._holds[number]:
            at = bisect_left(self._numbers, number)
            while at < len(self._numbers) and self._numbers[at] == number:
                yield self._row_of[at], self._place_of[at]
                at += 1
