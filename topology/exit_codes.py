"""What a command that judges exits with, so that scripts can ask without reading."""

from __future__ import annotations

from collections.abc import Iterable

from topology.state import Interval, State

FINE, WEAKENED, ENDED, UNSURE = 0, 1, 2, 3
_WORST_FIRST = (ENDED, UNSURE, WEAKENED, FINE)


def exit_code_of(states: Iterable[Interval]) -> int:
    """Return the code for the worst of `states`: 2 beats 3 beats 1 beats 0; none at all is 0.

    0: OK. 1: DEGRADED or CRITICAL. 2: PARTIAL or FAILED. 3: the ends give different codes.
    """
    codes = {_code_of(state) for state in states}
    return next((code for code in _WORST_FIRST if code in codes), FINE)


def _code_of(state: Interval) -> int:
    low, high = _code_of_end(state.low), _code_of_end(state.high)
    return low if low == high else UNSURE


def _code_of_end(state: State) -> int:
    if state.has_ended:
        return ENDED
    return FINE if state is State.OK else WEAKENED
