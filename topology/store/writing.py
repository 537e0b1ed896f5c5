"""What a change of the graph is in Cypher: batched statements, in the order that keeps links whole.

Every statement returns how many of its rows it found, and each must find all of them: a graph that
does not hold what a change was worked out from is never written to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from topology.delta import Change, Changes
from topology.errors import InvalidValue
from topology.journal import Event
from topology.model import Resource
from topology.store.rows import (
    LinkKey,
    alert_properties,
    link_properties,
    node_properties,
)

Row = Mapping[str, object]
_RowsByText = dict[str, list[Row]]
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_ROWS = 5_000
_MOST_CHARACTERS = 4_000_000  # below 8 MB also where each takes two bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """One Cypher text for many rows, given as `$rows`; it returns how many it found."""

    text: str
    rows: Sequence[Row]

    def batches(self) -> Iterator[Sequence[Row]]:
        """Split the rows so that no message grows too large for either engine."""
        start = weight = 0
        for index, row in enumerate(self.rows):
            weight += _weight(row)
            if index - start == _MOST_ROWS or (weight > _MOST_CHARACTERS and index > start):
                yield self.rows[start:index]
                start, weight = index, _weight(row)
        if self.rows:
            yield self.rows[start:]


_UNLINK = """
UNWIND $rows AS row
MATCH (:Resource {{uid: row.source}})-[r:{kind}]->(:Resource {{uid: row.target}})
WHERE coalesce(r.key, '') = row.key AND coalesce(r.value, '') = row.value
DELETE r
RETURN count(*) AS found"""
_LINK = """
UNWIND $rows AS row
MATCH (source:Resource {{uid: row.source}})
MATCH (target:Resource {{uid: row.target}})
CREATE (source)-[r:{kind}]->(target)
SET r = row.properties
RETURN count(*) AS found"""
_RELINK = """
UNWIND $rows AS row
MATCH (:Resource {{uid: row.source}})-[r:{kind}]->(:Resource {{uid: row.target}})
WHERE coalesce(r.key, '') = row.key AND coalesce(r.value, '') = row.value
SET r = row.properties
RETURN count(*) AS found"""
_REMOVE_ALERT = """
UNWIND $rows AS row
MATCH (a:Alert {id: row.id})
DETACH DELETE a
RETURN count(*) AS found"""
_ADD_ALERT = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
CREATE (a:Alert)-[:ON]->(n)
SET a = row.properties
RETURN count(*) AS found"""
_CHANGE_ALERT = """
UNWIND $rows AS row
MATCH (a:Alert {id: row.id})
SET a = row.properties
RETURN count(*) AS found"""
_ADD = """
UNWIND $rows AS row
CREATE (n{labels})
SET n = row.properties
RETURN count(*) AS found"""
_CHANGE = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
SET n += row.properties
RETURN count(*) AS found"""
HELD = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
RETURN n.uid AS uid, properties(n) AS properties"""
HELD_LINKS = """
UNWIND $rows AS row
MATCH (:Resource {uid: row.uid})-[r:PARENT_OF|AFFECTS|PROVIDES]-(:Resource)
RETURN DISTINCT elementId(r) AS link, startNode(r).uid AS source, type(r) AS kind,
    endNode(r).uid AS target, properties(r) AS properties"""
HELD_ALERTS = """
UNWIND $rows AS row
MATCH (a:Alert)-[:ON]->(:Resource {uid: row.uid})
RETURN a.id AS id, row.uid AS uid"""
"""All there is around resources that are to be made anew, each given as a row's uid."""
_HANG_ALERT = """
UNWIND $rows AS row
MATCH (a:Alert {id: row.id})
MATCH (n:Resource {uid: row.uid})
CREATE (a)-[:ON]->(n)
RETURN count(*) AS found"""
_CUT_OFF = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
OPTIONAL MATCH (n)<-[r:PARENT_OF|AFFECTS|PROVIDES]-()
DELETE r
RETURN count(DISTINCT row.uid) AS found"""
LEFT_BEHIND = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})-[:PARENT_OF|AFFECTS|PROVIDES]->(left:Resource)
RETURN n.uid AS source, left.uid AS target
LIMIT 1"""
"""After `CUT_OFF`: a link from a resource that goes into one that stays and still names it."""
_REMOVE = """
UNWIND $rows AS row
MATCH (n:Resource {uid: row.uid})
DETACH DELETE n
RETURN count(*) AS found"""
_JOURNAL = """
UNWIND $rows AS row
CREATE (e:Event)
SET e = row
RETURN count(*) AS found"""


def checked_label(name: str) -> str:
    """Return `name`, which is to stand in Cypher as it is; raise InvalidValue if it may not."""
    if not _LABEL.fullmatch(name):
        raise InvalidValue(
            f"a resource class is named {name!r}; a class name has ASCII letters, digits and "
            "underscores, and starts with no digit"
        )
    return name


def label_sets(changes: Changes) -> frozenset[tuple[str, ...]]:
    """Return every combination of classes that committing `changes` gives a node, sorted."""
    combinations = {one.after.merged.classes for one in changes.changes if one.after is not None}
    return frozenset(
        tuple(sorted({checked_label(name) for name in classes})) for classes in combinations
    )


def reclassed(changes: Changes) -> dict[str, tuple[str, ...]]:
    """Return the new classes of every resource whose classes change, by uid."""
    return {
        change.uid: change.after.merged.classes
        for change in changes.changes
        if change.before and change.after
        if set(change.before.merged.classes) != set(change.after.merged.classes)
    }


def remade(
    classes: Mapping[str, tuple[str, ...]],
    nodes: Iterable[Row],
    links: Iterable[Row],
    alerts: Sequence[Row],
) -> Iterator[Statement]:
    """Yield what removes resources and adds them again under `classes`, all else as it was held.

    Not by SET and REMOVE of labels: of those ArcadeDB takes one a node in a transaction.
    """
    by_text: dict[str, list[Row]] = {}
    for row in nodes:
        by_text.setdefault(_add_statement(classes[str(row["uid"])]), []).append(row)
    for row in {row["link"]: row for row in links}.values():  # seen from each end that is remade
        by_text.setdefault(_of_kind(_LINK, str(row["kind"])), []).append(row)
    yield Statement(_REMOVE, [{"uid": uid} for uid in classes])
    for text, rows in by_text.items():
        yield Statement(text, rows)
    yield Statement(_HANG_ALERT, alerts)


@cache
def _of_kind(text: str, kind: str) -> str:
    return text.format(kind=kind)


@cache
def _add_statement(classes: tuple[str, ...]) -> str:
    return _ADD.format(labels="".join(f":`{name}`" for name in ("Resource", *classes)))


def removals(changes: Changes) -> tuple[Statement, Statement]:
    """Return what cuts off and what deletes the resources that go, to run after `updates`."""
    rows = [{"uid": change.uid} for change in changes.changes if change.after is None]
    return Statement(_CUT_OFF, rows), Statement(_REMOVE, rows)


def journal(events: Iterable[Event]) -> Statement:
    """Return what appends `events`."""
    return Statement(_JOURNAL, [_event_row(event) for event in events])


def updates(changes: Changes) -> Iterator[Statement]:
    """Yield what makes every change but the removal of resources, in the order to run it."""
    yield from nodes(changes.changes)
    yield from links_and_alerts(changes.changes)


def nodes(changes: Iterable[Change]) -> Iterator[Statement]:
    """Yield what adds and changes resources' nodes."""
    rows: _RowsByText = defaultdict(list)
    for change in changes:
        if change.after is None:
            continue
        properties = node_properties(change.after)
        if change.before is None:
            rows[_add_statement(change.after.merged.classes)].append({"properties": properties})
            continue
        held = node_properties(change.before)
        changed = {name: v for name, v in properties.items() if not _same(held.get(name), v)}
        unset = dict.fromkeys(held.keys() - properties.keys())
        if changed or unset:
            rows[_CHANGE].append({"uid": change.uid, "properties": unset | changed})
    yield from _statements(rows)


def links_and_alerts(changes: Iterable[Change]) -> Iterator[Statement]:
    """Yield what changes around nodes that stand; what goes makes room for what comes.

    Links around what goes are left to `removals`.
    """
    leaving: _RowsByText = defaultdict(list)
    coming: _RowsByText = defaultdict(list)
    for change in changes:
        if change.after is not None:
            _put_links(change.before, change.after, leaving, coming)
        _put_alerts(change, leaving, coming)
    yield from _statements(leaving)
    yield from _statements(coming)


def _put_links(
    before: Resource | None, after: Resource, leaving: _RowsByText, coming: _RowsByText
) -> None:
    if before is not None and (before.claims, before.joined) == (after.claims, after.joined):
        return
    held = link_properties(before) if before else {}
    wanted = link_properties(after)
    for key in held.keys() - wanted.keys():
        leaving[_of_kind(_UNLINK, key[0])].append(_link_row(after.uid, key))
    for key, properties in wanted.items():
        if key not in held:
            coming[_of_kind(_LINK, key[0])].append(
                {"source": key[1], "target": after.uid, "properties": properties}
            )
        elif held[key] != properties:
            coming[_of_kind(_RELINK, key[0])].append(
                _link_row(after.uid, key) | {"properties": properties}
            )


def _put_alerts(change: Change, leaving: _RowsByText, coming: _RowsByText) -> None:
    held = alert_properties(change.before) if change.before else {}
    wanted = alert_properties(change.after) if change.after else {}
    for alert_id in held.keys() - wanted.keys():
        leaving[_REMOVE_ALERT].append({"id": alert_id})
    for alert_id, properties in wanted.items():
        if alert_id not in held:
            coming[_ADD_ALERT].append({"uid": change.uid, "properties": properties})
        elif held[alert_id] != properties:
            coming[_CHANGE_ALERT].append({"id": alert_id, "properties": properties})


def _statements(rows: _RowsByText) -> Iterator[Statement]:
    for text in sorted(rows):  # in one order for all writers, so that fewer wait for each other
        yield Statement(text, rows[text])


def _same(held: object, wanted: object) -> bool:
    # 1, 1.0 and True are equal in Python and different values in a database.
    return held == wanted and type(held) is type(wanted)


def _link_row(target: str, key: LinkKey) -> dict[str, object]:
    _kind, source, via = key
    joined_key, _, value = via.partition("=")
    return {"source": source, "target": target, "key": joined_key, "value": value}


def _event_row(event: Event) -> Row:
    return {
        "id": event.event_id,
        "seq": event.seq,
        "revision": event.revision,
        "at": event.at,
        "uid": event.uid,
        "kind": event.kind,
        "before": _escaped(event.before),
        "after": _escaped(event.after),
    }


def _escaped(text: str) -> str:
    """Return JSON in which what is no text in UTF-8 (an undecodable byte) is an escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _weight(row: Row) -> int:
    weight = 0
    for value in row.values():
        if isinstance(value, str):
            weight += len(value)
        elif isinstance(value, dict):
            weight += _weight(value)
        else:
            weight += 16 + (sum(map(len, value)) if isinstance(value, list) else 0)
    return weight
