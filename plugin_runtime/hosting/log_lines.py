"""The last lines that plugins logged, for people who look at a scannable."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

_KEPT = 10
_LONGEST = 300
_BOUND = frozenset({"event", "level", "plugin", "scannable", "exception", "exc_info"})
"""What a line is told by, or with; all else it was given is told behind it."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line."""

    at: float
    """Epoch seconds."""
    level: str
    text: str


class LogLines:
    """Keeps the last ten lines of each scannable; a structlog processor, safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[str, deque[LogLine]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def __call__(
        self, logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Keep the line if it is of a scannable, and pass it on; debug lines are not kept."""
        del logger
        scannable = event.get("scannable")
        if scannable is not None and method != "debug":
            rest = [f"{name}={value}" for name, value in event.items() if name not in _BOUND]
            text = " ".join([str(event.get("event", "")), *rest])[:_LONGEST]
            with self._lock:
                self._lines[str(scannable)].append(LogLine(self._clock(), method, text))
        return event

    def of(self, scannable: str) -> tuple[LogLine, ...]:
        """Return what is kept, oldest first."""
        with self._lock:
            return tuple(self._lines.get(scannable, ()))
