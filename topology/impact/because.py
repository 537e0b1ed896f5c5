"""Why a state is what it is: the fewest inputs that force it, and the faults they lead back to.

In a cycle the inputs nearest to a fault are taken, so that following them always arrives at one.
"""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence

import numpy as np

from topology.errors import ResourceNotFound
from topology.impact.evaluation import Evaluation
from topology.impact.layout import Because, Judgement
from topology.impact.published import Outlook
from topology.impact.reasons import Ranked, Reason, reasons_of
from topology.impact.rules import WhyRule
from topology.state import State

Choice = tuple[int, int, tuple[Ranked, ...], WhyRule, bool]
"""A reason with its inputs picked, the best sorting first.

Distance from a fault, number of inputs, inputs, rule, whether trouble begins here.
"""


class Explanations(Mapping[str, Because]):
    """Why each part is published as worse than OK, worked out when it is asked for.

    Any thread may ask. Cost: what the because-of links lead to, once for each outlook.
    """

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        self._made: dict[str, Because] = {}
        self._causes: dict[str, frozenset[str]] = {}

    def __getitem__(self, uid: str) -> Because:
        if uid not in self:
            raise KeyError(uid)
        if uid not in self._made:
            self._explain(uid)
        return self._made[uid]

    def __contains__(self, uid: object) -> bool:
        published = self._outlook.published
        return uid in published and published[uid] > State.OK  # type: ignore[index]

    def __iter__(self) -> Iterator[str]:
        order = self._outlook.evaluation.order
        return (order.uids[number] for number in np.flatnonzero(self._outlook.shown).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self._outlook.shown))

    def _explain(self, uid: str) -> None:
        evaluation = self._outlook.evaluation
        order = evaluation.order
        chosen: dict[str, Choice] = {}
        turns: list[tuple[int, tuple[str, ...]]] = []
        waiting = [uid]
        while waiting:
            at = waiting.pop()
            if at in chosen or at in self._made:
                continue
            members = self._members_of_turn(at)
            made = self._chosen(members)
            chosen |= made
            turns.append((int(order.rank[order.index[at]]), tuple(made)))
            for member, choice in made.items():
                waiting += _led_back_to(evaluation, member, choice)
        turns.sort()
        causes = dict[str, frozenset[str]]()
        known = ChainMap(causes, self._causes)
        for _, members in turns:
            _add_causes(known, {member: chosen[member] for member in members}, evaluation)
        self._causes |= causes
        for member, (_, _, picked, rule, _) in chosen.items():
            worst_first = sorted(causes[member], key=lambda one: (-evaluation.own[one], one))
            inputs = tuple(source for _, source in picked)
            self._made[member] = Because(rule, inputs, tuple(worst_first))

    def _members_of_turn(self, uid: str) -> tuple[str, ...]:
        """Return what is explained at one time: the part, or all that are not OK of its cycle."""
        order = self._outlook.evaluation.order
        place = order.cycle_places.get(order.index[uid])
        return (uid,) if place is None else order.cycles[place].members

    def _chosen(self, members: tuple[str, ...]) -> dict[str, Choice]:
        """Choose, for each of the members that is not OK, one way in which its state is forced."""
        outlook = self._outlook
        reasons = {
            uid: reasons_of(outlook, uid) for uid in members if outlook.published[uid] > State.OK
        }
        distances = _distances(reasons) if len(members) > 1 else {}
        return {
            uid: min(_picked(reason, distances) for reason in ways) for uid, ways in reasons.items()
        }


def path(judgement: Judgement, cause: str, uid: str) -> tuple[str, ...]:
    """Return one shortest way from a root cause to what it troubles, both included.

    It follows the because-of links; of equally short ways, the one through the inputs named first.
    Where they end before the cause, for the trouble is too slight to be seen there, it jumps.
    Raises ResourceNotFound when `cause` is no root cause of `uid`. O(links walked).
    """
    because = judgement.because
    if uid not in because or cause not in because[uid].root_causes:
        raise ResourceNotFound(
            f"{cause!r} is no cause of the state of {uid!r}; take one of its root causes."
        )
    effect_of = {uid: ""}
    waiting = deque([uid])
    at = uid
    while waiting and cause not in effect_of:
        at = waiting.popleft()
        for source in because[at].inputs:
            leads_on = source in because and cause in because[source].root_causes
            if source not in effect_of and (source == cause or leads_on):
                effect_of[source] = at
                waiting.append(source)
    effect_of.setdefault(cause, at)
    way = [cause]
    while effect_of[way[-1]]:
        way.append(effect_of[way[-1]])
    return tuple(way)


def _distances(reasons: Mapping[str, Collection[Reason]]) -> dict[str, int]:
    """Return how many links within a cycle lead from each member back to trouble from outside."""
    followers: dict[str, list[str]] = {uid: [] for uid in reasons}
    distances: dict[str, int] = {}
    for uid, ways in reasons.items():
        for reason in ways:
            sources = [source for _, source in reason.inputs]
            if reason.begins_here or any(source not in reasons for source in sources):
                distances[uid] = 1
            for source in sources:
                if source in followers:
                    followers[source].append(uid)
    waiting = deque(distances)
    while waiting:
        uid = waiting.popleft()
        for follower in followers[uid]:
            if follower not in distances:
                distances[follower] = distances[uid] + 1
                waiting.append(follower)
    return distances


def _picked(reason: Reason, distances: Mapping[str, int]) -> Choice:
    """Pick as many inputs as are needed: the nearest to a fault, then the heaviest, the worst.

    `distances` is empty outside of cycles; there every input leads to a fault.
    """
    weight_of = dict(zip(reason.inputs, reason.weights, strict=False))
    needed = len(reason.inputs) if weight_of and distances else reason.needed
    picked = sorted(
        reason.inputs,
        key=lambda ranked: (distances.get(ranked[1], 0), -weight_of.get(ranked, 0), ranked),
    )[:needed]
    sources = () if reason.begins_here else picked
    nearest = min((distances.get(source, 0) + 1 for _, source in sources), default=0)
    return (nearest, len(picked), tuple(sorted(picked)), reason.rule, reason.begins_here)


def _led_back_to(evaluation: Evaluation, uid: str, choice: Choice) -> list[str]:
    """Return the inputs whose causes are those of `uid`: all that were picked and are in sync."""
    groups = evaluation.layout.parts[uid].groups
    ends = {name for group in groups for name in group.out_of_sync}
    return [source for _, source in choice[2] if source not in ends]


def _add_causes(
    causes: MutableMapping[str, frozenset[str]],
    chosen: Mapping[str, Choice],
    evaluation: Evaluation,
) -> None:
    """Add the root causes of the parts in one step; those of their inputs outside are known.

    A member that is out of sync is a root cause itself, as is a part at which trouble begins.
    """
    within: dict[str, list[str]] = {}
    for uid, (_, _, picked, _, begins_here) in chosen.items():
        sources = {source for _, source in picked}
        groups = evaluation.layout.parts[uid].groups
        ends = sources & {name for group in groups for name in group.out_of_sync}
        outside = [causes[source] for source in sources - ends - chosen.keys()]
        within[uid] = sorted((sources - ends) & chosen.keys())
        causes[uid] = _union_of([frozenset(ends | {uid} if begins_here else ends), *outside])
    is_growing = any(within.values())
    while is_growing:
        is_growing = False
        for uid, inner in within.items():
            known = _union_of([causes[uid], *(causes[source] for source in inner)])
            is_growing = is_growing or known != causes[uid]
            causes[uid] = known
    for uid in chosen:
        causes[uid] = causes[uid] or _nearest_troubles(evaluation, uid)


def _nearest_troubles(evaluation: Evaluation, uid: str) -> frozenset[str]:
    """Return the nearest own troubles upstream, where no because-of link leads to any.

    That happens where trouble grew while going round a cycle, or is too slight to be seen on the
    way and still makes a single point of failure.
    """
    seen = {uid}
    level = [uid]
    while level:
        found: set[str] = set()
        for at in level:
            groups = evaluation.layout.parts[at].groups
            if evaluation.own[at] > State.OK or any(group.missing for group in groups):
                found.add(at)
            found.update(name for group in groups for name in group.out_of_sync)
        if found:
            return frozenset(found)
        upstream = {source for at in level for source in evaluation.order.upstream[at]}
        level = sorted(upstream - seen)
        seen |= upstream
    return frozenset({uid})


def _union_of(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the union; along a chain that is the very same set, so chains cost no memory."""
    filled = [one for one in sets if one]
    return filled[0] if len(filled) == 1 else frozenset[str]().union(*filled)
