"""What one group does to its resource: how many inputs are in which state, and what the gate says.

A tally is all that any gate needs, so a gate costs the same for two inputs and for two thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from topology.gates import Needs, Rule, Rules, Tolerates
from topology.impact.arrays import CRITICAL, DEGRADED, FAILED, OK, PARTIAL
from topology.impact.layout import InputGroup, Part
from topology.state import State

StateOf = Callable[[str], State]
"""The state of a part, by its uid."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The inputs of one group, counted by the state in which they arrive; missing ones failed."""

    counts: tuple[int, ...]
    """By state, OK first."""
    weights: tuple[Fraction, ...]
    """By state, OK first; empty where no rule asks for weights."""

    @property
    def failed(self) -> int:
        """How many inputs have failed."""
        return self.counts[State.PARTIAL] + self.counts[State.FAILED]

    def moved(self, weight: Fraction | int, before: State, after: State) -> Tally:
        """Return the tally after one input of this weight went from `before` to `after`."""
        counts = list(self.counts)
        counts[before] -= 1
        counts[after] += 1
        weights = list(self.weights)
        if weights:
            weights[before] -= weight
            weights[after] += weight
        return Tally(tuple(counts), tuple(weights))


def arriving(part: Part, group: InputGroup, source: str, state: State) -> State:
    """Return how the member `source`, being in `state`, arrives in this group of `part`."""
    return State.FAILED if source in group.out_of_sync else part.map_of(source)(state)


def tally_of(part: Part, group: InputGroup, state_of: StateOf) -> Tally:
    """Count the group's inputs by the state in which they arrive. O(members)."""
    counts = [0] * len(State)
    counts[State.FAILED] = group.missing
    weighs = isinstance(group.gate, Rules) and any(
        rule.measure == "weight" for rule in group.gate.rules
    )
    weights = [Fraction(count) for count in counts] if weighs else []
    for source in group.members:
        state = arriving(part, group, source, state_of(source))
        counts[state] += 1
        if weighs:
            weights[state] += group.weights.get(source, 1)
    return Tally(tuple(counts), tuple(weights))


def effect_of(group: InputGroup, tally: Tally) -> State:
    """Return what the group does to its resource: its gate's state, no worse than its cap."""
    if isinstance(group.gate, Rules):
        given = (rule.gives for rule in group.gate.rules if holds(rule, group, tally))
        state = max(given, default=State.OK)
    else:
        state = State(k_of_n(tolerated(group), tally.counts))
    return min(group.cap, state)


def group_state(part: Part, group: InputGroup, state_of: StateOf) -> State:
    """Return what the group does to `part` while its inputs are as `state_of` says. O(members)."""
    return effect_of(group, tally_of(part, group, state_of))


def tolerated(group: InputGroup) -> int:
    """Return how many inputs of a k-of-n group may fail; 0 is a series."""
    if isinstance(group.gate, Tolerates):
        return group.gate.failures
    if isinstance(group.gate, Needs):
        return max(0, group.size - group.gate.inputs)
    raise TypeError(f"group {group.name!r} is judged by rules, not by a number that may fail")


def is_series(group: InputGroup) -> bool:
    """Tell whether every input of the group is needed."""
    return not isinstance(group.gate, Rules) and tolerated(group) == 0


def measured(rule: Rule, group: InputGroup, tally: Tally) -> Fraction:
    """Return how much of the group is at or beyond the rule's state, in the rule's measure."""
    if rule.measure == "weight":
        return sum(tally.weights[rule.at :], Fraction(0))
    count = Fraction(sum(tally.counts[rule.at :]))
    return count * 100 / group.size if rule.measure == "percent" else count


def holds(rule: Rule, group: InputGroup, tally: Tally) -> bool:
    """Tell whether enough of the group is at or beyond the rule's state."""
    return measured(rule, group, tally) >= rule.amount


def k_of_n(may_fail: int, counts: Sequence[int]) -> int:
    """Return what a group of which `may_fail` inputs may fail makes of the counts by state."""
    worst = _nth_worst(counts, 0)
    if may_fail == 0 or worst == OK:
        return worst
    failed = counts[PARTIAL] + counts[FAILED]
    if failed > may_fail:
        return FAILED
    weakened = CRITICAL if failed == may_fail else DEGRADED
    return max(weakened, _nth_worst(counts, may_fail))


def _nth_worst(counts: Sequence[int], skipped: int) -> int:
    """Return the worst state that is left when the `skipped` worst inputs are set aside."""
    for state in (FAILED, PARTIAL, CRITICAL, DEGRADED):
        skipped -= counts[state]
        if skipped < 0:
            return state
    return OK
