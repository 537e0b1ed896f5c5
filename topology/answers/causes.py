"""Which root causes are sole: repairing one of them alone would improve what they trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from topology.impact import Assessment, InputGroup, Part
from topology.state import OK, Interval

TRIED_AT_MOST = 300
"""Repairs are tried for so many causes: about a second on a large site."""


def sole_causes(site: Assessment, uid: str) -> Mapping[str, bool | None]:
    """Tell of each root cause of a resource whether it is sole; the others are contributory.

    None for all where there are more than `TRIED_AT_MOST`. Empty where the resource is OK.
    Cost: what each cause reaches.
    """
    because = site.judgement.because.get(uid)
    if because is None:
        return {}
    if len(because.root_causes) > TRIED_AT_MOST:
        return dict.fromkeys(because.root_causes)
    before = site.judgement.states[uid]
    return {
        cause: _is_better(site.after(repaired(site, cause)).judgement.states[uid], before)
        for cause in because.root_causes
    }


def repaired(site: Assessment, uid: str) -> Mapping[str, Part]:
    """Return what differs where one part is sound: OK by itself, no input missing, in sync."""
    parts = site.layout.parts
    part = parts[uid]
    groups = tuple(replace(group, assumes_all_present=True) for group in part.groups)
    found = {uid: replace(part, own=OK, groups=groups)}
    for user in site.design.order.downstream[uid]:
        one = found.get(user, parts[user])
        if any(uid in group.out_of_sync for group in one.groups):
            found[user] = replace(one, groups=tuple(_in_sync(group, uid) for group in one.groups))
    return found


def _in_sync(group: InputGroup, uid: str) -> InputGroup:
    return replace(group, out_of_sync=group.out_of_sync - {uid})


def _is_better(state: Interval, before: Interval) -> bool:
    return (state.high, state.low) < (before.high, before.low)
