"""What a store's keeper asks of the database itself: do its indexes and its scans say the same."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeVar

from neo4j import Record

from topology.store.engine import Engine
from topology.store.writing import checked_label

T = TypeVar("T")
_SECONDS = 600.0
_AT_ONCE = 5_000

_LOOSE_ALERTS = """
MATCH (a:Alert)
WHERE NOT (a)-[:ON]->(:Resource)
RETURN a.id AS id"""
_OUT = "MATCH (a:Resource)-[r:PARENT_OF|AFFECTS|PROVIDES]->() RETURN count(r) AS found"
_IN = "MATCH (a:Resource)<-[r:PARENT_OF|AFFECTS|PROVIDES]-() RETURN count(r) AS found"
_BEATS = "MATCH (h:Holder) RETURN h.id AS holder, h.beat AS beat"
_EVENTS = "MATCH (e:Event) RETURN e.seq AS seq, e.uid AS uid, e.at AS at"
_EVENTS_BY_SEQ = "MATCH (e:Event) WHERE e.seq >= 0 RETURN e.seq AS seq"
_UNPUBLISHED = "MATCH (n:Resource) WHERE n.state IS NULL RETURN count(n) AS found"


@dataclass(frozen=True, slots=True)
class Examination:
    """What the database holds, told without the store's own reading code."""

    missing_definitions: tuple[str, ...]
    """Constraints and indexes that should be there."""
    wrong_indexes: Mapping[str, tuple[str, ...]]
    """By "Label.property": the values that a look-up finds more or less often than a scan."""
    repeated: Mapping[str, tuple[str, ...]]
    """By "Label.property": values that are to be unique and are not."""
    loose_alerts: tuple[str, ...]
    """Alerts on nothing."""
    half_links: int
    """Links that are seen from one of their ends alone."""
    seqs: Sequence[int]
    """Of every event, ascending."""
    event_uids: AbstractSet[str]
    """Of every resource that an event tells of."""
    newest_event_at: float
    """Epoch seconds; 0 where there is no event."""
    beats: Mapping[str, float]
    """Each holder's last, in epoch seconds."""
    unpublished: int
    """Resources without a published state."""


class Examining:
    """Looks at the database past the store's own reading. Safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def examination(self, class_names: Iterable[str]) -> Examination:
        """Look at everything, and at these classes' labels. Cost: several whole scans."""
        wrong: dict[str, tuple[str, ...]] = {}
        repeated: dict[str, tuple[str, ...]] = {}
        for label, name in (
            *(("Resource", "uid"), ("Alert", "id"), ("Scannable", "id"), ("ResourceClass", "name")),
            *((checked_label(one), "uid") for one in class_names),
        ):
            scanned = self._counted(f"MATCH (n:`{label}`) RETURN n.`{name}` AS value")
            self._compare(f"{label}.{name}", label, name, scanned, wrong)
            if twice := tuple(value for value, count in scanned.items() if count > 1):
                repeated[f"{label}.{name}"] = twice
        events = self._read(_EVENTS, _Events.of)
        by_index = self._read(_EVENTS_BY_SEQ, _seqs_of)
        if events.seqs != by_index:
            differing = set(events.seqs).symmetric_difference(by_index)
            wrong["Event.seq"] = tuple(str(one) for one in sorted(differing))
        self._compare("Event.uid", "Event", "uid", events.uids, wrong)
        return Examination(
            missing_definitions=tuple(self._engine.missing_definitions()),
            wrong_indexes=wrong,
            repeated=repeated,
            loose_alerts=tuple(row["id"] for row in self._all(_LOOSE_ALERTS)),
            half_links=abs(self._all(_OUT)[0]["found"] - self._all(_IN)[0]["found"]),
            seqs=events.seqs,
            event_uids=events.uids.keys(),
            newest_event_at=events.newest_at,
            beats={row["holder"]: row["beat"] for row in self._all(_BEATS)},
            unpublished=self._all(_UNPUBLISHED)[0]["found"],
        )

    def _compare(
        self,
        index: str,
        label: str,
        name: str,
        scanned: Counter[str],
        wrong: dict[str, tuple[str, ...]],
    ) -> None:
        text = (
            f"UNWIND $values AS value MATCH (n:`{label}` {{`{name}`: value}}) "
            "RETURN value, count(n) AS found"
        )
        values = sorted(scanned)
        differing: list[str] = []
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            found = {row["value"]: row["found"] for row in self._all(text, values=some)}
            differing += (one for one in some if found.get(one, 0) != scanned[one])
        if differing:
            wrong[index] = tuple(differing)

    def _counted(self, text: str) -> Counter[str]:
        return self._read(text, lambda rows: Counter(row["value"] for row in rows))

    def _read(self, text: str, of_rows: Callable[[Iterable[Record]], T]) -> T:
        """Return what `of_rows` makes of an answer, of which it holds no more than it keeps."""
        return self._engine.run(
            lambda transaction: of_rows(transaction.run(text)), seconds=_SECONDS
        )

    def _all(self, text: str, **parameters: object) -> list[dict[str, Any]]:
        return self._engine.execute(text, parameters, seconds=_SECONDS)


@dataclass(frozen=True, slots=True)
class _Events:
    """What a scan of the journal says of it: as little of each event as will do."""

    seqs: Sequence[int]
    uids: Counter[str]
    newest_at: float

    @classmethod
    def of(cls, rows: Iterable[Record]) -> _Events:
        seqs, uids, newest_at = array("q"), Counter[str](), 0.0
        for seq, uid, at in rows:
            seqs.append(seq)
            uids[uid] += 1
            newest_at = max(newest_at, at)
        return cls(array("q", sorted(seqs)), uids, newest_at)


def _seqs_of(rows: Iterable[Record]) -> Sequence[int]:
    return array("q", sorted(row["seq"] for row in rows))
