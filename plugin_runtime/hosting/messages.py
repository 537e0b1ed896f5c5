"""What the host and a plugin's process say to each other. Frozen, and safe to pickle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from plugin_runtime.hosting.log_lines import LogLine
from topology.delta import Delta
from topology.statistics import Sample
from topology.store.values import Phase


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a session on a scannable, anew where there is one."""

    scannable_id: str
    class_name: str
    settings: Mapping[str, object]
    version: int
    """Of the settings."""
    scan_seconds: float = math.inf
    """A scan that finds nothing new for longer is said to be overdue."""


@dataclass(frozen=True, slots=True)
class Assign:
    """New settings for a session; they trigger a scan."""

    scannable_id: str
    settings: Mapping[str, object]
    version: int


@dataclass(frozen=True, slots=True)
class Close:
    """End a session."""

    scannable_id: str


Order = Open | Assign | Close
"""Host to plugin process."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a session says of itself."""

    phase: Phase
    version: int
    """Of the settings that were in force."""
    at: float
    """Epoch seconds."""
    error: str = ""
    scan_seconds: float = 0.0
    """How long the last scan took."""
    period_seconds: float = 0.0
    """How long it is from one scan to the next, the scan itself included."""
    heard_at: float = 0.0
    """Epoch seconds at which a scan last succeeded; 0 where this session's process knows none."""
    found: int = 0
    """How many resources it had reported by then."""
    log: tuple[LogLine, ...] = ()
    """The last lines its plugin logged, oldest first."""

    def to_json(self) -> dict[str, object]:
        """Return it as the store keeps it."""
        return asdict(self) | {"phase": str(self.phase)}


@dataclass(frozen=True, slots=True)
class Said:
    """What a session reports: how it is doing, what changed, or both."""

    scannable_id: str
    status: Status | None
    delta: Delta | None
    samples: tuple[Sample, ...] = ()
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The plugin cannot be loaded."""

    error: str


Report = Said | Broken
"""Plugin process to host."""
