"""What following the journal costs a process that answers: memory, reading, one event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.generator import Site, resources_of_site
from bench.measuring import Row, alone, resident_mb, seconds, shown

from topology.graph.replica import Replica
from topology.live.live_topology import view_after, view_of
from topology.model import Resource
from topology.state import EXACTLY, State


def live_rows(site: Site) -> Iterator[Row]:
    """Measure a replica of the site and the views of it."""
    replica = Replica(resources_of_site(site), revision=1)
    yield alone("memory with the graph alone", f"{resident_mb():,.0f} MB", "<= 250 MB in all")
    view = view_of(replica, at=0.0)
    yield alone("memory with one view of it", f"{resident_mb():,.0f} MB", "<= 250 MB in all")
    first = seconds(lambda: view_of(replica, at=0.0), times=3)
    yield alone("the whole graph judged anew", shown(first), "<= 3,000 ms with reading it")
    uid = "ost7-disk3"

    def event() -> None:
        nonlocal view
        replica.put(uid, failed(replica.resources[uid]))
        view = view_after(view, replica, {uid}, at=0.0)
        replica.put(uid, healthy)
        view = view_after(view, replica, {uid}, at=0.0)

    healthy = replica.resources[uid]
    yield alone("a disk fails and comes back: two views", shown(seconds(event, times=50)), "")


def failed(resource: Resource) -> Resource:
    """Return the resource as every reporter of it would say that it has failed."""
    return replace(
        resource,
        claims={
            scope: replace(claim, own_state=EXACTLY[State.FAILED])
            for scope, claim in resource.claims.items()
        },
    )
