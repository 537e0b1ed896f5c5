"""One evaluation: every part's state by its gates, with each unknown taken one way.

The gate state is not yet what is published: `topology.impact.published` turns it into that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topology.impact.cycles import Cycle
from topology.impact.layout import InputGroup, Layout, Part
from topology.impact.order import Order
from topology.impact.tally import group_state
from topology.state import State


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A layout and what its gates make of one choice of own states."""

    layout: Layout
    order: Order
    own: Mapping[str, State]
    """By uid: its own state in this evaluation."""
    gates: Mapping[str, State]
    """By uid: the worst of its own state and of what its groups do to it."""

    def group_state(self, part: Part, group: InputGroup) -> State:
        """Return what one group does to its part. O(members)."""
        return group_state(part, group, self.gates.__getitem__)


def evaluation_of(layout: Layout, order: Order, own: Mapping[str, State]) -> Evaluation:
    """Evaluate every gate once, causes first. O(parts + links) outside of cycles."""
    gates: dict[str, State] = {}
    for step in order.steps:
        if isinstance(step, Cycle):
            gates.update(step.settle(layout.parts, own.__getitem__, gates.__getitem__))
        else:
            part = layout.parts[step]
            given = (group_state(part, group, gates.__getitem__) for group in part.groups)
            gates[step] = max(own[step], max(given, default=State.OK))
    return Evaluation(layout, order, own, gates)
