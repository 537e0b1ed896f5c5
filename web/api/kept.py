"""Answers that are kept for as long as nothing changes: between two changes many ask the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from weakref import ref

from topology.live.view import View

_MOST: Final = 256
"""Answers, of some kilobytes each."""


class KeptAnswers:
    """The answers about resources that were made from the view asked for last; for any thread."""

    def __init__(self, make: Callable[[View, str], str]) -> None:
        self._make = make
        self._kept: tuple[ref[View] | None, dict[str, str]] = (None, {})
        """Whose they are, and by uid. Weak, so that a view goes when the next one has come."""

    def of(self, view: View, uid: str) -> str:
        """Return the answer about a resource, made where it is not kept."""
        kept_of, found = self._kept
        if kept_of is None or kept_of() is not view or len(found) >= _MOST:
            found = {}
            self._kept = ref(view), found
        if uid not in found:
            found[uid] = self._make(view, uid)
        return found[uid]
