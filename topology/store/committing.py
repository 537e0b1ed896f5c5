"""One commit inside its transaction: fence, revision, graph and journal, in that order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from neo4j import Result, Transaction
from pydantic import TypeAdapter

from topology.delta import Changes
from topology.errors import DeltaRejected, LeaseLost
from topology.journal import events_of
from topology.schema import ResourceClass
from topology.store import writing
from topology.store.migrations import MIGRATIONS, newer
from topology.store.values import Lease, RevisionMoved

CLASS = TypeAdapter(ResourceClass)
_PART = 2_000
"""Changes whose rows are worked out at once; the database waits for the first of them."""

# Written before it is checked: a lease that is only read lets a stale holder commit.
_FENCE = """
MATCH (s:Scannable {id: $id})
SET s.beat = $now
WITH s
WHERE s.epoch = $epoch AND s.holder = $holder
RETURN s.id"""
_BUMP = """
MATCH (m:Meta {id: 'store'})
SET m.revision = m.revision + 1
RETURN m.revision AS revision, coalesce(m.version, 0) AS version"""
_JOURNALLED = """
MATCH (e:Event {seq: $seq})
RETURN e.id AS id"""
_SAVE_CLASSES = """
UNWIND $rows AS row
MERGE (c:ResourceClass {name: row.name})
SET c.plugin = row.plugin, c.schema = row.schema"""


class Commit:
    """Changes under a lease, worked out once and written in as many attempts as it takes.

    What is written later is worked out while the database writes what comes before it.
    """

    def __init__(self, changes: Changes, lease: Lease) -> None:
        self.revision = changes.base + 1
        self._changes = changes
        self._lease = lease
        self._was_tried = False
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="rows-ahead")
        parts = [slice(start, start + _PART) for start in range(0, len(changes.changes), _PART)]
        self._updates = [
            self._ahead.submit(list, statements_of(changes.changes[part]))
            for statements_of in (writing.nodes, writing.links_and_alerts)
            for part in parts
        ]
        self._events = [
            self._ahead.submit(events_of, changes, self.revision, part) for part in parts
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._ahead.shutdown(wait=False, cancel_futures=True)

    def write(self, transaction: Transaction) -> int:
        """Write it all and return its revision; the caller commits."""
        fence(transaction, self._lease)
        # The attempt before may have been committed although its answer was lost.
        if self._was_tried and self._is_journalled(transaction):
            return self.revision
        self._was_tried = True
        _bump(transaction, self._changes.base)
        save_classes(transaction, self._changes.classes)
        _reclass(transaction, self._changes)
        run_whole(transaction, (one for part in self._updates for one in part.result()))
        _remove(transaction, self._changes)
        run_whole(transaction, (writing.journal(part.result()) for part in self._events))
        return self.revision

    def _is_journalled(self, transaction: Transaction) -> bool:
        return any(
            found["id"] == event.event_id
            for part in self._events[:1]
            for event in part.result()[:1]
            for found in transaction.run(_JOURNALLED, seq=event.seq)
        )


def fence(transaction: Transaction, lease: Lease) -> None:
    """Mark the lease as alive in this transaction. Raises LeaseLost when it is not its holder's."""
    parameters = {
        "id": lease.scannable_id,
        "epoch": lease.epoch,
        "holder": lease.holder,
        "now": time.time(),
    }
    if transaction.run(_FENCE, parameters).single() is None:
        raise LeaseLost(
            f"{lease.holder!r} does not hold scope {lease.scannable_id!r} any more (its epoch was "
            f"{lease.epoch}); take the lease again before writing"
        )


def save_classes(transaction: Transaction, classes: Iterable[ResourceClass]) -> None:
    """Keep these classes, in place of those of the same names."""
    rows = [
        {
            "name": writing.checked_label(one.name),
            "plugin": one.plugin,
            "schema": CLASS.dump_json(one).decode(),
        }
        for one in classes
    ]
    if rows:
        transaction.run(_SAVE_CLASSES, rows=rows).consume()


def _bump(transaction: Transaction, base: int) -> None:
    found = transaction.run(_BUMP).single(strict=True)
    if found["version"] > len(MIGRATIONS):  # a later release has come while this one ran
        raise newer("hand", found["version"])
    revision = found["revision"]
    if revision != base + 1:
        raise RevisionMoved(
            f"the store is at revision {revision - 1}, and the change was worked out at {base}; "
            "follow the journal and work it out again"
        )


def run_whole(transaction: Transaction, statements: Iterable[writing.Statement]) -> None:
    """Run statements for all of their rows. Raises DeltaRejected where one does not find them all.

    The next rows are packed and sent while the database is at work on the ones before.
    """
    under_way: tuple[Sequence[writing.Row], Result] | None = None
    for statement in statements:
        for rows in statement.batches():
            result = transaction.run(statement.text, rows=rows)
            _check_found(under_way)
            under_way = rows, result
    _check_found(under_way)


def _check_found(under_way: tuple[Sequence[writing.Row], Result] | None) -> None:
    if under_way is None:
        return
    rows, result = under_way
    found = result.single(strict=True)["found"]
    if found != len(rows):
        named = sorted(
            {str(row[name]) for row in rows for name in ("source", "uid") if name in row}
        )
        raise DeltaRejected(
            f"a change names {len(rows)} resources or links of which the store holds {found} "
            f"(they start at {', '.join(named[:3])}); report a link's source with it, or before"
        )


def _reclass(transaction: Transaction, changes: Changes) -> None:
    classes = writing.reclassed(changes)
    if not classes:
        return
    rows = [{"uid": uid} for uid in classes]
    nodes, links, alerts = (
        [dict(found) for found in transaction.run(text, rows=rows)]
        for text in (writing.HELD, writing.HELD_LINKS, writing.HELD_ALERTS)
    )
    run_whole(transaction, writing.remade(classes, nodes, links, alerts))


def _remove(transaction: Transaction, changes: Changes) -> None:
    cut_off, remove = writing.removals(changes)
    run_whole(transaction, [cut_off])
    for rows in cut_off.batches():
        left = transaction.run(writing.LEFT_BEHIND, rows=rows).single()
        if left is not None:
            raise DeltaRejected(
                f"{left['source']!r} was to be removed, but {left['target']!r} still names it as "
                "an input; drop the link in the same change"
            )
    run_whole(transaction, [remove])
