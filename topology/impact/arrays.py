"""Arrays of unequal rows: the one shape in which links, groups and sets are kept by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from topology.state import State

Ints = npt.NDArray[np.signedinteger[Any]]
"""Numbers of parts, groups and the like; 32 or 64 bits wide."""
Codes = npt.NDArray[np.uint8]
"""States, or other numbers below 256."""
Flags = npt.NDArray[np.bool_]
View: TypeAlias = "memoryview[int]"

OK, DEGRADED, CRITICAL, PARTIAL, FAILED = map(int, State)
"""States as plain numbers: beside an IntEnum numpy would widen whole arrays to 64 bits first."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of numbers, one after the other: row i is values[first[i]:first[i + 1]]."""

    first: Ints
    values: Ints

    def of(self, row: int) -> list[int]:
        """Return one row."""
        first, values = self._views
        return values[first[row] : first[row + 1]].tolist()

    def gather(self, rows: Ints) -> Ints:
        """Return the rows, one after the other. O(what is returned)."""
        first = self.first[rows]
        return self.values[spans(first, self.first[rows + 1] - first)]

    @cached_property
    def _views(self) -> tuple[View, View]:
        return view(self.first), view(self.values)


def view(array: Ints) -> View:
    """Return the array for reading numbers one by one: quicker than from the array itself."""
    return memoryview(array.data).cast("B").cast("q")


def rows_by(keys: Ints, values: Ints, count: int) -> Rows:
    """Return `values` in `count` rows by their key, within a row in the order they came."""
    order = np.argsort(keys, kind="stable")
    return Rows(edges(np.bincount(keys, minlength=count)), values[order])


def edges(sizes: Ints) -> Ints:
    """Return where rows of these sizes begin, and where the last one ends."""
    first = np.zeros(len(sizes) + 1, np.intp)
    np.cumsum(sizes, out=first[1:])
    return first


def spans(first: Ints, sizes: Ints) -> Ints:
    """Return the numbers first, first + 1, ... of each span, one span after the other."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(first - before, sizes) + np.arange(sizes.sum(), dtype=np.intp)


def begins(keys: Ints) -> Flags:
    """Tell by place whether a key stands there that does not stand before it."""
    found = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=found[1:])
    return found


def distinct(keys: Ints) -> Ints:
    """Return the keys, ascending, each once: for few of them quicker than `numpy.unique`."""
    keys = np.sort(keys)
    found: Ints = keys[begins(keys)]
    return found


def frozen(array: npt.NDArray[np.generic]) -> None:
    """Let nobody write to the array from now on."""
    array.setflags(write=False)
