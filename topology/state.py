"""The states of a resource: a chain of five, worst last, and intervals where something is unknown.

`UNKNOWN` is never a sixth level. It is the interval from OK to FAILED: everything is evaluated
twice, every unknown as OK and as FAILED, and both ends are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

UNKNOWN_WORD = "UNKNOWN"


class State(IntEnum):
    """One resource's state; a greater one is worse."""

    OK = 0
    """Nothing lost."""
    DEGRADED = 1
    """Redundancy is lost or an input is weak; no new single failure ends it."""
    CRITICAL = 2
    """Works, but a failure the healthy site would survive now ends it."""
    PARTIAL = 3
    """Part of the service is gone."""
    FAILED = 4
    """The service is gone."""

    @property
    def has_ended(self) -> bool:
        """PARTIAL or worse, so whatever needs this resource takes it for failed."""
        return self >= State.PARTIAL


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A state as far as it is known: at best `low`, at worst `high`, both inclusive."""

    low: State
    high: State

    @property
    def is_known(self) -> bool:
        """Both ends agree."""
        return self.low == self.high

    @property
    def word(self) -> str:
        """Return the one word to show: the state's name, or UNKNOWN where the ends differ."""
        return self.high.name if self.low == self.high else UNKNOWN_WORD


EXACTLY = {state: Interval(state, state) for state in State}
"""Each state as the interval that holds it alone."""
OK = EXACTLY[State.OK]
UNKNOWN = Interval(State.OK, State.FAILED)
STATE_WORDS = (*(state.name for state in State), UNKNOWN_WORD)
"""The six words an own state can be given in."""
GLYPHS = dict(zip(STATE_WORDS, "●▲◆◐✕?", strict=True))
"""What stands before each word, so that no state is told by its colour alone."""


def interval_of(word: str) -> Interval:
    """Return the interval of one of the six words; any other word raises KeyError."""
    return _BY_WORD[word]


_BY_WORD = {UNKNOWN_WORD: UNKNOWN, **{state.name: one for state, one in EXACTLY.items()}}


def worst_first(state: Interval) -> tuple[int, int]:
    """Return a sort key that puts the worst first; an unknown stands by its worse end."""
    return (-state.high, -state.low)


def worst_own(reports: Iterable[Interval]) -> Interval:
    """Combine what several reporters or conditions say of one resource alone.

    The worst known state if that is CRITICAL or worse; else UNKNOWN if any says so; else the worst.
    Nothing said is OK.
    """
    said = list(reports)
    worst = max((one.low for one in said if one.is_known), default=State.OK)
    if worst < State.CRITICAL and any(not one.is_known for one in said):
        return UNKNOWN
    return EXACTLY[worst]
