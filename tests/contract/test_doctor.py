"""The doctor finds what is wrong with a store and says what to do, on each engine."""

from __future__ import annotations

import time

import pytest
from contract.test_whole_line import DISK, Site
from store_engines import emptied, raw

from topology.doctor import Finding, examined
from topology.store.graph_store import GraphStore


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    store = emptied(request.getfixturevalue(request.param))
    site = Site(store)
    site.set(failed=DISK)
    site.set(failed="")
    raw(store, "MATCH (n:Resource) SET n.state = 'OK'")
    return store


def found(store: GraphStore) -> list[tuple[str, str]]:
    return [(one.grade, one.check) for one in examined(store)]


def test_a_store_in_order_has_nothing_wrong(store: GraphStore) -> None:
    """Nor has it after churn."""
    assert [] == examined(store)


def test_what_is_damaged_is_named_with_its_remedy(store: GraphStore) -> None:
    """An event that is gone, an alert on nothing, a revision put back, a link that is not held."""
    raw(store, "MATCH (e:Event) WITH max(e.seq) AS last MATCH (e:Event {seq: last - 1}) DELETE e")
    raw(store, "CREATE (:Alert {id: 'loose'})")
    raw(store, "MATCH (m:Meta) SET m.revision = 1")

    findings = examined(store)

    assert {"journal", "alerts", "revision"} == {f.check for f in findings if f.exit_code == 2}
    assert all(finding.mend for finding in findings)


def test_a_resource_that_no_scannable_reports_is_an_orphan(store: GraphStore) -> None:
    """Somebody removed the scannable past the product."""
    raw(store, "MATCH (s:Scannable) WHERE s.id <> 'admin' AND s.id <> 'publisher' DELETE s")

    assert [("warning", "orphans")] == found(store)


def test_a_scannable_that_nobody_scans_is_told(store: GraphStore) -> None:
    """Its holder has fallen silent, or there is none."""
    (scannable,) = store.scannables()
    raw(store, "MATCH (s:Scannable {id: $id}) SET s.beat = 1.0", id=scannable.scannable_id)

    (finding,) = examined(store)

    assert ("leases", "warning") == (finding.check, finding.grade)
    assert "first, which scans" in finding.said


def test_a_clock_that_is_ahead_is_told_with_its_machine(store: GraphStore) -> None:
    """Leases do not depend on it; times of events do."""
    raw(store, "CREATE (:Holder {id: 'oss7:1:a', beat: $beat})", beat=time.time() + 3600)

    (finding,) = examined(store)

    assert isinstance(finding, Finding)
    assert finding.check == "clocks"
    assert finding.said.startswith("the clock of oss7:1:a is 3")
