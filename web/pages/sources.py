"""The sources strip: who reports, how fresh that is, and what hinders it."""

from __future__ import annotations

from dataclasses import dataclass, field

from topology.state import EXACTLY, OK, UNKNOWN, Interval, State
from topology.store.values import Phase, Scannable
from web.format import StateMark, age_text, mark_of
from web.site import Site

_SILENT_SECONDS = 60.0
"""A runtime gives a sign of life every few seconds; after this long without one it is gone."""


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
    times = (_scanned_at(one) for one in site.scannables if one.status.get("phase") == Phase.OK)
    return max((at for at in times if at is not None), default=None)


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
    """Return whether what it says can be trusted, and why, in words."""
    phase = scannable.status.get("phase")
    error = str(scannable.status.get("error", ""))
    scanned = _scanned_at(scannable)
    if phase == Phase.FAILING:
        return EXACTLY[State.FAILED], error or "its last scan failed"
    if not scannable.beat or scanned is None:
        return UNKNOWN, "waits for a runtime"
    if now - scannable.beat > _SILENT_SECONDS:
        return UNKNOWN, f"stale: its runtime is silent since {age_text(now - scannable.beat)}"
    if phase == Phase.SCANNING:
        return UNKNOWN, scannable.first_scan
    return OK, f"scanned {age_text(now - scanned)} ago"


def _scanned_at(scannable: Scannable) -> float | None:
    at = scannable.status.get("at")
    return float(at) if isinstance(at, int | float) else None
