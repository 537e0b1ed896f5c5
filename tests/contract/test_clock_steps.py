"""Clocks step: the order of things is the revisions', whatever the time is said to be."""

from __future__ import annotations

import pytest
from contract.test_whole_line import DISK, Site
from store_engines import emptied

from topology.doctor import examined
from topology.graph.past import replica_at
from topology.ingest.ingest import Ingest
from topology.store.graph_store import GraphStore


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    return emptied(request.getfixturevalue(request.param))


@pytest.mark.parametrize("steps", [[0, 3600, -7200, 1e9, -1e9], [-1e9, 1e9, 0, -1, 1]])
def test_a_clock_that_steps_neither_loses_nor_reorders_anything(
    store: GraphStore, steps: list[float]
) -> None:
    """Forward by decades and back, between the commits of one runtime."""
    now = [1.7e9]
    site = Site(store)
    site.ingest = Ingest(store, clock=lambda: now[0])

    for step in steps:
        now[0] += step
        site.set(failed=DISK)
        site.set(failed="")

    events = store.events_since(0)
    assert [one.seq for one in events] == sorted(one.seq for one in events)
    assert not [one for one in examined(store) if one.grade == "damage"]
    assert store.read()[1] == dict(replica_at(store, float("inf")).resources)
