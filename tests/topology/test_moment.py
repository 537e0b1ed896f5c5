"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from topology.errors import UsageError
from topology.moment import moment_in

NOW = datetime(2026, 11, 25, 3, 10, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25T02:58:00Z", (25, 2, 58)),
        ("2026-11-25T03:58:00+01:00", (25, 2, 58)),
        ("2026-11-25 02:58", (25, 2, 58)),
        ("2026-11-24", (24, 0, 0)),
        ("02:58", (25, 2, 58)),
        ("23:30", (24, 23, 30)),
        ("12min", (25, 2, 58)),
        ("1 d ago", (24, 3, 10)),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, expected: tuple[int, int, int]) -> None:
    """In UTC where it does not say; a time of day is the last time it was so late."""
    day, hour, minute = expected

    at = moment_in(text, now=NOW)

    assert datetime(2026, 11, day, hour, minute, tzinfo=UTC).timestamp() == at


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "'yesterday' is no time; write for example"),
        ("25:00", "is no time"),
        ("99999999d", "is no time"),
        ("2026-11-25T03:11:00Z", "is still to come"),
    ],
)
def test_what_is_no_time_of_the_past_is_refused(text: str, said: str) -> None:
    """With what may be written instead."""
    with pytest.raises(UsageError, match=said):
        moment_in(text, now=NOW)
