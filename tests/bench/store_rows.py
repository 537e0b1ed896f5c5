"""Figures of the store: the whole way in beside its own upserts, an unchanged scan, the feed's lag.

Both engines, in one run each; Neo4j where the test suite would start one. What an engine does for
the whole way and for its own upserts takes turns, so that neither finds it warmer.
"""

from __future__ import annotations

import multiprocessing
import pickle
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path

import neo4j_server
from bench.measuring import WALL, Row, alone, seconds, shown
from neo4j import Transaction

from plugin_runtime.loading.loader import load_plugin
from plugin_runtime.session.session import Session
from topology.delta import Changes, Delta
from topology.graph.follower import Follower
from topology.graph.replica import Replica
from topology.ingest.ingest import Ingest
from topology.ingest.reconcile import reconcile
from topology.journal import events_of
from topology.model import LinkKind
from topology.settings import Settings
from topology.state import EXACTLY, OK, State
from topology.store import open_store, writing
from topology.store.graph_store import GraphStore
from topology.store.values import Lease

SMALL, LARGE = 10, 310
"""Couplets of the simulated site: about 3,200 and 100,000 resources."""
FOLLOWERS = 4
_FOLLOWING_SECONDS = 0.01
_EVENTS = 100
_DISK = "couplet0-enc1-slot03"
_INDEXES = (
    "CREATE CONSTRAINT bench IF NOT EXISTS FOR (n:Bench) REQUIRE n.uid IS UNIQUE",
    "CREATE INDEX bench_seq IF NOT EXISTS FOR (e:BenchEvent) ON (e.seq)",
    "CREATE INDEX bench_uid IF NOT EXISTS FOR (e:BenchEvent) ON (e.uid)",
)
_NODES = (
    "UNWIND $rows AS row MERGE (n:{own} {{uid: row.properties.uid}}) SET {set}n += row.properties"
)
_LINKS = """
UNWIND $rows AS row
MATCH (a:{label} {{uid: row.source}})
MATCH (b:{label} {{uid: row.target}})
{verb} (a)-[r:{kind}]->(b)
SET r += row.properties"""
_EVENTS_TEXT = "UNWIND $rows AS row CREATE (e:BenchEvent) SET e = row"
_CLEAR = (
    "MATCH (n:Bench) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS gone",
    "MATCH (n:Resource) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS gone",
    "MATCH (n:BenchEvent) WITH n LIMIT 10000 DELETE n RETURN count(*) AS gone",
)


def rows() -> Iterator[Row]:
    """Measure on each engine and each size."""
    for engine, opened in _engines():
        with opened() as (settings, store):
            yield from _of_site(engine, store, SMALL, turns=3)
            yield _lag(engine, settings, store)
        yield from _of_large_site(engine, opened)


Opened = Callable[[], AbstractContextManager[tuple[Settings, GraphStore]]]


def _engines() -> Iterator[tuple[str, Opened]]:
    yield "embedded", _embedded
    if not neo4j_server.why_not():
        yield "neo4j", _neo4j


@contextmanager
def _embedded() -> Iterator[tuple[Settings, GraphStore]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        settings = Settings(data_dir=Path(directory))
        with open_store(settings) as store:
            yield settings, store


@contextmanager
def _neo4j() -> Iterator[tuple[Settings, GraphStore]]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        neo4j_server.neo4j_server(Path(directory)) as server,
    ):
        settings = server.settings(Path(directory))
        with open_store(settings) as store:
            yield settings, store


def _of_site(engine: str, store: GraphStore, couplets: int, *, turns: int) -> Iterator[Row]:
    delta = _scan(couplets)
    lease = _warm(store)
    ingest = Ingest(store)
    alike: list[_Taken] = []
    plain: list[_Taken] = []
    whole: list[_Taken] = []
    for turn in range(turns):
        if turn:
            ingest.apply(Delta(delta.scope, is_complete=True, is_final=True), lease)
        for taken, statements in ((plain, _plain(couplets)), (alike, _alike(couplets))):
            taken.append(_taken(partial(_merge, store, statements)))
            _clear(store)
        whole.append(_taken(partial(ingest.apply, delta, lease)))
    yield _by_class(engine, delta, whole, alike)
    yield _rate("  beside nodes of one label", whole, plain, "under one label, with the same", "")
    yield _again(ingest, delta, lease, store, whole)


def _of_large_site(engine: str, opened: Opened) -> Iterator[Row]:
    """Measure each in a store of its own: to clear one of so many takes longer than to write it.

    Its links are created: to look whether one is there takes the embedded engine minutes at hubs.
    """
    delta = _scan(LARGE)
    with opened() as (_, store):
        _warm(store)
        own = [_taken(partial(_merge, store, _alike(LARGE, "CREATE")))]
    with opened() as (_, store):
        lease = _warm(store)
        ingest = Ingest(store)
        whole = [_taken(partial(ingest.apply, delta, lease))]
        yield _by_class(engine, delta, whole, own)
        yield _again(ingest, delta, lease, store, whole)


def _by_class(engine: str, delta: Delta, whole: Sequence[_Taken], own: Sequence[_Taken]) -> Row:
    what = f"first scan, {engine}, {len(delta.reported):,} resources"
    return _rate(what, whole, own, "by class, with links and events", ">= 70 %")


def _again(
    ingest: Ingest, delta: Delta, lease: Lease, store: GraphStore, whole: Sequence[_Taken]
) -> Row:
    revision = store.revision()
    scanned: Delta = pickle.loads(pickle.dumps(delta))  # noqa: S301 - as it comes from a plugin
    again = _taken(partial(ingest.apply, scanned, lease))
    wrote = "nothing written" if store.revision() == revision else "WRITTEN"
    first = statistics.median(one.seconds for one in whole)
    share = f"{again.seconds / first:.1%} of the first"
    return alone(f"unchanged re-scan, {wrote}", shown(again.seconds), share)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one piece of work took, in seconds."""

    seconds: float
    """From its begin to its end."""
    here: float
    """Of this process's processor."""


def _taken(work: Callable[[], object]) -> _Taken:
    begun, begun_here = time.perf_counter(), time.process_time()
    work()
    return _Taken(time.perf_counter() - begun, time.process_time() - begun_here)


def _rate(
    what: str, whole: Sequence[_Taken], own: Sequence[_Taken], written: str, reach: str
) -> Row:
    """Compare medians; processor time is this process's alone, not the database's."""
    ours, theirs = (statistics.median(one.seconds for one in taken) for taken in (whole, own))
    here, there = (statistics.median(one.here for one in taken) for taken in (whole, own))
    return (
        what,
        f"{ours:,.2f} s, processor {here:,.2f} s",
        f"{theirs:,.2f} s, processor {there:,.2f} s: UNWIND-MERGE {written}",
        f"{theirs / ours:.0%} of its rate {reach}",
    )


def _site(couplets: int) -> Session:
    plugin = load_plugin("simulated_site")
    settings = {"couplets": couplets, "osts": 16, "oss_pairs": 2}
    return Session(plugin.plugin_class, plugin.root_class("SimulatedSite"), settings)


@cache
def _scan(couplets: int) -> Delta:
    return _site(couplets).initial_scan()


@cache
def _changes(couplets: int) -> Changes:
    return reconcile(Replica(), _scan(couplets), at=0.0)


@cache
def _alike(couplets: int, verb: str = "MERGE") -> Sequence[writing.Statement]:
    """Upsert the very rows that the whole path sends, by class, with the same kinds of links."""
    nodes = []
    for statement in writing.nodes(_changes(couplets).changes):
        text = _NODES.format(own=_class_of(statement.rows[0]), set="n:Resource, ")
        nodes.append(writing.Statement(text, statement.rows))
    links = [
        writing.Statement(_LINKS.format(label="Resource", kind=kind, verb=verb), rows)
        for kind in LinkKind
        if (rows := _links(couplets, f":{kind}]"))
    ]
    return (*nodes, *links, _events(couplets))


@cache
def _plain(couplets: int) -> Sequence[writing.Statement]:
    """Upsert the same rows, all nodes under one label and all links of one kind."""
    nodes = [
        row for statement in writing.nodes(_changes(couplets).changes) for row in statement.rows
    ]
    return (
        writing.Statement(_NODES.format(own="Bench", set=""), nodes),
        writing.Statement(
            _LINKS.format(label="Bench", kind="BENCH", verb="MERGE"), _links(couplets, "")
        ),
        _events(couplets),
    )


def _class_of(row: writing.Row) -> str:
    match row["properties"]:
        case {"classes": [str(name), *_]}:
            return name
    raise ValueError("a row of a node that says no classes")


def _links(couplets: int, of: str) -> list[writing.Row]:
    return [
        row
        for statement in writing.links_and_alerts(_changes(couplets).changes)
        if of in statement.text
        for row in statement.rows
        if "source" in row
    ]


@cache
def _events(couplets: int) -> writing.Statement:
    rows = writing.journal(events_of(_changes(couplets), 1)).rows
    return writing.Statement(_EVENTS_TEXT, rows)


def _warm(store: GraphStore) -> Lease:
    """Let the engine compile and make its types; return a lease on the site that is measured."""
    delta = _scan(SMALL)
    scannable = delta.scope.scannable
    store.add_scannable(scannable, plugin="bench", class_name="Bench", settings={})
    lease = store.take_lease(scannable, "bench")
    for text in _INDEXES:
        store._engine.execute(text, {}, seconds=120)
    ingest = Ingest(store)
    for _ in range(3):
        ingest.apply(delta, lease)
        ingest.apply(Delta(delta.scope, is_complete=True, is_final=True), lease)
        for statements in (_plain(SMALL), _alike(SMALL)):
            _merge(store, statements)
            _clear(store)
    return lease


def _merge(store: GraphStore, statements: Sequence[writing.Statement]) -> None:
    """Upsert it as quickly as one client can, in one transaction, as the whole path does."""

    def merge(transaction: Transaction) -> None:
        for statement in statements:
            for batch in statement.batches():
                transaction.run(statement.text, rows=batch).consume()

    store._engine.run(merge, seconds=600)


def _clear(store: GraphStore) -> None:
    for text in _CLEAR:
        while store._engine.execute(text, {}, seconds=120)[0]["gone"]:
            pass


def _lag(engine: str, settings: Settings, store: GraphStore) -> Row:
    """Measure from a commit's acknowledgement until each of several processes has it."""
    spawn = multiprocessing.get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(FOLLOWERS)]
    followers = [
        spawn.Process(target=_follow, args=[settings, theirs], daemon=True) for _, theirs in pipes
    ]
    for follower in followers:
        follower.start()
    for ours, _ in pipes:
        ours.recv()  # it has read the graph
    committed = dict(_commits(store))
    lags = []
    for ours, _ in pipes:
        ours.send(max(committed))
        seen: list[tuple[int, float]] = ours.recv()
        for revision, at in committed.items():
            lags.append(max(min(when for one, when in seen if one >= revision) - at, 0.0))
    for follower in followers:
        follower.join()
    lags.sort()
    return alone(
        f"change feed, {FOLLOWERS} processes follow, looking every {_FOLLOWING_SECONDS * 1e3:g} ms",
        f"median {shown(statistics.median(lags))}, p99 {shown(lags[int(len(lags) * 0.99) - 1])}",
        f"one look {shown(seconds(store.span, times=40, clock=WALL))}, {engine}",
    )


def _commits(store: GraphStore) -> Iterator[tuple[int, float]]:
    """Commit a disk's failures and repairs; yield each revision and when it was acknowledged."""
    delta = _scan(SMALL)
    lease = store.take_lease(delta.scope.scannable, "bench")
    (uid,) = (uid for uid, claim in delta.reported.items() if claim.label == _DISK)
    ingest = Ingest(store)
    for number in range(_EVENTS):
        own_state = OK if number % 2 else EXACTLY[State.FAILED]
        claim = replace(delta.reported[uid], own_state=own_state)
        revision = ingest.apply(Delta(delta.scope, {uid: claim}), lease)
        yield revision, time.monotonic()  # one clock for all processes of a machine
        time.sleep(0.05)


def _follow(settings: Settings, connection: Connection[object, int]) -> None:
    """Follow until the revision that is named; send each revision with when it was there."""
    with open_store(settings) as store:
        follower = Follower(store)
        seen = [(follower.catch_up().revision, time.monotonic())]
        connection.send("ready")
        last = None
        while last is None or seen[-1][0] < last:
            revision = follower.catch_up().revision
            if revision != seen[-1][0]:
                seen.append((revision, time.monotonic()))
            if connection.poll(_FOLLOWING_SECONDS):
                last = connection.recv()
        connection.send(seen)
