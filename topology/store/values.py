"""What the graph store takes and returns besides resources: leases, scannables, query results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from topology.errors import DeltaRejected
from topology.model import Scope
from topology.state import Interval

ADMIN = "admin"
"""The lease under which administrators' own changes are committed; it always exists."""
PUBLISHER = "publisher"
"""The lease of the one process that writes published states back; it always exists."""
OWN_LEASES = (ADMIN, PUBLISHER)
"""Leases of ours, which no scannable stands behind."""

QUERY_SECONDS = 10.0
"""How long an operator's query may run."""
QUERY_ROWS = 5_000
"""How many rows of it are returned where nobody asks for more."""


_SILENT_SECONDS = 60.0


class RevisionMoved(DeltaRejected):
    """The store is no longer at the revision a change was worked out against; work it out again."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one scope, until someone takes it with a later epoch."""

    scannable_id: str
    """The scannable's uid, `ADMIN` or `PUBLISHER`."""
    epoch: int
    """Greater at every taking."""
    holder: str
    """Who took it."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a lease, as the store says it now."""

    epoch: int
    """Of the lease; 0 where nobody has taken it yet."""
    holder: str
    """Empty where nobody holds it."""
    beat: float
    """The holder's last sign of life, in epoch seconds by the holder's own clock; 0 for none."""


@dataclass(frozen=True, slots=True)
class JournalSpan:
    """From where to where a store's journal reaches."""

    revision: int
    """The newest."""
    kept_since: int
    """The first revision whose events are all kept; 0 where none was ever forgotten."""
    forgotten_at: float
    """The time of the newest event that is no longer kept, in epoch seconds; 0 for none."""
    incarnation: str
    """Another one after the store was put back from a backup: what was followed is void then."""

    @property
    def before_first(self) -> int:
        """The revision before the first that is kept."""
        return max(self.kept_since - 1, 0)


class Phase(StrEnum):
    """How the session of a scannable is doing; its status says it under "phase"."""

    SCANNING = "scanning"
    """Its first scan runs; nothing is known yet."""
    OK = "ok"
    """Its last scan succeeded."""
    FAILING = "failing"
    """Its last scan failed; it is tried again."""


@dataclass(frozen=True, slots=True)
class Scannable:
    """What an administrator asked to be scanned, and how that goes."""

    scannable_id: str
    """The uid of its root resource."""
    plugin: str
    class_name: str
    """The root's class."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Attributes as the administrator gave them, JSON values."""
    version: int = 1
    """Greater after every change of `settings`."""
    epoch: int = 0
    """Of the lease; 0 where nobody has taken it yet."""
    holder: str = ""
    """Who holds the lease."""
    beat: float = 0.0
    """Epoch seconds of the holder's last sign of life; 0 where there was none."""
    status: Mapping[str, object] = field(default_factory=dict)
    """What its session last reported of itself, JSON values."""

    @property
    def scope(self) -> str:
        """Under what its session reports, as text."""
        return str(Scope(self.plugin, self.scannable_id))

    @property
    def heard_at(self) -> float:
        """Epoch seconds at which a scan of it last succeeded; 0 where none ever did."""
        return _number(self.status, "heard_at")

    @property
    def found(self) -> int:
        """How many resources its session had reported when it last said how it goes."""
        return int(_number(self.status, "found"))

    @property
    def first_scan(self) -> str:
        """How far its first scan is, in words: "first scan running (12,345 found)"."""
        return "first scan running" + (f" ({self.found:,} found)" if self.found else "")

    def is_silent(self, now: float) -> bool:
        """Tell whether at epoch second `now` too long ago a scan succeeded: three periods or 60 s.

        Never where none ever did: then nothing was reported here either.
        """
        longest = max(3 * _number(self.status, "period_seconds"), _SILENT_SECONDS)
        return self.heard_at > 0 and now - self.heard_at > longest

    @property
    def held(self) -> Held:
        """Who has the lease of its scope."""
        return Held(self.epoch, self.holder, self.beat)


def _number(status: Mapping[str, object], name: str) -> float:
    value = status.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


@dataclass(frozen=True, slots=True)
class Published:
    """What operators' queries see of the judgement of one resource, as properties of its node."""

    state: Interval
    root_causes: tuple[str, ...] = ()
    """Uids of the troubles behind its state; none where it is OK."""
    redundancy_left: int | None = None
    """How many more inputs its least redundant group can lose; None where it is OK or has none."""
    single_point_of: tuple[str, ...] = ()
    """Uids of the services that its failure alone would end now, sorted."""
    new_single_point_of: tuple[str, ...] = ()
    """Those of them that it would not end if nothing had failed."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What an operator's query returned; every value is one that JSON has."""

    columns: tuple[str, ...]
    """Their names; the embedded engine gives none where there is no row."""
    rows: tuple[tuple[object, ...], ...]
    """In the query's order."""
    truncated: bool = False
    """There were more rows than the limit."""
