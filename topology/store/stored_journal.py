"""The journal as the database keeps it: a part of the graph store.

Events are appended by commits alone (`committing`) and forgotten from the oldest on; the Meta node
says, in the same transaction, since which revision they are all there.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import attrgetter
from typing import Any, LiteralString

from neo4j import Transaction

from topology.journal import ORDINALS, Event
from topology.store.committing import fence
from topology.store.engine import Engine
from topology.store.values import JournalSpan, Lease

_SECONDS = 120.0
_FORGOTTEN_AT_ONCE = 10_000
_AT_ONCE = 2_000

_REVISION = "MATCH (m:Meta {id: 'store'}) RETURN m.revision AS revision"
_SPAN = """
MATCH (m:Meta {id: 'store'})
RETURN m.revision AS revision, coalesce(m.kept_since, 0) AS kept_since,
    coalesce(m.forgotten_at, 0.0) AS forgotten_at, coalesce(m.incarnation, '') AS incarnation"""
_EVENT = "RETURN properties(e) AS e"  # the driver would keep nodes until the last has come
_EVENTS_SINCE = f"MATCH (e:Event) WHERE e.seq >= $first {_EVENT} ORDER BY e.seq LIMIT $limit"
_EVENTS = f"MATCH (e:Event) WHERE e.seq < $before {_EVENT} ORDER BY e.seq DESC LIMIT $limit"
_SEQS = "MATCH (e:Event) WHERE e.seq >= $first AND e.seq < $before RETURN e.seq AS seq"
_EVENTS_AMONG = f"MATCH (e:Event) WHERE e.seq >= $first AND e.seq <= $last {_EVENT}"
_EVENTS_OF = f"""
MATCH (e:Event {{uid: $uid}})
WHERE e.seq < $before
{_EVENT}
ORDER BY e.seq DESC
LIMIT $limit"""
_HISTORIES = f"UNWIND $uids AS uid MATCH (e:Event {{uid: uid}}) {_EVENT}"
_OLDEST = """
MATCH (e:Event)
WHERE e.seq >= $first
RETURN e.seq AS seq, e.revision AS revision, e.at AS at
ORDER BY e.seq
LIMIT $limit"""
_KEPT_SINCE = """
MATCH (m:Meta {id: 'store'})
SET m.kept_since = $kept_since, m.forgotten_at = $forgotten_at"""
_FORGET = "MATCH (e:Event) WHERE e.seq >= $first AND e.seq <= $last DELETE e"
_END_OF_TIME = 2**62
"""No event has so great a seq."""
_SEQ = attrgetter("seq")


class StoredJournal:
    """What happened, in order. Safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def revision(self) -> int:
        """Return the number of changes committed so far."""
        return self._engine.run(revision_in)

    def span(self) -> JournalSpan:
        """Return from where to where the journal reaches now."""
        (found,) = self._engine.execute(_SPAN)
        return JournalSpan(**found)

    def events_since(self, revision: int, limit: int = 10_000) -> list[Event]:
        """Return what happened after `revision`, in order.

        At most about `limit` events, but always whole revisions: the last event's revision is
        where to go on. A revision that changed no resource has none, as have forgotten ones.
        """
        first = (revision + 1) * ORDINALS
        found = self._events(_EVENTS_SINCE, first=first, limit=limit)
        if len(found) < limit:
            return found
        last = found[-1].revision
        rest = self._events(_EVENTS_SINCE, first=found[-1].seq + 1, limit=ORDINALS)
        return found + [event for event in rest if event.revision == last]

    def all_events(self, last: int) -> Iterator[Event]:
        """Yield what happened up to the revision `last`, in order, and hold a part at a time."""
        seqs = self._seqs(0, (last + 1) * ORDINALS)
        for start in range(0, len(seqs), _AT_ONCE):
            yield from self._among(seqs[start : start + _AT_ONCE])

    def undoing(self, revision: int) -> Iterator[Event]:
        """Yield what happened after `revision`, newest first, and hold a part at a time."""
        seqs = self._seqs((revision + 1) * ORDINALS, _END_OF_TIME)
        for end in range(len(seqs), 0, -_AT_ONCE):
            yield from reversed(self._among(seqs[max(end - _AT_ONCE, 0) : end]))

    def histories(self, uids: Collection[str]) -> list[Event]:
        """Return all that is kept of what happened to these resources, newest first."""
        return sorted(self._events(_HISTORIES, uids=list(uids)), key=_SEQ, reverse=True)

    def events(
        self, uid: str | None = None, *, limit: int = 100, before: int = _END_OF_TIME
    ) -> list[Event]:
        """Return the latest events, newest first, of one resource or of all.

        Only those whose seq is less than `before`: the last one's seq is where to go on.
        """
        if uid is None:
            return self._events(_EVENTS, limit=limit, before=before)
        return self._events(_EVENTS_OF, uid=uid, limit=limit, before=before)

    def forget_events(self, before: float, lease: Lease) -> int:
        """Forget some of the oldest events and return how many; none is left to forget at 0.

        Only from the oldest on, and only while they are older than `before` (epoch seconds). Raises
        LeaseLost when somebody else has `lease`.
        """

        def forget(transaction: Transaction) -> int:
            fence(transaction, lease)
            span = transaction.run(_SPAN).single(strict=True)
            first = max(span["kept_since"] - 1, 0) * ORDINALS  # the last may be there in part
            oldest = list(transaction.run(_OLDEST, first=first, limit=_FORGOTTEN_AT_ONCE))
            old = list(takewhile(lambda event: event["at"] < before, oldest))
            if old:
                last = old[-1]
                transaction.run(
                    _KEPT_SINCE, kept_since=last["revision"] + 1, forgotten_at=last["at"]
                ).consume()
                transaction.run(_FORGET, first=first, last=last["seq"]).consume()
            return len(old)

        return self._engine.run(forget, seconds=_SECONDS)

    def _seqs(self, first: int, before: int) -> Sequence[int]:
        """Return the seqs from `first` until before `before`, ascending, eight bytes each."""

        def found(transaction: Transaction) -> list[int]:
            rows = transaction.run(_SEQS, first=first, before=before)
            return sorted(array("q", (row["seq"] for row in rows)))

        return array("q", self._engine.run(found, seconds=_SECONDS))

    def _among(self, seqs: Sequence[int]) -> list[Event]:
        """Return the events between two seqs, in order: a range with two ends is found quickly."""
        found = self._events(_EVENTS_AMONG, first=seqs[0], last=seqs[-1])
        return sorted(found, key=_SEQ)

    def _events(self, text: LiteralString, **parameters: object) -> list[Event]:
        found = self._engine.execute(text, parameters, seconds=_SECONDS)
        return [_event(row["e"]) for row in found]


def revision_in(transaction: Transaction) -> int:
    """Return the store's revision as this transaction sees it."""
    return int(transaction.run(_REVISION).single(strict=True)["revision"])


def _event(found: Mapping[str, Any]) -> Event:
    fields = dict(found)
    return Event(event_id=fields.pop("id"), **fields)
