"""The graph a slice at a time is the graph at one revision, whatever is committed meanwhile."""

from __future__ import annotations

import pytest
from contract.resources import resource
from store_engines import Writer, emptied

from topology.graph.slices import SlicedGraph
from topology.model import Alert, Resource
from topology.store.graph_store import GraphStore

BROKEN = Alert("health", "error", "Disk is failed", 5.0)


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    return emptied(request.getfixturevalue(request.param))


def by_uid(graph: SlicedGraph) -> dict[str, Resource]:
    found = list(graph.resources())
    assert len(found) == len(graph.uids)
    return {one.uid: one for one in found}


def test_a_graph_of_several_slices_is_whole(store: GraphStore) -> None:
    """Links and alerts too, and each resource once."""
    disks = [resource(f"disk-{number}", alerts=[BROKEN]) for number in range(2_500)]
    pool = resource("pool", "StoragePool", parents=[one.uid for one in disks])
    Writer(store).put(pool, *disks)

    graph = SlicedGraph(store)

    assert store.read() == (graph.revision, by_uid(graph))


def test_what_is_committed_meanwhile_is_not_in_it(store: GraphStore) -> None:
    """Added, changed, removed, another class, removed and added again, moved to other parents."""
    writer = Writer(store)
    kept = [resource(f"disk-{number}", attributes={"slot": number}) for number in range(4)]
    writer.put(*kept, resource("pool", "StoragePool", parents=["disk-0", "disk-1"]))
    before = store.read()
    graph = SlicedGraph(store)
    writer.put(resource("pool", "StoragePool", parents=["disk-2"], alerts=[BROKEN]))
    writer.remove("disk-0")
    writer.put(resource("disk-0", attributes={"bay": 7}), resource("new", alerts=[BROKEN]))
    writer.put(resource("disk-1", "SmartDisk", attributes={"slot": 9}))
    writer.remove("disk-3")

    assert before == (graph.revision, by_uid(graph))


def test_the_journal_is_told_from_either_end(store: GraphStore) -> None:
    """Forward up to a revision, backward down to one, and by resource."""
    writer = Writer(store)
    writer.put(resource("a"), resource("b"))
    writer.put(resource("a", attributes={"slot": 1}))
    writer.put(resource("b", attributes={"slot": 2}))
    events = store.events_since(0)

    assert events[:3] == list(store.all_events(2))
    assert events[:1:-1] == list(store.undoing(1))
    assert [events[2], events[0]] == store.histories(["a", "gone"])
