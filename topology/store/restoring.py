"""Puts a whole store back into an empty one: a part of the graph store.

The graph and the Meta node come last and in one transaction: until then the store counts as empty,
and what an interrupted attempt left of the journal goes with the next one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from functools import partial

from neo4j import Transaction

from topology.delta import Change, Changes
from topology.journal import Event
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store import writing
from topology.store.committing import run_whole, save_classes
from topology.store.engine import Engine
from topology.store.scannables import status_properties
from topology.store.values import JournalSpan, Scannable

_SECONDS = 600.0
_EVENTS_AT_ONCE = 20_000
_FORGET = "MATCH (e:Event) WITH e LIMIT $limit DELETE e RETURN count(*) AS gone"
_ADD_SCANNABLE = """
UNWIND $rows AS row
CREATE (s:Scannable {holder: '', beat: 0.0})
SET s += row
RETURN count(*) AS found"""
_SET_META = """
MATCH (m:Meta {id: 'store'})
SET m += $properties"""


class Restoring:
    """Fills an empty store. Safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def restore(
        self,
        resources: Iterable[Resource],
        *,
        classes: Iterable[ResourceClass],
        scannables: Iterable[Scannable],
        events: Sequence[Event],
        span: JournalSpan,
    ) -> None:
        """Hold all of this and the journal, at the same revision, as another incarnation.

        Nobody holds a lease afterwards, and whoever held one before the backup has lost it. The
        caller has made sure that the store is empty. Raises DeltaRejected where it is not.
        """
        while self._engine.execute(_FORGET, {"limit": _EVENTS_AT_ONCE}, seconds=_SECONDS)[0][
            "gone"
        ]:
            pass
        for start in range(0, len(events), _EVENTS_AT_ONCE):
            statement = writing.journal(events[start : start + _EVENTS_AT_ONCE])
            self._engine.run(partial(_append, statement=statement), seconds=_SECONDS)
        added = tuple(Change(one.uid, None, one) for one in resources)
        changes = Changes(base=span.revision, at=0.0, changes=added)
        self._engine.prepare(writing.label_sets(changes))
        self._engine.run(
            partial(
                _restore_in,
                updates=list(writing.updates(changes)),
                classes=list(classes),
                scannables=list(scannables),
                span=span,
            ),
            seconds=_SECONDS,
        )


def _append(transaction: Transaction, *, statement: writing.Statement) -> None:
    run_whole(transaction, [statement])


def _restore_in(
    transaction: Transaction,
    *,
    updates: Sequence[writing.Statement],
    classes: Sequence[ResourceClass],
    scannables: Sequence[Scannable],
    span: JournalSpan,
) -> None:
    save_classes(transaction, classes)
    run_whole(transaction, [writing.Statement(_ADD_SCANNABLE, [_row(one) for one in scannables])])
    run_whole(transaction, updates)
    properties = {
        "revision": span.revision,
        "kept_since": span.kept_since,
        "forgotten_at": span.forgotten_at,
        "incarnation": uuid.uuid4().hex,
    }
    transaction.run(_SET_META, properties=properties).consume()


def _row(one: Scannable) -> writing.Row:
    return {
        "id": one.scannable_id,
        "plugin": one.plugin,
        "class_name": one.class_name,
        "settings": json.dumps(dict(one.settings)),
        "version": one.version,
        "epoch": one.epoch + 1,
        **status_properties(one.status),
    }
