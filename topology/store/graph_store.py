"""The graph store: what every process reads the site from and commits changes to.

One change is one transaction under one lease at one revision, journal included; nothing else
changes the graph. Published states are written beside it for operators' eyes and never read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Self

from neo4j import Result, Transaction

from topology.delta import Changes
from topology.journal import redo
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store import writing
from topology.store.arriving import Arriving, Put
from topology.store.asking import Asked, mark_of
from topology.store.committing import CLASS, Commit, fence, save_classes
from topology.store.examining import Examining
from topology.store.reading import LINK_ROW, LinkRow, resources_of
from topology.store.restoring import Restoring
from topology.store.rows import published_properties
from topology.store.scannables import Scannables
from topology.store.stored_journal import StoredJournal, revision_in
from topology.store.values import QUERY_ROWS, QUERY_SECONDS, Lease, Published, QueryResult

_READ_SECONDS = 120.0
_COMMIT_SECONDS = 300.0
_PUBLISHED_ROWS = 5_000

_SLICED = "UNWIND range(0, size(x) - 1, 1000) AS i RETURN x[i..i + 1000] AS slice"
_ALL_NODES = f"MATCH (n:Resource) WITH collect(properties(n)) AS x {_SLICED}"
_ALL_LINKS = (
    "MATCH (a:Resource)-[r:PARENT_OF|AFFECTS|PROVIDES]->(b:Resource) "
    f"WITH collect({LINK_ROW}) AS x {_SLICED}"
)
_ALL_ALERTS = (
    f"MATCH (a:Alert)-[:ON]->(n:Resource) WITH collect([n.uid, properties(a)]) AS x {_SLICED}"
)
_WITH_WHAT_LEADS_TO_IT = f"""
MATCH (b:Resource)
RETURN properties(b) AS node,
    [(b)<-[r:PARENT_OF|AFFECTS|PROVIDES]-(a:Resource) | {LINK_ROW}] AS links,
    [(b)<-[:ON]-(alert:Alert) | properties(alert)] AS alerts"""
_SLICE_ROWS = 1_000
_UIDS = "MATCH (n:Resource) RETURN n.uid AS uid"
_PUBLISH = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
SET n += row.properties, n.state_revision = $revision"""


class GraphStore(Scannables, StoredJournal, Restoring, Examining):
    """Keeps resources, links and their history. Safe to call from any thread.

    Every call ends: with its result, or with StoreUnavailable once its deadline has passed.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; closing twice is closing once."""
        self._engine.close()

    @property
    def address(self) -> str:
        """Where it is, for people."""
        return self._engine.address

    # The graph

    def read(self) -> tuple[int, dict[str, Resource]]:
        """Return the whole graph at one revision: that revision, and resources by uid."""
        revision, resources = self._engine.run(_read_in, seconds=_READ_SECONDS)
        # What was committed while it was read may be in it in part. The journal says it whole.
        while events := self.events_since(revision):
            for event in events:
                held = redo(event, resources.pop(event.uid, None))
                if held is not None:
                    resources[event.uid] = held
            revision = events[-1].revision
        return revision, resources

    def slices(self) -> Iterator[dict[str, Resource]]:
        """Yield the whole graph, about a thousand resources by uid at a time, in no order.

        What is committed meanwhile may be in it in part, and a resource may come twice or not at
        all where its class has changed: `topology.graph.slices` makes one revision of it.
        """
        arriving: Arriving[dict[str, Resource]] = Arriving(
            lambda put: self._engine.stream(_WITH_WHAT_LEADS_TO_IT, partial(_put_slices, put)),
            patience=lambda: _READ_SECONDS,
            late=lambda: self._engine.silent(_READ_SECONDS),
        )
        try:
            yield from arriving
        finally:
            arriving.close()

    def uids(self) -> list[str]:
        """Return the uid of every resource, in no order."""
        return [row["uid"] for row in self._engine.execute(_UIDS, seconds=_READ_SECONDS)]

    def commit(self, changes: Changes, lease: Lease) -> int:
        """Make `changes` true, whole, and return the new revision.

        Raises LeaseLost when another holder took the scope, RevisionMoved when the store is not at
        `changes.base`, DeltaRejected when a link would start at a resource that does not exist, and
        InvalidValue for a class name that is no label.
        """
        self._engine.prepare(writing.label_sets(changes))
        with Commit(changes, lease) as commit:
            return self._engine.run(commit.write, seconds=_COMMIT_SECONDS)

    def publish(self, states: Mapping[str, Published], revision: int, lease: Lease) -> None:
        """Write what was judged at `revision` where operators' queries see it.

        Unknown uids are ignored: a resource may be gone by now. Raises LeaseLost when another
        process publishes, which then writes them all again.
        """
        rows = [
            {"uid": uid, "properties": published_properties(one)} for uid, one in states.items()
        ]
        for start in range(0, len(rows), _PUBLISHED_ROWS):
            batch = rows[start : start + _PUBLISHED_ROWS]
            self._engine.run(
                partial(_publish_in, lease=lease, rows=batch, revision=revision),
                seconds=_READ_SECONDS,
            )

    def ask(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        seconds: float = QUERY_SECONDS,
        query_id: str = "",
        most_row_bytes: int | None = None,
        most_bytes: int | None = None,
    ) -> Asked:
        """Return an operator's Cypher and its answer, to be read row by row and then closed.

        The database lets it read and nothing else, for `seconds` at most. `query_id` is what
        `cancel` is told; without it nobody else can end the query. The other limits are `Asked`'s.
        """
        return Asked(
            self._engine,
            text,
            parameters or {},
            seconds=seconds,
            query_id=query_id,
            most_row_bytes=most_row_bytes,
            most_bytes=most_bytes,
        )

    def query(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        row_limit: int = QUERY_ROWS,
        seconds: float = QUERY_SECONDS,
    ) -> QueryResult:
        """Return the first `row_limit` rows that `ask` gives.

        Raises QueryRefused for a query that is wrong, writes, or takes longer than `seconds`.
        """
        with self.ask(text, parameters, seconds=seconds) as asked:
            rows = tuple(islice(asked.rows, row_limit + 1))
            return QueryResult(asked.columns, rows[:row_limit], len(rows) > row_limit)

    def cancel(self, query_id: str) -> None:
        """End the query that was asked under this id, in any process; an unknown one is ignored."""
        self._engine.cancel(mark_of(query_id))

    # Resource classes

    def classes(self) -> dict[str, ResourceClass]:
        """Return every class that was ever reported, by name."""
        found = self._engine.execute("MATCH (c:ResourceClass) RETURN c.schema AS schema")
        return {one.name: one for one in (CLASS.validate_json(row["schema"]) for row in found)}

    def save_classes(self, classes: Iterable[ResourceClass]) -> None:
        """Keep these classes, in place of those of the same names."""
        kept = tuple(classes)
        self._engine.run(lambda transaction: save_classes(transaction, kept))


def _read_in(transaction: Transaction) -> tuple[int, dict[str, Resource]]:
    revision = revision_in(transaction)
    resources = resources_of(
        nodes=_sliced(transaction, _ALL_NODES),
        links=_sliced(transaction, _ALL_LINKS),
        alerts=_sliced(transaction, _ALL_ALERTS),
    )
    return revision, resources


def _put_slices(put: Put[dict[str, Resource]], result: Result) -> None:
    while rows := list(islice(result, _SLICE_ROWS)):
        found = resources_of(
            nodes=(row["node"] for row in rows),
            links=(LinkRow(*one) for row in rows for one in row["links"]),
            alerts=((row["node"]["uid"], one) for row in rows for one in row["alerts"]),
        )
        if not put(found):
            return


def _publish_in(
    transaction: Transaction, *, lease: Lease, rows: Sequence[Mapping[str, object]], revision: int
) -> None:
    fence(transaction, lease)
    transaction.run(_PUBLISH, rows=rows, revision=revision).consume()


def _sliced(transaction: Transaction, text: str) -> Iterator[Any]:
    """Ask when the first row is wanted, and hold no more than a slice of the answer."""
    for found in transaction.run(text):
        yield from found["slice"]
