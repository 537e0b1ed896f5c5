"""Values as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.answers.timestamps import rfc3339
from topology.schema import AttributeSchema
from topology.state import EXACTLY, UNKNOWN, Interval, State
from web.format import (
    age_text,
    clipped,
    mark_of,
    size_text,
    text_width,
    time_text,
    value_text,
    when_text,
)

_NOON = 1_790_000_000.0


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (8_001_563_222_016, "7.3 TiB"),
        (2**50, "1.0 PiB"),
        (2**63 - 1, "8.0 EiB"),
        (2**70, "1024.0 EiB"),
        (-2048, "-2.0 KiB"),
    ],
)
def test_sizes_are_binary_up_to_exbibytes(size_bytes: int, text: str) -> None:
    """2^50 bytes are 1.0 PiB, and nothing prints as 1024.0 of a unit that has a next one."""
    assert text == size_text(size_bytes)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (4.9, "4 s"), (60, "1 min"), (840, "14 min"), (7_200, "2 h"), (300_000, "3 d")],
)
def test_ages_are_in_their_largest_whole_unit(seconds: float, text: str) -> None:
    """A clock that runs ahead shows 0 s, never a negative age."""
    assert text == age_text(seconds)


def test_a_moment_has_its_date_unless_that_is_today() -> None:
    """14:13 today, the whole date before that."""
    assert "14:13 UTC" == time_text(_NOON, now=_NOON)
    assert "2026-09-20 14:13 UTC" == time_text(_NOON - 86_400, now=_NOON)
    assert "13:59 UTC (14 min ago)" == when_text(_NOON - 840, now=_NOON)
    assert "2026-09-21T14:13:20.250Z" == rfc3339(_NOON + 0.25)


def test_every_state_has_a_glyph_and_a_word_of_its_own() -> None:
    """Unknown is never shown as OK, whatever its better end."""
    marks = [mark_of(EXACTLY[state]) for state in State] + [mark_of(UNKNOWN)]

    assert 6 == len({mark.glyph for mark in marks}) == len({mark.word for mark in marks})
    assert "? Unknown" == mark_of(Interval(State.OK, State.DEGRADED)).text


def test_attributes_are_shown_as_their_class_declares_them() -> None:
    """Sizes in binary units, times in UTC, numbers with their units, truth as yes and no."""

    def schema(kind: str, units: str = "") -> AttributeSchema:
        return AttributeSchema(name="a", kind=kind, label="A", units=units)

    assert "2.0 KiB (2,048 bytes)" == value_text(2048, schema("Bytes"))
    assert "2026-09-21 14:13:20 UTC" == value_text(_NOON, schema("Timestamp"))
    assert "41.5 C" == value_text(41.5, schema("Float", "C"))
    assert "7200 rpm" == value_text(7200, schema("Integer", "rpm"))
    assert "yes" == value_text(True, schema("Boolean"))
    assert "2048" == value_text(2048)


@given(st.text(max_size=80), st.floats(30, 300))
def test_clipped_text_fits_and_keeps_both_ends(text: str, width: float) -> None:
    """What fits stays whole; what does not keeps its beginning and end around an ellipsis."""
    shown = clipped(text, width, size=12)

    assert text_width(shown, size=12) <= width
    if shown != text:
        head, _, tail = shown.partition("…")
        assert text.startswith(head)
        assert text.endswith(tail)
