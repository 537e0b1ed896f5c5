"""Failing one component on trial, to see which parts that ends: the definition, run as it stands.

Used only for the parts whose single points no formula gives; the walk visits what changes, no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from heapq import heappop, heappush

from topology.impact.cycles import Cycle
from topology.impact.evaluation import Evaluation
from topology.impact.layout import InputGroup
from topology.impact.tally import Tally, arriving, effect_of, tally_of
from topology.state import State


class Trials:
    """Runs trials on one evaluation."""

    def __init__(self, evaluation: Evaluation, watched: Collection[str]) -> None:
        self._evaluation = evaluation
        self._region = evaluation.order.upstream_of(watched)
        self._tallies: dict[str, list[tuple[InputGroup, frozenset[str], Tally]]] = {}

    @property
    def region(self) -> frozenset[str]:
        """The watched parts and everything that can reach them."""
        return self._region

    def states_after_failure_of(self, component: str) -> dict[str, State]:
        """Return the gate states that change, within the region, when `component` has failed."""
        order = self._evaluation.order
        gates = self._evaluation.gates
        changed: dict[str, State] = {}
        changed_inputs: defaultdict[str, list[str]] = defaultdict(list)
        waiting = [order.position[component]]
        queued = set(waiting)
        while waiting:
            step = order.steps[heappop(waiting)]
            for uid, state in self._states_of(step, component, changed, changed_inputs).items():
                if state == gates[uid]:
                    continue
                changed[uid] = state
                for follower in order.downstream[uid]:
                    if follower not in self._region:
                        continue
                    changed_inputs[follower].append(uid)
                    place = order.position[follower]
                    if place not in queued:
                        queued.add(place)
                        heappush(waiting, place)
        return changed

    def _states_of(
        self,
        step: str | Cycle,
        component: str,
        changed: dict[str, State],
        changed_inputs: defaultdict[str, list[str]],
    ) -> dict[str, State]:
        evaluation = self._evaluation
        if isinstance(step, Cycle):
            return step.settle(
                evaluation.layout.parts,
                lambda uid: State.FAILED if uid == component else evaluation.own[uid],
                lambda uid: changed[uid] if uid in changed else evaluation.gates[uid],
            )
        if step == component:
            return {step: State.FAILED}
        return {step: self._state_of(step, changed, changed_inputs[step])}

    def _state_of(self, uid: str, changed: dict[str, State], inputs: list[str]) -> State:
        part = self._evaluation.layout.parts[uid]
        worst = self._evaluation.own[uid]
        for group, members, tally in self._tallies_of(uid):
            after = tally
            for source in inputs:
                if source in members:
                    after = after.moved(
                        group.weights.get(source, 1),
                        arriving(part, group, source, self._evaluation.gates[source]),
                        arriving(part, group, source, changed[source]),
                    )
            worst = max(worst, effect_of(group, after))
        return worst

    def _tallies_of(self, uid: str) -> list[tuple[InputGroup, frozenset[str], Tally]]:
        if uid not in self._tallies:
            part = self._evaluation.layout.parts[uid]
            self._tallies[uid] = [
                (
                    group,
                    frozenset(group.members),
                    tally_of(part, group, self._evaluation.gates.__getitem__),
                )
                for group in part.groups
            ]
        return self._tallies[uid]
