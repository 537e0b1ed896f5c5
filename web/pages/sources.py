"""The sources strip: who reports, how fresh that is, and what hinders it."""

from __future__ import annotations

from dataclasses import dataclass, field

from topology.state import EXACTLY, OK, UNKNOWN, Interval, State
from topology.store.holder import SILENT_SECONDS
from topology.store.values import Phase, Scannable
from web.format import StateMark, age_text, mark_of
from web.site import Site


@dataclass(frozen=True, slots=True)
class SourceChip:
    """One scannable in the strip."""

    scannable_id: str = field(metadata={"help": "Uid of its root"})
    name: str = field(metadata={"help": "What people call it"})
    plugin: str = field(metadata={"help": "The plugin that contacts it"})
    mark: StateMark = field(metadata={"help": "OK, Failed, or Unknown where it is silent"})
    words: str = field(metadata={"help": "How fresh it is, or what hinders it"})
    is_reported: bool = field(metadata={"help": "Its root has a page"})


def sources_of(site: Site) -> tuple[SourceChip, ...]:
    """Return the scannables, by name."""
    chips = (_chip(site, one) for one in site.scannables)
    return tuple(sorted(chips, key=lambda one: (one.name, one.plugin, one.scannable_id)))


def last_scan(site: Site) -> float | None:
    """Return when anything was last scanned with success, epoch seconds; None for never."""
    return max((one.heard_at for one in site.scannables if one.heard_at), default=None)


def _chip(site: Site, scannable: Scannable) -> SourceChip:
    root = site.known.resources.get(scannable.scannable_id)
    state, words = _freshness(scannable, site.now)
    return SourceChip(
        scannable_id=scannable.scannable_id,
        name=root.name if root else scannable.scannable_id,
        plugin=scannable.plugin,
        mark=mark_of(state),
        words=words,
        is_reported=root is not None,
    )


def _freshness(scannable: Scannable, now: float) -> tuple[Interval, str]:
    """Return whether what it says can be trusted, and why, in words.

    It is stale exactly where what it reported is UNKNOWN for its silence.
    """
    phase = scannable.status.get("phase")
    age = age_text(now - scannable.heard_at)
    stale = f"stale: not heard of for {age}" if scannable.is_silent(now) else ""
    if phase == Phase.FAILING:
        error = str(scannable.status.get("error", "")) or "its last scan failed"
        return EXACTLY[State.FAILED], f"{stale}; {error}" if stale else error
    if stale:
        return UNKNOWN, stale
    if scannable.heard_at:
        return OK, f"scanned {age} ago"
    is_attended = phase == Phase.SCANNING and now - scannable.beat <= SILENT_SECONDS
    return UNKNOWN, scannable.first_scan if is_attended else "waits for a runtime"
