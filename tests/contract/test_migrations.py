"""A store's form has a version: older ones are brought forward once, newer ones are refused."""

from __future__ import annotations

import threading

import pytest
from contract.resources import resource
from neo4j import Transaction
from store_engines import Writer, emptied, raw

from topology.errors import StoreUnavailable
from topology.store.graph_store import GraphStore
from topology.store.migrations import MIGRATIONS, bring_up_to_date

VERSION = "MATCH (m:Meta {id: 'store'}) RETURN m.version AS version"


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    return emptied(request.getfixturevalue(request.param))


def _count(transaction: Transaction) -> None:
    transaction.run("MERGE (m:Meta {id: 'count'}) SET m.n = coalesce(m.n, 0) + 1").consume()


def test_a_store_of_the_first_release_is_brought_forward_and_keeps_everything(
    store: GraphStore,
) -> None:
    """It had no version at all."""
    Writer(store).put(resource("d"))
    before = store.read()
    raw(store, "MATCH (m:Meta {id: 'store'}) REMOVE m.version, m.kept_since")

    bring_up_to_date(store._engine)

    assert [{"version": len(MIGRATIONS)}] == raw(store, VERSION)
    assert before == store.read()


def test_of_processes_that_start_at_once_each_migration_runs_once(store: GraphStore) -> None:
    """Four of them, three steps."""
    steps = (_count, _count, _count)
    threads = [
        threading.Thread(target=bring_up_to_date, args=[store._engine, steps]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [{"version": 3}] == raw(store, VERSION)
    assert [{"n": 3}] == raw(store, "MATCH (m:Meta {id: 'count'}) RETURN m.n AS n")


def test_a_store_of_a_later_release_is_refused_and_left_alone(store: GraphStore) -> None:
    """When it is opened, and by a process that had it open when the later release came."""
    writer = Writer(store)
    raw(store, "MATCH (m:Meta {id: 'store'}) SET m.version = 99")

    with pytest.raises(StoreUnavailable, match="has form 99, and this release knows form"):
        bring_up_to_date(store._engine)
    with pytest.raises(StoreUnavailable, match="install the release that wrote it"):
        writer.put(resource("d"))

    assert (0, {}) == store.read()
