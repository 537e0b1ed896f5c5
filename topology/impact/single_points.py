"""Exact single points of failure: the components whose failure, one at a time, ends a part.

Worked out along the links, causes first, from the single points of the inputs; parts for which
that would not be exact are put on trial instead (`topology.impact.trials`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from topology.gates import Rules
from topology.impact.cycles import THRESHOLDS, Cycle
from topology.impact.evaluation import Evaluation
from topology.impact.layout import InputGroup, Part
from topology.impact.tally import arriving, harmful_from, is_series, tolerated
from topology.impact.trials import Trials
from topology.state import State

Points = frozenset[str]
"""Uids of components."""
NONE: Points = frozenset()


class PointsOfFailure:
    """The single points of every part in one evaluation."""

    def __init__(self, evaluation: Evaluation, on_trial: frozenset[str]) -> None:
        self._evaluation = evaluation
        self._on_trial = on_trial
        self._points: dict[State, dict[str, Points]] = _tried(evaluation, on_trial)
        wanted = _wanted_at_failed(evaluation, on_trial)
        for step in evaluation.order.steps:
            if isinstance(step, Cycle) or step in on_trial:
                continue
            for threshold in THRESHOLDS if step in wanted else (State.PARTIAL,):
                self._points[threshold][step] = self._by_formula(step, threshold)

    def of(self, uid: str) -> Points:
        """Return the components that end the part, each alone; none where it has ended."""
        return self._points[State.PARTIAL][uid]

    def through(self, uid: str, group: InputGroup) -> Points:
        """Return which of the part's single points act through one of its groups.

        For a part on trial that is not known, so all of them are returned.
        """
        if uid in self._on_trial:
            return self.of(uid) if group.cap.has_ended else NONE
        return self._through(self._evaluation.layout.parts[uid], group, State.PARTIAL)

    def _by_formula(self, uid: str, threshold: State) -> Points:
        if self._evaluation.gates[uid] >= threshold:
            return NONE
        part = self._evaluation.layout.parts[uid]
        itself = frozenset({uid}) if is_component(self._evaluation, part) else NONE
        return union_of([itself, *(self._through(part, group, threshold) for group in part.groups)])

    def _through(self, part: Part, group: InputGroup, threshold: State) -> Points:
        if group.cap < threshold or isinstance(group.gate, Rules):
            return NONE  # a part that rules can end is on trial
        spare = 0 if is_series(group) else tolerated(group) - group.missing
        acting: list[Points] = []
        for source in group.members:
            state = self._evaluation.gates[source]
            if arriving(part, group, source, state).has_ended and not is_series(group):
                spare -= 1
            elif source not in group.out_of_sync:
                harmful = harmful_from(part, group, source, threshold)
                if harmful is not None:
                    acting.append(self._points[harmful][source])
        if spare <= 0:
            return union_of(acting)
        often = Counter(chain.from_iterable(acting))
        return frozenset(uid for uid, times in often.items() if times > spare)


def is_component(evaluation: Evaluation, part: Part) -> bool:
    """Tell whether the part can fail by itself, or says that it is about to."""
    return part.can_fail or evaluation.own[part.uid] >= State.CRITICAL


def union_of(sets: Sequence[Points]) -> Points:
    """Return the union; along a chain that is the very same set, so chains cost no memory."""
    filled = [one for one in sets if one]
    return filled[0] if len(filled) == 1 else NONE.union(*filled)


def _tried(evaluation: Evaluation, on_trial: frozenset[str]) -> dict[State, dict[str, Points]]:
    """Return the single points of the parts on trial, at both thresholds."""
    ending: dict[State, dict[str, set[str]]] = {
        threshold: {uid: set() for uid in on_trial} for threshold in THRESHOLDS
    }
    trials = Trials(evaluation, on_trial)
    for component in trials.region:
        if not is_component(evaluation, evaluation.layout.parts[component]):
            continue
        for uid, state in trials.states_after_failure_of(component).items():
            if uid in on_trial:
                for threshold in THRESHOLDS:
                    if evaluation.gates[uid] < threshold <= state:
                        ending[threshold][uid].add(component)
    return {
        threshold: {uid: frozenset(points) for uid, points in found.items()}
        for threshold, found in ending.items()
    }


def _wanted_at_failed(evaluation: Evaluation, on_trial: frozenset[str]) -> set[str]:
    """Return the parts of which some effect asks what makes them FAILED, rather than PARTIAL."""
    wanted: set[str] = set()
    for step in reversed(evaluation.order.steps):
        if isinstance(step, Cycle) or step in on_trial:
            continue
        part = evaluation.layout.parts[step]
        if not part.maps and step not in wanted:
            continue
        for threshold in THRESHOLDS if step in wanted else (State.PARTIAL,):
            wanted.update(
                source
                for group in part.groups
                for source in group.members
                if harmful_from(part, group, source, threshold) is State.FAILED
            )
    return wanted
