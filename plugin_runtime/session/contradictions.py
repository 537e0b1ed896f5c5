"""What one scan says twice and differently: two things that share an identity by mistake.

A resource may be reported several times in a scan, each time with more of its values. Two values of
one attribute are a contradiction: the second thing has taken the place of the first.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from plugin_runtime.resource import StorageResource

CONTRADICTION = "reported-twice"
"""The id of the alert on a scannable whose scan contradicts itself."""


class Contradictions:
    """Those of the last scan. Not thread-safe: its session locks."""

    def __init__(self) -> None:
        self.text = ""
        """What the last scan that ended contradicts itself in; empty where it does not."""
        self.since = 0.0
        """Epoch seconds at which that text was first found."""
        self._scanning_thread: int | None = None
        self._given: dict[str, dict[str, Any]] = {}
        """What was given for each resource in this scan, by uid and name."""
        self._found: list[str] = []

    def begin(self) -> None:
        """Begin a scan in the calling thread; what other threads report is news of its own time."""
        self._scanning_thread = threading.get_ident()
        self._given = {}
        self._found = []

    def given(self, resource: StorageResource, values: Mapping[str, Any]) -> None:
        """Compare valid `values` of a resource with those given earlier in this scan."""
        if threading.get_ident() != self._scanning_thread:
            return
        known = {name: value for name, value in values.items() if value is not None}
        earlier = self._given.setdefault(resource.uid, known)
        if earlier is known:
            return
        declared = resource.declaration.attributes
        for name in [one for one in declared if one in known and one in earlier]:
            if not declared[name].are_equal(earlier[name], known[name]):
                first, second = (declared[name].quoted(one[name]) for one in (earlier, known))
                self._found.append(
                    f"{resource!r} was reported twice in one scan with different {name}: "
                    f"{first}, then {second}; is its identifier unique?"
                )
                break
        earlier |= known

    def forget(self, uid: str) -> None:
        """A resource is removed; what is reported in its place is another."""
        self._given.pop(uid, None)

    def end(self, at: float) -> bool:
        """End the scan at epoch second `at`; say whether the text is another one now."""
        others = len(self._found) - 1
        text = "".join(self._found[:1]) + (f" (and {others} more)" if others > 0 else "")
        is_new = text != self.text
        if is_new:
            self.text, self.since = text, at
        self._scanning_thread = None
        self._given = {}
        return is_new
