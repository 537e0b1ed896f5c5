"""The ways in which a part's groups force its published state, before one of them is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import ceil

from topology.gates import Rule, Rules
from topology.impact.cycles import Cycle
from topology.impact.layout import InputGroup, Part
from topology.impact.published import Outlook
from topology.impact.rules import Counted, EndedBy, Lost, OwnState, RuleMet, SharedFate, WhyRule
from topology.impact.tally import (
    Tally,
    arriving,
    effect_of,
    holds,
    is_series,
    measured,
    tally_of,
    tolerated,
)
from topology.state import State

Ranked = tuple[int, str]
"""An input, so that the worst sorts first, then by uid: minus its state, and its uid."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Any `needed` of the `inputs` force the published state."""

    rule: WhyRule
    begins_here: bool
    """Trouble begins at the part itself: by its own state, or because it lacks members."""
    needed: int = 0
    """May be more than there are `inputs`, where missing ones count too."""
    inputs: tuple[Ranked, ...] = ()
    """Worst first, then by uid."""
    weights: tuple[Fraction, ...] = ()
    """Of `inputs`, where the rule weighs them; then the heaviest are taken first."""


def reasons_of(outlook: Outlook, uid: str) -> list[Reason]:
    """Return every way in which the state of a part that is not OK is forced, at least one."""
    evaluation = outlook.evaluation
    part = evaluation.layout.parts[uid]
    published = outlook.published[uid]
    if evaluation.own[uid] == published:
        return [Reason(OwnState(part.own.word), begins_here=True)]
    if not published.has_ended and (alarming := outlook.alarming(uid)):
        return [_new_points(outlook, part, alarming)]
    return list(_by_groups(outlook, part, published)) or [_shared_fate(outlook, uid)]


def _new_points(outlook: Outlook, part: Part, alarming: frozenset[str]) -> Reason:
    groups = [
        group
        for number, group in enumerate(part.groups)
        if alarming & outlook.through(part, number)
    ]
    acting = {
        _ranked(outlook, group, source)
        for group in groups
        for source in group.members
        if _has_trouble(outlook, part, group, source)
    }
    return Reason(
        EndedBy(tuple(sorted(alarming))),
        begins_here=any(group.missing for group in groups),
        needed=len(acting),
        inputs=tuple(sorted(acting)),
    )


def _shared_fate(outlook: Outlook, uid: str) -> Reason:
    """Explain a part that its gates would spare, in a cycle that nothing outside holds up."""
    order = outlook.evaluation.order
    step = order.steps[order.position[uid]]
    sharers = step.fates[outlook.published[uid]][uid] if isinstance(step, Cycle) else frozenset()
    inputs = sorted((-outlook.published[other], other) for other in sharers if other != uid)
    return Reason(SharedFate(), begins_here=False, needed=1, inputs=tuple(inputs))


def _has_trouble(outlook: Outlook, part: Part, group: InputGroup, source: str) -> bool:
    """Tell whether an input has failed or is weak, and would be felt."""
    is_felt = part.map_of(source)(State.FAILED) > State.OK
    return source in group.out_of_sync or (is_felt and outlook.published[source] > State.OK)


def _by_groups(outlook: Outlook, part: Part, published: State) -> Iterator[Reason]:
    gates = outlook.evaluation.gates
    for group in part.groups:
        tally = tally_of(part, group, gates.__getitem__)
        if effect_of(group, tally) < published:
            continue
        if isinstance(group.gate, Rules):
            for rule in group.gate.rules:
                if min(rule.gives, group.cap) >= published and holds(rule, group, tally):
                    yield _by_rule(outlook, part, group, rule, tally)
        elif published is not State.CRITICAL:  # which single points or rules make, never a count
            yield _by_count(outlook, part, group, published, tally)


def _by_count(
    outlook: Outlook, part: Part, group: InputGroup, published: State, tally: Tally
) -> Reason:
    """Explain a k-of-n group: it has lost too many inputs, or some, or one of them is weak."""
    may_fail = tolerated(group)
    if is_series(group):
        least, needed = published, 1
    else:
        least = State.PARTIAL if tally.failed else State.DEGRADED
        needed = may_fail + 1 if published.has_ended else 1
    counted = Counted(
        failed=tally.failed,
        weak=sum(tally.counts[State.DEGRADED :]),
        total=max(group.size, len(group.members)),
        may_fail=may_fail,
        lost=_lost(group),
    )
    return Reason(
        counted,
        begins_here=group.missing > 0,
        needed=needed,
        inputs=_inputs_from(outlook, part, group, least),
    )


def _by_rule(outlook: Outlook, part: Part, group: InputGroup, rule: Rule, tally: Tally) -> Reason:
    inputs = _inputs_from(outlook, part, group, rule.at)
    weights: tuple[Fraction, ...] = ()
    if rule.measure == "weight":
        weights = tuple(Fraction(group.weights.get(source, 1)) for _, source in inputs)
        needed = _fewest(sorted(weights, reverse=True), rule.amount)
    elif rule.measure == "percent":
        needed = ceil(rule.amount * group.size / 100)
    else:
        needed = ceil(rule.amount)
    return Reason(
        RuleMet(rule, measured(rule, group, tally), group.size, _lost(group)),
        begins_here=group.missing > 0,
        needed=needed,
        inputs=inputs,
        weights=weights,
    )


def _inputs_from(
    outlook: Outlook, part: Part, group: InputGroup, least: State
) -> tuple[Ranked, ...]:
    """Return the members that arrive in state `least` or worse."""
    gates = outlook.evaluation.gates
    return tuple(
        sorted(
            _ranked(outlook, group, source)
            for source in group.members
            if arriving(part, group, source, gates[source]) >= least
        )
    )


def _ranked(outlook: Outlook, group: InputGroup, source: str) -> Ranked:
    state = State.FAILED if source in group.out_of_sync else outlook.published[source]
    return (-state, source)


def _fewest(heaviest_first: list[Fraction], amount: Fraction) -> int:
    """Return how many of the weights, taken in order, reach the amount; all if none do."""
    sums = accumulate(heaviest_first)
    return 1 + sum(1 for reached in sums if reached < amount)


def _lost(group: InputGroup) -> Lost:
    return Lost(group.missing, len(group.out_of_sync))
