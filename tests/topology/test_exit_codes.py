"""What judging commands exit with."""

from __future__ import annotations

import pytest

from topology.exit_codes import exit_code_of
from topology.state import EXACTLY, OK, UNKNOWN, Interval, State

CRITICAL, FAILED = EXACTLY[State.CRITICAL], EXACTLY[State.FAILED]


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([], 0),
        ([OK, OK], 0),
        ([OK, CRITICAL], 1),
        ([Interval(State.DEGRADED, State.CRITICAL)], 1),
        ([CRITICAL, UNKNOWN], 3),
        ([Interval(State.CRITICAL, State.PARTIAL)], 3),
        ([Interval(State.PARTIAL, State.FAILED)], 2),
        ([UNKNOWN, FAILED, CRITICAL], 2),
    ],
)
def test_ended_beats_unknown_beats_weakened_beats_fine(states: list[Interval], code: int) -> None:
    """An interval is unknown where its ends would exit differently."""
    assert code == exit_code_of(states)
