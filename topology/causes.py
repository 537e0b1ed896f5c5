"""Which root causes are sole: repairing one of them alone would improve what they trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from topology.impact import Design, Judgement, Layout, Part, design_of, judge
from topology.state import OK, Interval

JUDGED_AT_MOST = 100_000
"""Repairs are tried while that judges no more resources than this."""


def sole_causes(
    layout: Layout, design: Design, judgement: Judgement, uid: str
) -> Mapping[str, bool | None]:
    """Tell of each root cause of a resource whether it is sole; the others are contributory.

    None where that is too much to try: more than `JUDGED_AT_MOST` resources would be judged, which
    are all that is upstream, once for each cause. Empty where the resource is OK.
    """
    because = judgement.because.get(uid)
    if because is None:
        return {}
    upstream = sorted(design.order.upstream_of([uid]))
    if len(upstream) * len(because.root_causes) > JUDGED_AT_MOST:
        return dict.fromkeys(because.root_causes)
    within = Layout({one: layout.parts[one] for one in upstream})
    own_design = design_of(within)
    before = judgement.states[uid]
    return {
        cause: _is_better(judge(repaired(within, cause), own_design).states[uid], before)
        for cause in because.root_causes
    }


def repaired(layout: Layout, uid: str) -> Layout:
    """Return the layout with one part sound: its own state OK, no input missing, itself in sync."""
    part = layout.parts[uid]
    sound = replace(
        part,
        own=OK,
        groups=tuple(replace(group, assumes_all_present=True) for group in part.groups),
    )
    others = {one: _in_sync(other, uid) for one, other in layout.parts.items()}
    return Layout({**others, uid: _in_sync(sound, uid)})


def _in_sync(part: Part, uid: str) -> Part:
    if not any(uid in group.out_of_sync for group in part.groups):
        return part
    groups = tuple(replace(one, out_of_sync=one.out_of_sync - {uid}) for one in part.groups)
    return replace(part, groups=groups)


def _is_better(state: Interval, before: Interval) -> bool:
    return (state.high, state.low) < (before.high, before.low)
