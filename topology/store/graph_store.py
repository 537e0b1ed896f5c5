"""The graph store: what every process reads the site from and commits changes to.

One change is one transaction under one lease at one revision, journal included; nothing else
changes the graph. Published states are written beside it for operators' eyes and never read back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, LiteralString, Self

from neo4j import Transaction
from neo4j.exceptions import Neo4jError

from topology.delta import Changes
from topology.errors import DeltaRejected, QueryRefused, ResourceNotFound, UsageError
from topology.journal import ORDINALS, Event, redo
from topology.model import Resource
from topology.schema import ResourceClass
from topology.state import Interval
from topology.store import writing
from topology.store.committing import CLASS, Commit, fence, save_classes
from topology.store.engine import Engine, Parameters
from topology.store.queries import fetched, refusal_of, time_is_up
from topology.store.rows import LinkRow, resources_of
from topology.store.values import ADMIN, QUERY_ROWS, QUERY_SECONDS, Lease, QueryResult, Scannable

_READ_SECONDS = 120.0
_COMMIT_SECONDS = 300.0
_PUBLISHED_ROWS = 5_000

_REVISION = "MATCH (m:Meta {id: 'store'}) RETURN m.revision AS revision"
_SLICED = "UNWIND range(0, size(x) - 1, 1000) AS i RETURN x[i..i + 1000] AS slice"
_ALL_NODES = f"MATCH (n:Resource) WITH collect(properties(n)) AS x {_SLICED}"
_ALL_LINKS = (
    "MATCH (a:Resource)-[r:PARENT_OF|AFFECTS|PROVIDES]->(b:Resource) "
    f"WITH collect([a.uid, type(r), b.uid, properties(r)]) AS x {_SLICED}"
)
_ALL_ALERTS = (
    f"MATCH (a:Alert)-[:ON]->(n:Resource) WITH collect([n.uid, properties(a)]) AS x {_SLICED}"
)
_EVENTS_SINCE = "MATCH (e:Event) WHERE e.seq >= $first RETURN e ORDER BY e.seq LIMIT $limit"
_EVENTS = "MATCH (e:Event) WHERE e.seq < $before RETURN e ORDER BY e.seq DESC LIMIT $limit"
_EVENTS_OF = """
MATCH (e:Event {uid: $uid})
WHERE e.seq < $before
RETURN e
ORDER BY e.seq DESC
LIMIT $limit"""
_END_OF_TIME = 2**62
"""No event has so great a seq."""
_PUBLISH = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
SET n.state = row.state, n.state_low = row.low, n.state_high = row.high,
    n.state_revision = $revision"""
_SCANNABLES = "MATCH (s:Scannable) WHERE s.id <> $admin RETURN s"
_ADD_SCANNABLE = """
CREATE (s:Scannable {id: $id, plugin: $plugin, class_name: $class_name, settings: $settings,
    version: 1, epoch: 0, holder: '', beat: 0.0, status: '{}'})"""
_SET_SETTINGS = """
MATCH (s:Scannable {id: $id})
SET s.settings = $settings, s.version = s.version + 1
RETURN s.version AS value"""
_TAKE = """
MATCH (s:Scannable {id: $id})
SET s.epoch = s.epoch + 1, s.holder = $holder, s.beat = $now
RETURN s.epoch AS value"""


class GraphStore:
    """Keeps resources, links and their history. Safe to call from any thread.

    Every call ends: with its result, or with StoreUnavailable once its deadline has passed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; closing twice is closing once."""
        self._engine.close()

    @property
    def address(self) -> str:
        """Where it is, for people."""
        return self._engine.address

    # The graph and its journal

    def revision(self) -> int:
        """Return the number of changes committed so far."""
        return self._engine.run(_revision_in)

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

    def events_since(self, revision: int, limit: int = 10_000) -> list[Event]:
        """Return what happened after `revision`, in order.

        At most about `limit` events, but always whole revisions: the last event's revision is
        where to go on.
        """
        first = (revision + 1) * ORDINALS
        found = self._events(_EVENTS_SINCE, first=first, limit=limit)
        if len(found) < limit:
            return found
        last = found[-1].revision
        rest = self._events(_EVENTS_SINCE, first=found[-1].seq + 1, limit=ORDINALS)
        return found + [event for event in rest if event.revision == last]

    def events(
        self, uid: str | None = None, *, limit: int = 100, before: int = _END_OF_TIME
    ) -> list[Event]:
        """Return the latest events, newest first, of one resource or of all.

        Only those whose seq is less than `before`: the last one's seq is where to go on.
        """
        if uid is None:
            return self._events(_EVENTS, limit=limit, before=before)
        return self._events(_EVENTS_OF, uid=uid, limit=limit, before=before)

    def _events(self, text: LiteralString, **parameters: object) -> list[Event]:
        found = self._engine.execute(text, parameters, seconds=_READ_SECONDS)
        return [_event(row["e"]) for row in found]

    def commit(self, changes: Changes, lease: Lease) -> int:
        """Make `changes` true, whole, and return the new revision.

        Raises LeaseLost when another holder took the scope, RevisionMoved when the store is not at
        `changes.base`, DeltaRejected when a link would start at a resource that does not exist, and
        InvalidValue for a class name that is no label.
        """
        self._engine.prepare(writing.label_sets(changes))
        return self._engine.run(Commit(changes, lease).write, seconds=_COMMIT_SECONDS)

    def publish(self, states: Mapping[str, Interval], revision: int) -> None:
        """Write published states, worked out at `revision`, where operators' queries see them.

        Unknown uids are ignored: a resource may be gone by now.
        """
        rows = [
            {"uid": uid, "state": one.word, "low": one.low.name, "high": one.high.name}
            for uid, one in states.items()
        ]
        for start in range(0, len(rows), _PUBLISHED_ROWS):
            parameters = {"rows": rows[start : start + _PUBLISHED_ROWS], "revision": revision}
            self._engine.execute(_PUBLISH, parameters, seconds=_READ_SECONDS)

    def query(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        row_limit: int = QUERY_ROWS,
        seconds: float = QUERY_SECONDS,
    ) -> QueryResult:
        """Run an operator's Cypher, which the database lets read and nothing else.

        Raises QueryRefused for a query that is wrong, writes, or takes longer than `seconds`.
        """
        try:
            return self._engine.ask(
                text,
                lambda transaction: fetched(transaction, text, parameters or {}, row_limit),
                seconds=seconds,
                late=time_is_up,
            )
        except Neo4jError as error:
            raise refusal_of(error, self._engine.first_place) from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise QueryRefused(
                f"the query or one of its parameters cannot be sent ({error}); whole numbers have "
                "at most 64 bits, and text is Unicode"
            ) from None

    # Resource classes

    def classes(self) -> dict[str, ResourceClass]:
        """Return every class that was ever reported, by name."""
        found = self._engine.execute("MATCH (c:ResourceClass) RETURN c.schema AS schema")
        return {one.name: one for one in (CLASS.validate_json(row["schema"]) for row in found)}

    def save_classes(self, classes: Iterable[ResourceClass]) -> None:
        """Keep these classes, in place of those of the same names."""
        kept = tuple(classes)
        self._engine.run(lambda transaction: save_classes(transaction, kept))

    # Scannables and their leases

    def scannables(self) -> list[Scannable]:
        """Return every scannable, by plugin and id."""
        found = self._engine.execute(_SCANNABLES, {"admin": ADMIN})
        return sorted(
            (_scannable(row["s"]) for row in found), key=lambda one: (one.plugin, one.scannable_id)
        )

    def add_scannable(
        self, scannable_id: str, *, plugin: str, class_name: str, settings: Mapping[str, object]
    ) -> Scannable:
        """Ask for one more scannable. Raises UsageError where the id is taken."""
        parameters = {
            "id": scannable_id,
            "plugin": plugin,
            "class_name": class_name,
            "settings": json.dumps(dict(settings)),
        }
        try:
            self._engine.execute(_ADD_SCANNABLE, parameters)
        except DeltaRejected:
            raise UsageError(
                f"scannable {scannable_id!r} exists already; change its settings instead"
            ) from None
        return Scannable(scannable_id, plugin, class_name, dict(settings))

    def set_settings(self, scannable_id: str, settings: Mapping[str, object]) -> int:
        """Replace a scannable's settings and return their new version."""
        text = json.dumps(dict(settings))
        return int(self._one_of(scannable_id, _SET_SETTINGS, {"settings": text}))

    def remove_scannable(self, scannable_id: str) -> None:
        """Forget a scannable; an unknown one is ignored. What it reported stays until removed."""
        self._engine.execute("MATCH (s:Scannable {id: $id}) DELETE s", {"id": scannable_id})

    def take_lease(self, scannable_id: str, holder: str) -> Lease:
        """Take the right to write a scope from whoever has it."""
        epoch = self._one_of(scannable_id, _TAKE, {"holder": holder, "now": time.time()})
        return Lease(scannable_id, int(epoch), holder)

    def beat(self, lease: Lease) -> None:
        """Say that the lease's holder is alive. Raises LeaseLost when it is not its any more."""
        self._engine.run(lambda transaction: fence(transaction, lease))

    def report_status(self, scannable_id: str, status: Mapping[str, object]) -> None:
        """Say how a scannable's session goes; an unknown scannable is ignored."""
        parameters = {"id": scannable_id, "status": json.dumps(dict(status))}
        self._engine.execute("MATCH (s:Scannable {id: $id}) SET s.status = $status", parameters)

    def _one_of(self, scannable_id: str, text: LiteralString, parameters: Parameters) -> Any:  # noqa: ANN401 - a value of the database
        found = self._engine.execute(text, {"id": scannable_id, **parameters})
        if not found:
            raise ResourceNotFound(
                f"no scannable is called {scannable_id!r}; `topology scannable list` names them"
            )
        return found[0]["value"]


def _revision_in(transaction: Transaction) -> int:
    found = transaction.run(_REVISION).single(strict=True)
    return int(found["revision"])


def _read_in(transaction: Transaction) -> tuple[int, dict[str, Resource]]:
    revision = _revision_in(transaction)
    nodes = list(_sliced(transaction, _ALL_NODES))
    links = [LinkRow(*row) for row in _sliced(transaction, _ALL_LINKS)]
    alerts = [(uid, properties) for uid, properties in _sliced(transaction, _ALL_ALERTS)]
    return revision, resources_of(nodes, links, alerts)


def _sliced(transaction: Transaction, text: str) -> Iterator[Any]:
    for found in transaction.run(text):
        yield from found["slice"]


def _event(found: Mapping[str, Any]) -> Event:
    fields = dict(found)
    return Event(event_id=fields.pop("id"), **fields)


def _scannable(found: Mapping[str, Any]) -> Scannable:
    fields = dict(found)
    return Scannable(
        scannable_id=fields.pop("id"),
        settings=json.loads(fields.pop("settings")),
        status=json.loads(fields.pop("status")),
        **fields,
    )
