"""What of a judgement operators' Cypher sees: a few properties of each resource, plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from topology.gates import Rules
from topology.impact.layout import Part
from topology.impact.tally import is_series, tally_of, tolerated
from topology.live.view import View
from topology.state import OK
from topology.store.values import Published

_FINE = Published(state=OK)
"""Of what is OK and ends no service, which is nearly everything: one for all is quicker."""


def published_of(view: View) -> Mapping[str, Published]:
    """Return what is published of every resource, by uid.

    Cost: the single points of the services, the inputs of what is not OK, and little for each
    resource that is.
    """
    ends: dict[str, list[str]] = defaultdict(list)
    ends_anew: dict[str, list[str]] = defaultdict(list)
    for service in sorted(view.services):
        points = view.single_points(service)
        for uid in (*points.by_design, *points.new):
            ends[uid].append(service)
        for uid in points.new:
            ends_anew[uid].append(service)
    because = view.judgement.because
    published = dict.fromkeys(view.layout.parts, _FINE)
    for uid in {*because, *ends}:
        state = view.state(uid)
        published[uid] = Published(
            state=state,
            root_causes=because[uid].root_causes if uid in because else (),
            redundancy_left=_redundancy_left(view, view.layout.parts[uid]) if state != OK else None,
            single_point_of=tuple(ends.get(uid, ())),
            new_single_point_of=tuple(ends_anew.get(uid, ())),
        )
    return published


def _redundancy_left(view: View, part: Part) -> int | None:
    """Return how many more inputs its least redundant group can lose, unknown ones as failed."""
    left = [
        max(0, tolerated(group) - tally_of(part, group, lambda uid: view.state(uid).high).failed)
        for group in part.groups
        if not isinstance(group.gate, Rules) and not is_series(group)
    ]
    return min(left, default=None)
