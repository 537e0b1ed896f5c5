"""Ten operators' queries on both engines, side by side: how long each takes, and the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import neo4j_server
from bench.measuring import WALL, Row, alone, seconds, shown
from contract import queried_site
from contract.cookbook import Recipe, recipes

from topology.settings import Settings
from topology.store import open_store
from topology.store.graph_store import GraphStore
from topology.store.values import QueryResult

QUERIES = 10


def cookbook_rows() -> Iterator[Row]:
    """Ask ten queries of the cookbook, evenly chosen, on a simulated site in trouble."""
    if reason := neo4j_server.why_not():
        yield alone("the cookbook on Neo4j", "not measured", reason)
        return
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        neo4j_server.neo4j_server(Path(directory)) as server,
        open_store(Settings(data_dir=Path(directory) / "embedded")) as embedded,
        open_store(server.settings(Path(directory))) as neo4j,
    ):
        for store in (embedded, neo4j):
            queried_site.fill(store)
        found = list(recipes())
        for one in found[:: len(found) // QUERIES][:QUERIES]:
            ours, our_rows = _asked(embedded, one)
            theirs, their_rows = _asked(neo4j, one)
            count = f"{len(our_rows.rows)} rows"
            same = f"{count}, equal" if our_rows == their_rows else f"{count}, DIFFERENT"
            yield one.title, shown(ours), f"{shown(theirs)} Neo4j", same


def _asked(store: GraphStore, recipe: Recipe) -> tuple[float, QueryResult]:
    found = store.query(recipe.text, recipe.parameters)
    took = seconds(lambda: store.query(recipe.text, recipe.parameters), times=9, clock=WALL)
    return took, found
