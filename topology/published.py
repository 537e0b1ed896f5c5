"""What of a judgement operators' Cypher sees: a few properties of each resource, plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from topology.gates import Rules
from topology.impact.layout import Part
from topology.impact.tally import is_series, tally_of, tolerated
from topology.state import OK
from topology.store.values import Published
from topology.view import View


def published_of(view: View) -> Mapping[str, Published]:
    """Return what is published of every resource, by uid.

    Cost: the resources, the single points of the services, and the inputs of what is not OK.
    """
    ends: Mapping[str, list[str]] = defaultdict(list)
    ends_anew: Mapping[str, list[str]] = defaultdict(list)
    for service in sorted(view.services):
        points = view.single_points(service)
        for uid in (*points.by_design, *points.new):
            ends[uid].append(service)
        for uid in points.new:
            ends_anew[uid].append(service)
    because = view.judgement.because
    return {
        uid: Published(
            state=state,
            root_causes=because[uid].root_causes if uid in because else (),
            redundancy_left=_redundancy_left(view, view.layout.parts[uid]) if state != OK else None,
            single_point_of=tuple(ends[uid]) if uid in ends else (),
            new_single_point_of=tuple(ends_anew[uid]) if uid in ends_anew else (),
        )
        for uid, state in view.judgement.states.items()
    }


def _redundancy_left(view: View, part: Part) -> int | None:
    """Return how many more inputs its least redundant group can lose, unknown ones as failed."""
    left = [
        max(0, tolerated(group) - tally_of(part, group, lambda uid: view.state(uid).high).failed)
        for group in part.groups
        if not isinstance(group.gate, Rules) and not is_series(group)
    ]
    return min(left, default=None)
