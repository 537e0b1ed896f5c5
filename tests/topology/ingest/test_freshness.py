"""A scope that falls silent: what it reported stays, and nobody claims to know how it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from graph import EAST, WEST, Graph, claim

from topology.gates import Group, Tolerates
from topology.ingest.freshness import freshness_of
from topology.live.live_topology import view_of
from topology.model import Scope
from topology.report import incidents_of, own_words, rule_words, site_sentence
from topology.state import EXACTLY, OK, UNKNOWN, State
from topology.store.values import Scannable

FAILED = EXACTLY[State.FAILED]
DISKS = Group("disks", Tolerates(0), of=("PhysicalDisk",))


def mark(graph: Graph, **silent: bool) -> int:
    """Let scopes fall silent or be heard again; return how many resources that changes."""
    scopes = {"east": str(EAST), "west": str(WEST)}
    changes = freshness_of(
        graph.replica, {scopes[name]: one for name, one in silent.items()}, at=2000.0
    )
    graph.replica.commit(changes, graph.replica.revision + 1)
    return len(changes.changes)


def test_what_a_silent_scope_reported_is_unknown_and_not_removed() -> None:
    """disk --> pool: neither is known to be well, and both are still there."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk"), "pool": claim("StoragePool", parents=["disk"])})

    changed = mark(graph, east=True)

    resources = graph.replica.resources
    assert 2 == changed
    assert {"disk": UNKNOWN, "pool": UNKNOWN} == {
        uid: one.own_state for uid, one in resources.items()
    }
    assert 2000.0 == resources["disk"].own_since
    assert "has not been heard of for a while (stale)" == own_words(resources["disk"])
    assert UNKNOWN == view_of(graph.replica, at=0.0).state("pool")


def test_marking_twice_is_marking_once_and_being_heard_again_undoes_it() -> None:
    """A failed disk is UNKNOWN while nobody looks, and failed again when somebody does."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk", own=FAILED)})
    mark(graph, east=True)

    again, heard = mark(graph, east=True), mark(graph, east=False)

    assert (0, 1) == (again, heard)
    assert FAILED == graph.replica.resources["disk"].own_state


def test_a_report_that_says_the_same_makes_it_fresh_again() -> None:
    """The restarted runtime reports everything; equal is not known until it is said again."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk")})
    mark(graph, east=True)

    graph.report({"disk": claim("PhysicalDisk")}, is_complete=True)

    assert OK == graph.replica.resources["disk"].own_state


def test_while_one_reporter_is_heard_the_silent_one_does_not_count() -> None:
    """East said failed an hour ago, west says well now; when both are silent nobody knows."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk", own=FAILED, label="east")}, scope=EAST)
    graph.report({"disk": claim("PhysicalDisk", label="west")}, scope=WEST)

    mark(graph, east=True)
    one = graph.replica.resources["disk"]
    mark(graph, west=True)

    assert (OK, "west") == (one.own_state, one.name)
    assert UNKNOWN == graph.replica.resources["disk"].own_state


def test_a_missing_member_stays_failed_when_its_scope_falls_silent() -> None:
    """It was gone while somebody still looked."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk")})
    graph.report(
        {"pool": claim("StoragePool", parents=["disk"], of={"disk": "disks"})}, removed=["disk"]
    )

    mark(graph, east=True)

    missing = graph.replica.get("disk")
    assert missing is None or FAILED == missing.own_state


def test_silence_is_one_sentence_and_no_incident_for_each_part() -> None:
    """disk1, disk2 --> OST: disk1 had failed when it was last heard of, which is an incident."""
    graph = Graph()
    ost = replace(claim("ObjectStorageTarget", parents=["disk1", "disk2"]), is_service=True)
    disks = {"disk1": claim("PhysicalDisk", own=FAILED), "disk2": claim("PhysicalDisk")}
    graph.report({**disks, "ost": ost})

    mark(graph, east=True)

    view = view_of(graph.replica, at=0.0)
    incidents = incidents_of(view)
    assert ["disk1"] == [one.cause for one in incidents]
    assert "3 parts have not been heard of for a while." in site_sentence(view, incidents)


def test_the_rule_of_what_is_stale_names_its_scannable_and_since_when() -> None:
    """Of several silent scannables, the one that was heard of last; of a past one, no time."""
    graph = Graph()
    graph.report({"east": claim("Array", label="array 1"), "disk": claim("PhysicalDisk")})
    graph.report({"disk": claim("PhysicalDisk")}, scope=WEST)
    mark(graph, east=True, west=True)
    heard_at = {str(EAST): 1_790_000_000.0, str(WEST): 1_780_000_000.0}

    now, then = (
        view_of(graph.replica, at=0.0, heard_at=heard_at),
        view_of(graph.replica, at=0.0),
    )

    assert "array 1 has not been heard of since 2026-09-21 14:13 UTC" == rule_words(now, "disk")
    assert "array 1 has not been heard of for a while" == rule_words(then, "east")


def test_the_rule_of_a_missing_member_says_since_when_it_is_missing() -> None:
    """disk --> pool: the disk is gone from the report, and the pool needs it."""
    graph = Graph()
    pool = claim("StoragePool", parents=["disk"], of={"disk": "disks"}, groups=(DISKS,))
    graph.report({"disk": claim("PhysicalDisk"), "pool": pool})
    graph.now = 1_790_000_000.0

    graph.report({"pool": claim("StoragePool", groups=(DISKS,))}, removed=["disk"])

    view = view_of(graph.replica, at=0.0)
    assert "missing from the report since 2026-09-21 14:13 UTC" == rule_words(view, "disk")


@pytest.mark.parametrize(
    ("period", "silent_for", "is_silent"),
    [(10, 60, False), (10, 61, True), (60, 180, False), (60, 181, True), (0, 61, True)],
)
def test_silence_is_three_periods_and_at_least_a_minute(
    period: float, silent_for: float, *, is_silent: bool
) -> None:
    """Whatever the phase: a session that fails is not heard either."""
    status = {"phase": "failing", "heard_at": 5000.0, "period_seconds": period}
    scannable = Scannable("array", "kestrel", "Array", status=status)

    assert is_silent == scannable.is_silent(5000.0 + silent_for)
    assert str(Scope("kestrel", "array")) == scannable.scope


def test_what_was_never_heard_is_not_silent() -> None:
    """An imported site has scannables that no runtime here has taken up."""
    assert not Scannable("array", "kestrel", "Array").is_silent(1e12)
