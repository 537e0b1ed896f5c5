"""Where the engines differ, as the cookbook's first page says. Gone? Then so is the advice."""

from __future__ import annotations

import pytest
from contract.queried_site import fill

from topology.store.graph_store import GraphStore


@pytest.fixture(scope="module")
def filled_neo4j(neo4j_store: GraphStore) -> GraphStore:
    fill(neo4j_store)
    return neo4j_store


@pytest.fixture
def uids(filled_neo4j: GraphStore) -> list[str]:
    found = filled_neo4j.query("MATCH (d:PhysicalDisk) RETURN d.uid").rows
    return [str(uid) for (uid,) in found]


_DOWNSTREAM_OF_MANY = """
MATCH (d:PhysicalDisk)
WHERE d.uid IN $uids
MATCH (d)-[:PARENT_OF|AFFECTS|PROVIDES*1..10]->(n:Resource)
RETURN DISTINCT n.uid"""
_UNWOUND = """
UNWIND $uids AS uid
MATCH (d:PhysicalDisk {uid: uid})-[:PARENT_OF|AFFECTS|PROVIDES*1..10]->(n:Resource)
RETURN DISTINCT n.uid"""


@pytest.mark.neo4j
def test_neo4j_5_26_forgets_distinct_behind_a_list_of_sources(
    filled_neo4j: GraphStore, uids: list[str]
) -> None:
    """The form that the cookbook names instead gives each once. Gone? Then so is the advice."""
    listed = filled_neo4j.query(_DOWNSTREAM_OF_MANY, {"uids": uids}).rows
    unwound = filled_neo4j.query(_UNWOUND, {"uids": uids}).rows

    assert len(set(unwound)) == len(unwound)
    assert set(unwound) == set(listed)
    assert len(listed) > len(set(listed))


@pytest.mark.neo4j
@pytest.mark.parametrize(
    "end", ["WITH count(DISTINCT n) AS found RETURN found", "WITH DISTINCT n RETURN count(n)"]
)
def test_neo4j_5_26_counts_too_much_behind_a_list_of_sources(
    filled_neo4j: GraphStore, uids: list[str], end: str
) -> None:
    """The same defect as a wrong number; the other form counts each once."""
    each = set(filled_neo4j.query(_UNWOUND, {"uids": uids}).rows)

    (listed,), (unwound,) = (
        filled_neo4j.query(text.replace("RETURN DISTINCT n.uid", end), {"uids": uids}).rows
        for text in (_DOWNSTREAM_OF_MANY, _UNWOUND)
    )

    assert (len(each),) == unwound
    assert (len(each),) < listed


def test_the_embedded_engine_finds_nothing_behind_an_unwind_behind_a_match(
    embedded_store: GraphStore,
) -> None:
    """With a WITH between them it does. Gone? Then so is the advice."""
    fill(embedded_store)
    tail = "UNWIND uids AS uid MATCH (c:Resource {uid: uid}) RETURN count(c)"
    found = "MATCH (f:LustreFilesystem)"

    with_between = embedded_store.query(f"{found} WITH f.root_causes AS uids {tail}").rows
    without = embedded_store.query(f"{found} {tail.replace('uids', 'f.root_causes', 1)}").rows

    assert ((6,), (0,)) == (*with_between, *without)
