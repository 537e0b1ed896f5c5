"""The only place where stored values become text for people: states, sizes, times, units."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from topology.model import Value
from topology.schema import AttributeSchema
from topology.state import GLYPHS, Interval

_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_AGES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))
_ELLIPSIS = "…"
_WIDTHS = (
    dict.fromkeys("ijlI|'", 0.31)
    | dict.fromkeys(' ,.:;!frt()[]/\\-"', 0.42)
    | dict.fromkeys("mMwWQO@%", 1.0)
    | {_ELLIPSIS: 1.0}
)
"""Ems of the ASCII characters that differ most from the others."""


@dataclass(frozen=True, slots=True)
class StateMark:
    """A state as people see it: never by colour alone."""

    glyph: str
    word: str
    """"OK", "Degraded", ... as in ui: the state's name, readable."""
    css: str
    """The class that colours it and weighs its border."""

    @property
    def text(self) -> str:
        """Glyph and word, for titles and drawings."""
        return f"{self.glyph} {self.word}"


def mark_of(state: Interval) -> StateMark:
    """Return how a state is shown; one whose ends differ is Unknown, never OK."""
    word = state.word
    return StateMark(GLYPHS[word], word if word == "OK" else word.capitalize(), word.lower())


def size_text(size_bytes: float) -> str:
    """Return a number of bytes in binary units up to EiB: 2^50 is "1.0 PiB"."""
    if abs(size_bytes) < 1024:
        return f"{size_bytes:g} B"
    scaled = float(size_bytes)
    unit = 0
    # 1023.95 would print as "1024.0" of the smaller unit.
    while abs(scaled) >= 1023.95 and unit + 1 < len(_BINARY_UNITS):
        scaled /= 1024
        unit += 1
    return f"{scaled:.1f} {_BINARY_UNITS[unit]}"


def age_text(seconds: float) -> str:
    """Return how long ago something was, in its largest unit: "4 s", "14 min", "2 h", "3 d"."""
    for length, unit in _AGES:
        if seconds >= length:
            return f"{int(seconds / length)} {unit}"
    return f"{max(0, int(seconds))} s"


def time_text(at: float, *, now: float) -> str:
    """Return a moment in UTC, with its date unless that is today's. Both are epoch seconds."""
    moment = datetime.fromtimestamp(at, UTC)
    is_today = moment.date() == datetime.fromtimestamp(now, UTC).date()
    return moment.strftime("%H:%M UTC" if is_today else "%Y-%m-%d %H:%M UTC")


def when_text(at: float, *, now: float) -> str:
    """Return a moment and how long ago it was: "02:58 UTC (14 min ago)"."""
    return f"{time_text(at, now=now)} ({age_text(now - at)} ago)"


def value_text(value: Value, schema: AttributeSchema | None = None) -> str:
    """Return an attribute's value as its class declares it; without a schema, as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) or schema is None:
        return str(value)
    if schema.kind == "Bytes":
        return f"{size_text(value)} ({value:,} bytes)"
    if schema.kind == "Timestamp":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {schema.units}".rstrip()


def clipped(text: str, width: float, *, size: float) -> str:
    """Return `text` with its middle cut out where it is wider than `width` at `size`, in pixels.

    Ends are kept because that is where names differ.
    """
    if text_width(text, size=size) <= width:
        return text
    head, tail = "", ""
    for first, last in zip(text, reversed(text), strict=True):
        if text_width(f"{head}{first}{_ELLIPSIS}{tail}", size=size) > width:
            break
        head += first
        if text_width(f"{head}{_ELLIPSIS}{last}{tail}", size=size) > width:
            break
        tail = last + tail
    return f"{head.rstrip()}{_ELLIPSIS}{tail.lstrip()}"


def text_width(text: str, *, size: float) -> float:
    """Return how wide `text` is at most, in pixels, in a common sans-serif font of `size` pixels.

    Characters are measured as in DejaVu Sans, which is wider than the system fonts of other
    machines.
    """
    return sum(map(_em, text)) * size


def _em(character: str) -> float:
    """Return the width of a character in ems."""
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0.0
    if character in _WIDTHS:
        return _WIDTHS[character]
    if character.isascii():
        return 0.7 if character.isupper() else 0.64
    return 1.05
