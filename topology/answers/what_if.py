"""What if these fail, are serviced or repaired, and is it safe to remove these: nothing is stored.

A question is asked of a layout that is judged; only what the question reaches is judged again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import combinations
from math import comb

from topology.impact import Assessment, InputGroup, Judgement, Part
from topology.impact.tally import arriving
from topology.state import EXACTLY, OK, Interval, State

_TRIED_AT_MOST = 500_000
"""Every subset is tried for the largest safe one while that costs no more than this: two seconds.

A subset costs the resources that it may reach, and 250 more.
"""


class Verdict(IntEnum):
    """Is it safe to remove a set of parts (impact-semantics, section 6); a greater one is worse.

    It is about the `Design.ends`: the services, or what nothing else needs where none is known.
    """

    SAFE = 0
    """None of them notices, and nothing else ends but what is removed."""
    SAFE_DEGRADES = 1
    """Some redundancy is used up, no more than can be spared, or what no service needs ends."""
    RISKY = 2
    """One becomes CRITICAL, or gains a single point of failure."""
    UNSAFE = 3
    """One is ended, or a further part of one that has ended."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one resource has to do with the verdict."""

    resource: str
    """Its uid."""
    verdict: Verdict
    text: str
    """In words, without the resource's name."""


@dataclass(frozen=True, slots=True)
class Removal:
    """The answer to "is it safe to remove these"."""

    verdict: Verdict | None
    """None: unknown, since the best and the worst case give different verdicts."""
    reasons: tuple[Reason, ...]
    """Of the worst case; the worst first, then by uid."""
    alone: Mapping[str, Verdict]
    """The verdict on each part when it goes alone: the worse of the two cases."""
    safe_together: tuple[str, ...]
    """The largest subset that is SAFE or SAFE_DEGRADES in both cases, sorted."""
    is_largest: bool
    """It is proven that no larger one is, of as many as were asked for at most."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The answer to "what if"."""

    before: Assessment
    after: Assessment
    changed: tuple[str, ...]
    """Uids whose published state or single points differ, sorted."""


def what_if(
    before: Assessment, *, fail: Collection[str] = (), repair: Collection[str] = ()
) -> Difference:
    """Compare the site with the one in which `fail` have failed and `repair` are sound again.

    Cost: what these reach.
    """
    after = supposed(before, fail=fail, repair=repair)
    was, becomes = before.judgement, after.judgement
    changed = sorted(
        uid
        for uid in before.design.order.downstream_of({*fail, *repair})
        if becomes.states[uid] != was.states[uid]
        or becomes.single_points.get(uid) != was.single_points.get(uid)
    )
    return Difference(before, after, tuple(changed))


def supposed(
    before: Assessment, *, fail: Collection[str] = (), repair: Collection[str] = ()
) -> Assessment:
    """Judge the site in which `fail` have failed and `repair` are sound; failing goes first.

    Cost: what these reach.
    """
    own = dict.fromkeys(repair, OK) | dict.fromkeys(fail, EXACTLY[State.FAILED])
    parts = before.layout.parts
    return before.after({uid: replace(parts[uid], own=state) for uid, state in own.items()})


def safe_to_remove(
    before: Assessment, parts: Collection[str], *, most: int | None = None
) -> Removal:
    """Say whether all that is judged survives the removal of `parts`, at best and at worst.

    `safe_together` has at most `most` parts, where that is given.
    Cost: what the parts reach, twice where something is unknown, and again for each subset that is
    tried.
    """
    worst = _Case(before, high=True)
    cases = (worst,) if before.high is before.low else (worst, _Case(before, high=False))
    verdict, reasons = worst.verdict_on(parts)
    at_best = verdict if len(cases) == 1 else cases[-1].verdict_on(parts)[0]
    alone = {part: max(one.verdict_on([part])[0] for one in cases) for part in sorted(parts)}
    safe_together, is_largest = _largest_safe(cases, alone, most or len(parts))
    return Removal(
        verdict=verdict if verdict is at_best else None,
        reasons=reasons,
        alone=alone,
        safe_together=safe_together,
        is_largest=is_largest,
    )


class _Case:
    """The site with every unknown taken one way, judged before anything is removed."""

    def __init__(self, site: Assessment, *, high: bool) -> None:
        if site.high is not site.low:
            site = site.after(
                {
                    uid: replace(part, own=EXACTLY[part.own.high if high else part.own.low])
                    for uid, part in site.layout.parts.items()
                    if not part.own.is_known
                }
            )
        self._site = site
        self._parts = site.layout.parts
        self._order = site.design.order
        self._ends = site.design.ends
        self._before = site.judgement

    def verdict_on(self, parts: Collection[str]) -> tuple[Verdict, tuple[Reason, ...]]:
        after = supposed(self._site, fail=parts).judgement
        reached = self._order.downstream_of(parts)
        reasons = [
            Reason(uid, verdict, text)
            for uid in reached & self._ends
            for verdict, text in self._objections(uid, after)
        ]
        reasons = reasons or self._used_up(reached, after)
        reasons = reasons or self._ended_apart(reached.difference(parts), after)
        reasons.sort(key=lambda one: (-one.verdict, one.resource))
        return reasons[0].verdict if reasons else Verdict.SAFE, tuple(reasons)

    def reach_of(self, parts: Collection[str]) -> int:
        """Return how many resources `parts` may reach, themselves included."""
        return len(self._order.downstream_of(parts))

    def _objections(self, uid: str, after: Judgement) -> Iterator[tuple[Verdict, str]]:
        was, becomes = self._before.states[uid].high, after.states[uid].high
        if becomes > was and becomes.has_ended:
            yield Verdict.UNSAFE, f"becomes {becomes.name}"
        elif was.has_ended and (lost := self._newly_ended_inputs(uid, after)):
            yield Verdict.UNSAFE, f"has ended already, and loses {len(lost)} more of its inputs"
        elif becomes is State.CRITICAL and was < State.CRITICAL:
            yield Verdict.RISKY, "becomes CRITICAL"
        elif gained := _points(after, uid) - _points(self._before, uid):
            points = "single point" if len(gained) == 1 else "single points"
            yield Verdict.RISKY, f"gains {len(gained)} {points} of failure"
        elif becomes > was:
            yield Verdict.SAFE_DEGRADES, f"becomes {becomes.name}"

    def _newly_ended_inputs(self, uid: str, after: Judgement) -> list[str]:
        return [
            source
            for group in self._parts[uid].groups
            for source in group.members
            if after.states[source].high.has_ended
            and not self._before.states[source].high.has_ended
        ]

    def _used_up(self, reached: Iterable[str], after: Judgement) -> list[Reason]:
        """Name what is judged and fed by a group that has one more failed input."""
        weaker = [
            uid
            for uid in reached
            if any(
                _failed(group, self._parts[uid], after.states)
                > _failed(group, self._parts[uid], self._before.states)
                for group in self._parts[uid].groups
            )
        ]
        return [
            Reason(uid, Verdict.SAFE_DEGRADES, "stays as it is, with less redundancy below it")
            for uid in self._order.downstream_of(weaker) & self._ends
        ]

    def _ended_apart(self, others: Collection[str], after: Judgement) -> list[Reason]:
        """Name what ends although nothing that is judged notices."""
        return [
            Reason(uid, Verdict.SAFE_DEGRADES, f"becomes {state.name}, which no service notices")
            for uid in others
            if (state := after.states[uid].high).has_ended
            and not self._before.states[uid].high.has_ended
        ]


def _largest_safe(
    cases: Sequence[_Case], alone: Mapping[str, Verdict], most: int
) -> tuple[tuple[str, ...], bool]:
    """Return the largest subset of at most `most` found that is safe in every case; is it proven.

    `alone` gives the verdict on each part by itself.
    """

    def is_safe(parts: Collection[str]) -> bool:
        # What has ended at worst cannot get worse, so that the other case has a say too.
        return all(one.verdict_on(parts)[0] <= Verdict.SAFE_DEGRADES for one in cases)

    # What is unsafe alone is so in company: more failures never make a service better.
    parts = [part for part, verdict in alone.items() if verdict <= Verdict.SAFE_DEGRADES]
    most = min(most, len(parts))
    subsets = sum(comb(len(parts), size) for size in range(1, most + 1))
    if subsets * (250 + cases[0].reach_of(parts)) * len(cases) <= _TRIED_AT_MOST:
        tried: Iterable[tuple[str, ...]] = (
            subset for size in range(most, 0, -1) for subset in combinations(parts, size)
        )
        return next((one for one in tried if is_safe(one)), ()), True
    kept: list[str] = []
    for part in parts:
        if len(kept) < most and is_safe([*kept, part]):
            kept.append(part)
    return tuple(kept), len(kept) == most


def _points(judgement: Judgement, uid: str) -> set[str]:
    points = judgement.single_points.get(uid)
    return set() if points is None else {*points.by_design, *points.new}


def _failed(group: InputGroup, part: Part, states: Mapping[str, Interval]) -> int:
    return group.missing + sum(
        arriving(part, group, source, states[source].high).has_ended for source in group.members
    )
