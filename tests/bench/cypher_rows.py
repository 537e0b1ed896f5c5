"""What a change costs here beside what it costs to ask Neo4j which parts it merely reaches.

Reaching is less than judging: no gate is asked, no redundancy counted, no single point found. A
graph database has no shorter way to the answer, so this is the least it would take there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bench.engine_rows import FAILED
from bench.generator import Site, layout_of_site
from bench.measuring import WALL, Row, alone, row, seconds
from neo4j import Driver, GraphDatabase
from neo4j_server import neo4j_server, why_not

from topology.impact import Layout, assessment_of, design_of

CAUSES = ("ost7-disk3", "c0-enc0", "switch0a")
_BATCH = 10_000
_INDEX = "CREATE CONSTRAINT part IF NOT EXISTS FOR (n:Part) REQUIRE n.uid IS UNIQUE"
_PARTS = "UNWIND $rows AS uid CREATE (:Part {uid: uid})"
_LINKS = """
UNWIND $rows AS row
MATCH (a:Part {uid: row[0]}), (b:Part {uid: row[1]})
CREATE (a)-[:AFFECTS]->(b)"""
_REACHED = """
MATCH (:Part {uid: $uid})-[:AFFECTS*1..12]->(reached)
RETURN count(DISTINCT reached) AS reached"""


def cypher_rows(site: Site) -> Iterator[Row]:
    """Measure wall time of both, one after the other in the same run."""
    if reason := why_not():
        yield alone("Neo4j's own traversal", "not measured", reason)
        return
    layout = layout_of_site(site)
    sound = assessment_of(layout, design_of(layout))
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        neo4j_server(Path(directory)) as server,
        closing(
            GraphDatabase.driver(server.address, auth=(server.user, server.password))
        ) as driver,
    ):
        _load(driver, layout)
        for uid in CAUSES:
            fails = {uid: replace(layout.parts[uid], own=FAILED)}
            ours = seconds(lambda fails=fails: sound.after(fails), times=9, clock=WALL)  # type: ignore[misc]
            theirs = seconds(lambda uid=uid: _reached(driver, uid), times=9, clock=WALL)  # type: ignore[misc]
            what = f"{uid} fails: states, single points ({_reached(driver, uid):,} reached)"
            yield row(what, ours, "Cypher, what it reaches", theirs)


def _load(driver: Driver, layout: Layout) -> None:
    links = [
        [source, uid]
        for uid, part in layout.parts.items()
        for source in {source for group in part.groups for source in group.members}
    ]
    driver.execute_query(_INDEX)
    parts = list(layout.parts)
    for begin in range(0, len(parts), _BATCH):
        driver.execute_query(_PARTS, rows=parts[begin : begin + _BATCH])
    for begin in range(0, len(links), _BATCH):
        driver.execute_query(_LINKS, rows=links[begin : begin + _BATCH])


def _reached(driver: Driver, uid: str) -> int:
    return int(driver.execute_query(_REACHED, uid=uid).records[0]["reached"])
