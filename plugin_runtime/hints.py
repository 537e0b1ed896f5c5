"""What a message adds for whoever misspelled a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_CUTOFF = 0.7
"""How alike two names are at least, of 1: below it a guess misleads more often than it helps."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, "" for none."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=_CUTOFF)), "")


def did_you_mean(name: str, known: Iterable[str], what: str = "declared") -> str:
    """Return the half sentence that lists `what` is known, the nearest name before it."""
    names = list(known)
    near = nearest(name, names)
    rest = f"{what}: {', '.join(names) or 'none'}"
    return f"did you mean {near!r}? {rest}" if near else rest
