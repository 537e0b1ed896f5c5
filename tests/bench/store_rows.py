"""Figures of the store: the whole way in beside its own upserts, an unchanged scan, the feed's lag.

Both engines, in one run each; Neo4j where the test suite would start one.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import neo4j_server
from neo4j import Transaction

from plugin_runtime.loader import load_plugin
from plugin_runtime.session import Session
from topology.delta import Changes, Delta
from topology.follower import Follower
from topology.ingest import Ingest
from topology.reconcile import reconcile
from topology.replica import Replica
from topology.settings import Settings
from topology.store import open_store, writing
from topology.store.graph_store import GraphStore
from topology.store.values import Lease

Row = tuple[str, str, str, str]
SMALL, LARGE = 10, 310
"""Couplets of the simulated site: about 3,200 and 100,000 resources."""
FOLLOWERS = 4
_DISK = "couplet0-enc1-slot03"
_EVENTS = 40
_INDEX = "CREATE CONSTRAINT bench IF NOT EXISTS FOR (n:Bench) REQUIRE n.uid IS UNIQUE"
_NODES = "UNWIND $rows AS row MERGE (n:Bench {uid: row.uid}) SET n += row.properties"
_LINKS = """
UNWIND $rows AS row
MATCH (a:Bench {uid: row.source})
MATCH (b:Bench {uid: row.target})
MERGE (a)-[r:BENCH]->(b)
SET r += row.properties"""
_CLEAR = "MATCH (n:Bench) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS gone"


def rows(*, couplets: Sequence[int] = (SMALL, LARGE)) -> Iterator[Row]:
    """Measure on each engine and each size."""
    for name, opened in _engines():
        for size in couplets:
            with opened() as store:
                yield from _of_one(name, store, size)


def _engines() -> Iterator[tuple[str, Callable[[], AbstractContextManager[GraphStore]]]]:
    yield "embedded", _embedded
    if not neo4j_server.why_not():
        yield "neo4j", _neo4j


@contextmanager
def _embedded() -> Iterator[GraphStore]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        open_store(Settings(data_dir=Path(directory))) as store,
    ):
        yield store


@contextmanager
def _neo4j() -> Iterator[GraphStore]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        neo4j_server.neo4j_server(Path(directory)) as server,
        open_store(server.settings(Path(directory))) as store,
    ):
        yield store


def _of_one(engine: str, store: GraphStore, couplets: int) -> Iterator[Row]:
    session = _site(couplets)
    delta = session.initial_scan()
    lease = _warm(store)
    raw_rows = _raw_rows(delta)
    raw = _seconds(lambda: _merge(store, *raw_rows))
    ingest = Ingest(store)
    first = _seconds(lambda: ingest.apply(delta, lease))
    revision = store.revision()
    scanned = session.initial_scan()
    again = _seconds(lambda: ingest.apply(scanned, lease))
    count = f"{engine}, {len(delta.reported):,} resources, {len(raw_rows[1]):,} links"
    beside = "UNWIND-MERGE of the same nodes and links"
    yield _row(f"first scan, whole path: {count}", first, beside, raw)
    wrote = "nothing written" if store.revision() == revision else "WRITTEN"
    yield _row(f"unchanged re-scan ({wrote}): {engine}", again, beside, raw)
    yield _lag(engine, store, session, ingest, lease)


def _site(couplets: int) -> Session:
    plugin = load_plugin("simulated_site")
    settings = {"couplets": couplets, "osts": 16, "oss_pairs": 2}
    return Session(plugin.plugin_class, plugin.root_class("SimulatedSite"), settings)


def _warm(store: GraphStore) -> Lease:
    """Let the engine compile and make its types; return a lease on the site that is measured."""
    session = _site(SMALL)
    delta = session.initial_scan()
    store.add_scannable(session.root_uid, plugin="bench", class_name="Bench", settings={})
    lease = store.take_lease(session.root_uid, "bench")
    store._engine.execute(_INDEX, {}, seconds=120)
    nodes, links = _raw_rows(delta)
    for _ in range(3):
        Ingest(store).apply(delta, lease)
        Ingest(store).apply(Delta(delta.scope, is_complete=True, is_final=True), lease)
        _merge(store, nodes, links)
        while store._engine.execute(_CLEAR, {}, seconds=120)[0]["gone"]:
            pass
    return lease


def _raw_rows(delta: Delta) -> tuple[list[writing.Row], list[writing.Row]]:
    """Return the very nodes and links that the whole path writes."""
    changes: Changes = reconcile(Replica(), delta, at=0.0)
    nodes: list[writing.Row] = []
    links: list[writing.Row] = []
    for statement in writing.updates(changes):
        for row in statement.rows:
            if "source" in row:
                links.append(row)
            elif "uid" not in row:
                properties = row["properties"]
                assert isinstance(properties, dict)
                nodes.append({"uid": properties["uid"], "properties": properties})
    return nodes, links


def _merge(store: GraphStore, nodes: Sequence[writing.Row], links: Sequence[writing.Row]) -> None:
    """Upsert them as quickly as one client can, in one transaction, as the whole path does."""

    def merge(transaction: Transaction) -> None:
        for text, rows in ((_NODES, nodes), (_LINKS, links)):
            for batch in writing.Statement(text, rows).batches():
                transaction.run(text, rows=batch).consume()

    store._engine.run(merge, seconds=600)


def _lag(engine: str, store: GraphStore, session: Session, ingest: Ingest, lease: Lease) -> Row:
    """Measure from a commit's acknowledgement until each of several followers has it."""
    done = threading.Event()
    reached: list[dict[int, float]] = [{} for _ in range(FOLLOWERS)]

    def follow(mine: dict[int, float]) -> None:
        follower = Follower(store)
        while not done.is_set():
            mine.setdefault(follower.catch_up().revision, time.perf_counter())
            done.wait(0.005)

    threads = [threading.Thread(target=follow, args=[mine]) for mine in reached]
    for thread in threads:
        thread.start()
    while not all(reached):
        done.wait(0.01)
    committed = {}
    for number in range(_EVENTS):
        failed = _DISK if number % 2 == 0 else ""
        delta = session.assign({"failed": failed}).then(session.update_scan())
        revision = ingest.apply(delta, lease)
        committed[revision] = time.perf_counter()
    while not all(revision in mine for mine in reached):
        done.wait(0.01)
    done.set()
    for thread in threads:
        thread.join()
    lags = sorted(
        max(mine[one] - at, 0.0) for mine in reached for one, at in committed.items() if one in mine
    )
    asked = statistics.median(_seconds(store.revision) for _ in range(20))
    return _row(
        f"change feed, {FOLLOWERS} followers, p99: {engine}",
        lags[int(len(lags) * 0.99) - 1],
        f"one look at the revision (median lag {statistics.median(lags) * 1e3:.1f} ms)",
        asked,
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _row(what: str, this: float, beside: str, other: float) -> Row:
    return what, f"{this * 1e3:,.1f} ms", f"{other * 1e3:,.1f} ms  {beside}", f"{this / other:.2f}"
