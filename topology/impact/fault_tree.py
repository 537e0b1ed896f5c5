"""What ends a resource, as a fault tree: its own failure, or enough of its inputs' at a threshold.

The tree stands on what has failed already: an input that is gone is no longer in it, and the number
that still must fail is that much less. So its cut sets are sets of further failures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from topology.gates import InputMap, Rules
from topology.impact.judge import Design
from topology.impact.layout import InputGroup, Layout, Part
from topology.impact.tally import is_series, tolerated
from topology.state import Interval, State

Place = tuple[str, State]
"""A resource, by its uid, being at a threshold (PARTIAL or FAILED) or worse."""


@dataclass(frozen=True, slots=True)
class Condition:
    """At least `needed` of `inputs`; `needed` is 1 or more, and may be more than there are."""

    needed: int
    inputs: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """What takes one resource to a threshold: its own failure or any of the conditions."""

    is_component: bool
    conditions: tuple[Condition, ...] = ()
    is_by_trial: bool = False
    """No formula says it: it is in a cycle, or lesser trouble of an input may end it."""


class FaultTree:
    """The nodes of one layout, worked out as they are asked for.

    `states` are the published ones; their low ends count, for an unknown may be well. O(inputs) for
    each node.
    """

    def __init__(self, layout: Layout, design: Design, states: Mapping[str, Interval]) -> None:
        self._parts = layout.parts
        self._states = states
        self._in_cycles = frozenset(uid for one in design.order.cycles for uid in one.members)

    def node(self, place: Place) -> Node:
        """Return what takes the resource to the threshold, where it is not at it already."""
        uid, threshold = place
        part = self._parts[uid]
        own = self.is_component(uid)
        try:
            conditions = tuple(self._conditions(part, threshold))
        except _NoFormula:
            return Node(own, is_by_trial=True)
        return Node(own, conditions, is_by_trial=bool(conditions) and uid in self._in_cycles)

    def is_component(self, uid: str) -> bool:
        """Tell whether the resource can fail by itself, or says it is about to, and has not."""
        part = self._parts[uid]
        may_fail = part.can_fail or part.own.low >= State.CRITICAL
        return may_fail and not self._states[uid].low.has_ended

    def _conditions(self, part: Part, threshold: State) -> Iterator[Condition]:
        for group in part.groups:
            for needed, at in _needs(group, threshold):
                left, inputs = self._still_needed(part, group, needed, at)
                if inputs:
                    yield Condition(left, inputs)

    def _still_needed(
        self, part: Part, group: InputGroup, needed: int, at: State
    ) -> tuple[int, tuple[Place, ...]]:
        inputs: list[Place] = []
        left = needed - group.missing
        for source in group.members:
            harmful = _harmful(part.maps.get(source), at)
            if harmful is not None and not harmful.has_ended:
                raise _NoFormula
            state = self._states[source].low
            if source in group.out_of_sync or (harmful is not None and state >= harmful):
                left -= 1
            elif harmful is not None:
                inputs.append((source, harmful))
        return left, tuple(inputs)


def _harmful(seen: InputMap | None, at: State) -> State | None:
    """Return the best state of an input that arrives at state `at` or worse, None: none does."""
    if seen is None:
        return at
    return next((state for state in State if seen(state) >= at), None)


def _needs(group: InputGroup, threshold: State) -> Iterator[tuple[int, State]]:
    """Yield how many inputs must arrive at which state for the group to reach the threshold."""
    if group.cap < threshold:
        return
    if not isinstance(group.gate, Rules):
        series = is_series(group)
        yield tolerated(group) + 1, threshold if series else State.PARTIAL
        return
    for rule in group.gate.rules:
        if rule.gives < threshold:
            continue
        if rule.measure == "weight" or not rule.at.has_ended:
            raise _NoFormula
        share = rule.amount * group.size / 100 if rule.measure == "percent" else rule.amount
        yield ceil(share), rule.at


class _NoFormula(Exception):
    """What ends the resource is no matter of how many inputs have failed."""
