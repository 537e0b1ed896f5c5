"""Moments as people write them, for questions about the past."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from topology.errors import UsageError

FORMS = "2026-11-25T02:58:00Z, 2026-11-25 02:58, 02:58 (the last time it was so late), or 15min ago"
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_AGO = re.compile(r"(\d{1,9})\s*(s|min|h|d)(?:\s+ago)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def moment_in(text: str, *, now: float) -> float:
    """Return the moment that `text` says, in epoch seconds; without an offset it is in UTC.

    Raises UsageError for what is no time, and for one that is still to come.
    """
    try:
        at = _moment(text.strip(), now)
    except (ValueError, OverflowError):
        at = -1.0
    if at < 0:
        raise UsageError(f"{text!r} is no time; write for example {FORMS}")
    if at > now:
        raise UsageError(f"{text!r} is still to come; ask for a time that has been")
    return at


def minute_text(at: float) -> str:
    """Return a moment (epoch seconds) as people write it, in UTC: "2026-11-25 02:58 UTC"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _moment(text: str, now: float) -> float:
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        at = datetime.fromtimestamp(now, UTC).replace(
            hour=hours, minute=minutes, second=seconds, microsecond=0
        )
        return (at if at.timestamp() <= now else at - timedelta(days=1)).timestamp()
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
