"""What a resource declares about its inputs: gates, caps, maps and the groups that hold them.

Values only; `topology.impact` evaluates them. Counts and shares are integers and fractions, so that
29 of 50 is exactly 58 percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from topology.state import State


@dataclass(frozen=True, slots=True)
class Tolerates:
    """k of n, told by what may fail: `failures` inputs may, one more ends it. 0 is a series."""

    failures: int


@dataclass(frozen=True, slots=True)
class Needs:
    """k of n, told by what must work: at least `inputs` of the group's size."""

    inputs: int


Measure = Literal["count", "percent", "weight"]
MEASURES: tuple[Measure, ...] = ("count", "percent", "weight")


@dataclass(frozen=True, slots=True)
class Rule:
    """`amount` (inclusive) of the inputs at state `at` or worse gives state `gives`."""

    measure: Measure
    amount: Fraction
    at: State
    gives: State


@dataclass(frozen=True, slots=True)
class Rules:
    """A gate of rules; the worst state that any of them gives holds, OK where none does."""

    rules: tuple[Rule, ...]


Gate = Tolerates | Needs | Rules
SERIES = Tolerates(0)
"""Every input is needed."""


@dataclass(frozen=True, slots=True)
class InputMap:
    """How a link passes trouble on: the state the resource sees for each state of the input.

    Monotone, and OK stays OK; both are checked where a map is made.
    """

    seen: tuple[State, State, State, State, State] = (
        State.OK,
        State.DEGRADED,
        State.CRITICAL,
        State.PARTIAL,
        State.FAILED,
    )

    def __post_init__(self) -> None:
        if self.seen[0] is not State.OK:
            raise ValueError(
                f"a map acts only on states worse than OK, but maps OK to {self.seen[0].name}"
            )
        for better, worse in zip(State, list(State)[1:], strict=False):
            if self.seen[worse] < self.seen[better]:
                raise ValueError(
                    f"a map must not make a worse input look better, but maps {better.name} to "
                    f"{self.seen[better].name} and {worse.name} to {self.seen[worse].name}"
                )

    def __call__(self, state: State) -> State:
        """Return what the resource sees of an input in `state`."""
        return self.seen[state]

    @classmethod
    def ignore(cls) -> InputMap:
        """Pass nothing on."""
        return cls.fixed(State.OK)

    @classmethod
    def capped(cls, worst: State) -> InputMap:
        """Pass on nothing worse than `worst`."""
        return cls.of({state: min(state, worst) for state in State})

    @classmethod
    def shifted(cls, levels: int) -> InputMap:
        """Pass on trouble `levels` worse (negative: better), kept within OK and FAILED."""
        return cls.of({state: State(min(max(state + levels, 0), 4)) for state in State if state})

    @classmethod
    def fixed(cls, state: State) -> InputMap:
        """Pass on any trouble as `state`."""
        return cls.of(dict.fromkeys(list(State)[1:], state))

    @classmethod
    def of(cls, table: Mapping[State, State]) -> InputMap:
        """Pass on each state as `table` says; states it leaves out stay as they are."""
        ok, degraded, critical, partial, failed = (table.get(state, state) for state in State)
        return cls((ok, degraded, critical, partial, failed))

    def or_worse(self, other: InputMap) -> InputMap:
        """Return how an input is seen over two links: whatever either passes on arrives."""
        return InputMap.of({state: max(self(state), other(state)) for state in State})


IDENTITY = InputMap()
"""Trouble passes as it is."""


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that a resource needs together.

    Which links are its inputs is written on the links (`Input.groups`).
    """

    name: str
    gate: Gate = SERIES
    size: int | None = None
    """How many inputs it should have, where that is declared."""
    most: int = 0
    """The most inputs it has had: its size where none is declared. Kept by reconcile."""
    cap: State = State.FAILED
    """The worst it can do to the resource."""
    of: tuple[str, ...] = ()
    """Labels: an input with any of them belongs here, also one that another plugin provides."""
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    """For rules by weight: an input's weight by its uid; 1 where it is not named."""
