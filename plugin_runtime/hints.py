"""What a message adds for whoever misspelled a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], what: str = "declared") -> str:
    """Return the half sentence that lists `what` is known, the nearest name before it."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    rest = f"{what}: {', '.join(names) or 'none'}"
    return f"did you mean {near[0]!r}? {rest}" if near else rest
