"""Operators' queries give the same rows on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from contract.resources import resource
from store_engines import Writer, emptied

from topology.model import Alert, Input, LinkKind, Resource
from topology.state import EXACTLY, UNKNOWN, State
from topology.store.graph_store import GraphStore
from topology.store.values import PUBLISHER

FAILED = EXACTLY[State.FAILED]
QUERIES = {
    "count by class": """
        MATCH (n:Resource)
        UNWIND labels(n) AS class
        RETURN class, count(*) AS resources ORDER BY class""",
    "attributes": """
        MATCH (d:HardDrive) WHERE d.capacity >= $least
        RETURN d.uid, d.capacity, d.status ORDER BY d.uid""",
    "no such class or attribute": """
        MATCH (n:Resource) WHERE n.nothing IS NOT NULL
        RETURN n.uid""",
    "text": """
        MATCH (n:Resource) WHERE n.label STARTS WITH 'Hard' AND n.uid =~ 'd-[0-2]'
        RETURN toUpper(n.label) AS label, split(n.uid, '-')[1] AS slot ORDER BY label""",
    "published states": """
        MATCH (n:Resource) WHERE n.state <> 'OK'
        RETURN n.uid, n.state, n.state_low, n.state_high ORDER BY n.uid""",
    "unset comes last": """
        MATCH (n:Resource)
        RETURN n.uid, n.slot ORDER BY n.slot, n.uid""",
    "downstream": """
        MATCH (d:HardDrive {uid: $uid})-[:PARENT_OF|AFFECTS|PROVIDES*1..10]->(n)
        RETURN DISTINCT n.uid AS uid ORDER BY uid""",
    # Neo4j 5.26 drops DISTINCT where the sources are given with IN.
    "downstream of several": """
        UNWIND $uids AS uid
        MATCH (d:Resource {uid: uid})-[:PARENT_OF|AFFECTS|PROVIDES*1..10]->(n:Resource)
        RETURN DISTINCT n.uid AS uid ORDER BY uid""",
    "upstream with distance": """
        MATCH (n:LustreFilesystem {uid: 'scratch'})<-[r:PARENT_OF|PROVIDES*1..10]-(cause)
        RETURN cause.uid AS uid, min(size(r)) AS hops ORDER BY hops, uid""",
    "shortest path": """
        MATCH (d:HardDrive {uid: $uid}), (n:LustreFilesystem {uid: 'scratch'})
        MATCH path = shortestPath((d)-[:PARENT_OF|AFFECTS|PROVIDES*1..30]->(n))
        RETURN [one IN nodes(path) | one.uid] AS via, length(path) AS hops""",
    "what joined them": """
        MATCH (a)-[r:PROVIDES]->(b)
        RETURN a.uid, r.key, r.value, b.uid ORDER BY a.uid""",
    "groups of a link": """
        MATCH (a)-[r]->(b:StoragePool)
        RETURN a.uid, type(r), r.groups, coalesce(r.map, 'as it is') AS map ORDER BY a.uid""",
    "alerts by severity": """
        MATCH (a:Alert)-[:ON]->(n:Resource)
        RETURN a.severity, count(*) AS alerts, collect(n.uid) AS uids ORDER BY a.severity""",
    "without alert": """
        MATCH (d:HardDrive) WHERE NOT (d)<-[:ON]-(:Alert)
        RETURN d.uid ORDER BY d.uid""",
    "optional": """
        MATCH (d:HardDrive)
        OPTIONAL MATCH (d)<-[:ON]-(a:Alert)
        RETURN d.uid, a.message ORDER BY d.uid""",
    "worst of each pool": """
        MATCH (d:HardDrive)-[:PARENT_OF]->(p:StoragePool)
        WITH p, collect(d) AS disks, count(d) AS members
        RETURN p.uid, members, size([d IN disks WHERE d.own_state = 'FAILED']) AS failed,
            reduce(total = 0, d IN disks | total + d.capacity) AS capacity
        ORDER BY p.uid""",
    "case and exists": """
        MATCH (t:ObjectStorageTarget)
        RETURN t.uid, CASE WHEN EXISTS { (t)-->(:LustreFilesystem) } THEN 'used' ELSE 'spare' END
            AS use
        ORDER BY t.uid""",
    "union and paging": """
        MATCH (n:ObjectStorageTarget) RETURN n.uid AS uid
        UNION MATCH (n:StoragePool) RETURN n.uid AS uid""",
    "latest events": """
        MATCH (e:Event) WHERE e.uid = $uid
        RETURN e.kind, e.revision ORDER BY e.seq DESC LIMIT 5""",
    "whole nodes": """
        MATCH (n:Resource {uid: $uid})
        RETURN n""",
    "percentage": """
        MATCH (d:HardDrive)
        RETURN round(100.0 * sum(CASE d.status WHEN 'failed' THEN 1 ELSE 0 END) / count(d), 1)
            AS percent, avg(d.capacity) AS mean, max(d.slot) AS last""",
}
PARAMETERS = {"uid": "d-0", "uids": ["d-0", "d-1", "d-2", "d-3"], "least": 2_000}


@pytest.fixture(scope="module")
def embedded(embedded_store: GraphStore) -> GraphStore:
    return _filled(embedded_store)


@pytest.fixture(scope="module")
def neo4j(neo4j_store: GraphStore) -> GraphStore:
    return _filled(neo4j_store)


@pytest.mark.neo4j
@pytest.mark.parametrize("name", QUERIES)
def test_both_engines_give_the_same_rows(
    embedded: GraphStore, neo4j: GraphStore, name: str
) -> None:
    """In the same order where the query says one."""
    ours = embedded.query(QUERIES[name], PARAMETERS)
    theirs = neo4j.query(QUERIES[name], PARAMETERS)

    is_ordered = "ORDER BY" in QUERIES[name]
    assert _sorted(theirs.rows, is_ordered) == _sorted(ours.rows, is_ordered)


def test_the_queries_find_something(embedded: GraphStore) -> None:
    """Two engines that both find nothing would agree on everything."""
    empty = {name for name, query in QUERIES.items() if not embedded.query(query, PARAMETERS).rows}

    assert {"no such class or attribute"} == empty


def test_paths_are_counted_once_however_many_lead_there(embedded: GraphStore) -> None:
    """d-0 and d-1 --> pool-0 --> lun-0 --> ost-0 --> scratch, and mpath-0 beside lun-0"""
    found = embedded.query(QUERIES["downstream of several"], {"uids": ["d-0", "d-1"]})

    assert ["lun-0", "mpath-0", "ost-0", "pool-0", "scratch"] == [uid for (uid,) in found.rows]


def _filled(store: GraphStore) -> GraphStore:
    writer = Writer(emptied(store))
    writer.put(*_site())
    writer.put(resource("d-0", attributes=_disk(0, "failed"), own=FAILED, alerts=[_alert(0)]))
    writer.remove("spare")
    states = {"d-0": FAILED, "pool-0": EXACTLY[State.DEGRADED], "lun-1": UNKNOWN}
    store.publish(states, store.revision(), store.take_lease(PUBLISHER, "test"))
    return store


def _site() -> Iterator[Resource]:
    yield resource("spare", attributes=_disk(9))
    for n in range(4):
        yield resource(f"d-{n}", attributes=_disk(n), alerts=[_alert(n)] if n % 2 else [])
    for n in range(2):
        disks = [f"d-{2 * n}", f"d-{2 * n + 1}"]
        yield resource(f"pool-{n}", "StoragePool", parents=disks)
        yield resource(f"lun-{n}", "LogicalDrive", parents=[f"pool-{n}"])
        joined = Input(f"lun-{n}", LinkKind.PROVIDES, groups=("views",), via=f"scsi_serial=600{n}")
        yield replace(resource(f"mpath-{n}", "MultipathDevice"), joined=(joined,))
        yield resource(f"ost-{n}", "ObjectStorageTarget", parents=[f"lun-{n}", f"mpath-{n}"])
    yield resource("ost-2", "ObjectStorageTarget")
    yield resource("scratch", "LustreFilesystem", parents=["ost-0", "ost-1"])


def _disk(slot: int, status: str = "ok") -> dict[str, str | int | float | bool]:
    return {"slot": slot, "capacity": 1_000 * (slot + 1), "status": status, "load": slot / 4}


def _alert(n: int) -> Alert:
    return Alert("hot", "warning" if n % 2 else "error", f"Disk {n} is hot", 1_000.0 + n)


def _sorted(rows: tuple[tuple[object, ...], ...], is_ordered: bool) -> list[tuple[object, ...]]:
    return list(rows) if is_ordered else sorted(rows, key=repr)
