"""What scopes say becomes one graph: claims, removals, missing members, joins, no parent cycle."""

from __future__ import annotations

import pytest
from graph import EAST, WEST, Graph, claim

from topology.errors import DeltaRejected
from topology.gates import Group, Tolerates
from topology.model import Alert, Claim, Scope
from topology.state import EXACTLY, OK, UNKNOWN, State

FAILED = EXACTLY[State.FAILED]
RAID6 = Group("disks", Tolerates(2), of=("PhysicalDisk",))


def test_saying_the_same_again_changes_nothing() -> None:
    """A re-scan of an unchanged site writes nothing."""
    graph = Graph()
    report = {"disk": claim(), "pool": claim("StoragePool", parents=["disk"])}
    graph.report(report, is_complete=True)

    changes = graph.report(report, is_complete=True)

    assert changes == ()


def test_a_complete_report_removes_what_is_gone_and_only_in_its_scope() -> None:
    """Removal never reaches outside the scope that reports."""
    graph = Graph()
    graph.report({"a": claim(), "b": claim()}, scope=EAST, is_complete=True)
    graph.report({"c": claim()}, scope=WEST, is_complete=True)

    graph.report({"a": claim()}, scope=EAST, is_complete=True)

    assert set(graph.replica.resources) == {"a", "c"}


def test_a_disk_two_arrays_report_survives_one_of_them() -> None:
    """A removal drops the reporter's claim; the resource goes with the last claim."""
    graph = Graph()
    graph.report({"disk": claim(own=FAILED)}, scope=EAST)
    graph.report({"disk": claim()}, scope=WEST)
    both = graph.replica.resources["disk"].own_state

    graph.report({}, scope=EAST, removed=["disk"])
    one = graph.replica.resources["disk"].own_state
    graph.report({}, scope=WEST, removed=["disk"])

    assert (FAILED, OK) == (both, one)
    assert "disk" not in graph.replica.resources


def test_an_unknown_report_hides_a_lesser_one_but_never_a_failure() -> None:
    """Worst known if CRITICAL or worse, else UNKNOWN if any says so."""
    graph = Graph()
    graph.report({"disk": claim(own=UNKNOWN)}, scope=EAST)

    graph.report({"disk": claim(own=EXACTLY[State.DEGRADED])}, scope=WEST)
    lesser = graph.replica.resources["disk"].own_state
    graph.report({"disk": claim(own=EXACTLY[State.CRITICAL])}, scope=WEST)

    assert lesser == UNKNOWN
    assert EXACTLY[State.CRITICAL] == graph.replica.resources["disk"].own_state


@pytest.mark.parametrize("order", [(EAST, WEST), (WEST, EAST)])
def test_hearsay_counts_only_while_nobody_says_it_at_first_hand(order: tuple[Scope, Scope]) -> None:
    """An MGS that lists an OST makes it known; how it is, its server knows."""
    alert = Alert("unchecked", "info", "nobody knows", 1000.0)
    said = {
        EAST: claim("Ost", own=UNKNOWN, is_hearsay=True, label="listed", alerts=(alert,)),
        WEST: claim("Ost", parents=["server"], label="served"),
    }
    graph = Graph()
    graph.report({"server": claim("Host")}, scope=WEST)
    for scope in order:
        graph.report({"ost": said[scope]}, scope=scope)
    both = graph.replica.resources["ost"]

    graph.report({}, scope=WEST, removed=["ost"])
    listed = graph.replica.resources["ost"]

    assert (OK, "served", ()) == (both.own_state, both.name, both.merged.alerts)
    assert (UNKNOWN, "listed", (alert,)) == (listed.own_state, listed.name, listed.merged.alerts)


def test_of_hearsay_alone_the_worst_counts() -> None:
    """Two who only heard of it are merged as any two reporters."""
    graph = Graph()
    graph.report({"ost": claim(own=UNKNOWN, is_hearsay=True)}, scope=EAST)

    graph.report({"ost": claim(own=FAILED, is_hearsay=True)}, scope=WEST)

    assert FAILED == graph.replica.resources["ost"].own_state


def site(disks: list[str]) -> Graph:
    """disk --> pool, RAID6, with no size declared."""
    graph = Graph()
    graph.report(pool_of(disks), is_complete=True)
    return graph


def pool_of(disks: list[str], group: Group = RAID6) -> dict[str, Claim]:
    members = dict.fromkeys(disks, "disks")
    pool = claim("StoragePool", parents=disks, of=members, groups=(group,))
    return {**{disk: claim() for disk in disks}, "pool": pool}


def test_a_disk_that_vanishes_from_its_pool_is_missing_not_forgotten() -> None:
    """It stays with its last links, failed, since the scan that missed it; re-scans keep it so."""
    graph = site(["d1", "d2", "d3"])

    graph.report(pool_of(["d1", "d2"]), is_complete=True)
    since = graph.now
    graph.report(pool_of(["d1", "d2"]), is_complete=True)

    missing = graph.replica.resources["d3"]
    assert (FAILED, since) == (missing.own_state, missing.missing_since)
    assert ("PARENT_OF", "d3") in graph.links_into("pool")


def test_a_missing_member_is_forgotten_when_a_new_one_takes_its_place() -> None:
    """Three slots: d1 d2 d3, then d1 d2, then d1 d2 d4."""
    graph = site(["d1", "d2", "d3"])
    graph.report(pool_of(["d1", "d2"]), is_complete=True)

    graph.report(pool_of(["d1", "d2", "d4"]), is_complete=True)

    assert set(graph.replica.resources) == {"d1", "d2", "d4", "pool"}
    assert graph.links_into("pool") == {("PARENT_OF", uid) for uid in ("d1", "d2", "d4")}


def test_a_missing_member_that_returns_is_itself_again() -> None:
    """Pulled and put back: no trace in states or links."""
    graph = site(["d1", "d2", "d3"])
    before = graph.links_into("pool")
    graph.report(pool_of(["d1", "d2"]), is_complete=True)

    graph.report(pool_of(["d1", "d2", "d3"]), is_complete=True)

    returned = graph.replica.resources["d3"]
    assert (OK, None) == (returned.own_state, returned.missing_since)
    assert before == graph.links_into("pool")


def test_a_missing_member_is_forgotten_when_the_declared_size_shrinks() -> None:
    """A pool reshaped from three to two disks misses none."""
    graph = Graph()
    of_three = Group("disks", Tolerates(1), size=3, of=("PhysicalDisk",))
    of_two = Group("disks", Tolerates(1), size=2, of=("PhysicalDisk",))
    graph.report(pool_of(["d1", "d2", "d3"], of_three), is_complete=True)
    graph.report(pool_of(["d1", "d2"], of_three), is_complete=True)
    while_missed = set(graph.replica.resources)

    graph.report(pool_of(["d1", "d2"], of_two), is_complete=True)

    assert while_missed - set(graph.replica.resources) == {"d3"}


def test_nothing_is_missing_from_a_pool_that_went_too() -> None:
    """A deleted pool takes its disks along."""
    graph = site(["d1", "d2"])

    graph.report({"d1": claim()}, is_complete=True)

    assert set(graph.replica.resources) == {"d1"}


def test_a_scannable_that_is_removed_leaves_no_missing_members() -> None:
    """The array is gone on purpose; a host's device that used its LUN stays, without the link."""
    graph = Graph()
    graph.report({"lun": claim("LogicalDrive", provides="6001")}, scope=EAST)
    needs = Group("paths", of=("LogicalDrive",))
    graph.report({"dev": claim("DeviceNode", subscribes="6001", groups=(needs,))}, scope=WEST)

    graph.report({}, scope=EAST, is_complete=True, is_final=True)

    assert set(graph.replica.resources) == {"dev"}
    assert graph.links_into("dev") == set()


@pytest.mark.parametrize("first", ["lun", "device"])
def test_a_provider_and_a_subscriber_join_whichever_arrives_first(first: str) -> None:
    """lun --PROVIDES scsi_serial--> device, across scopes."""
    graph = Graph()
    lun = {"lun": claim("LogicalDrive", provides="6001")}
    device = {"device": claim("DeviceNode", subscribes="6001")}
    order = [(lun, EAST), (device, WEST)]

    for report, scope in order if first == "lun" else reversed(order):
        graph.report(report, scope=scope)

    assert graph.links_into("device") == {("PROVIDES", "lun")}


def test_a_join_follows_the_value_when_it_changes() -> None:
    """The device moves from one LUN to another."""
    graph = Graph()
    graph.report({"a": claim(provides="1"), "b": claim(provides="2")}, scope=EAST)
    graph.report({"device": claim("DeviceNode", subscribes="1")}, scope=WEST)

    graph.report({"device": claim("DeviceNode", subscribes="2")}, scope=WEST)
    moved = graph.links_into("device")
    graph.report({"b": claim(provides="3")}, scope=EAST)

    assert moved == {("PROVIDES", "b")}
    assert graph.links_into("device") == set()


def test_a_provider_joins_the_group_its_class_belongs_to() -> None:
    """A multipath device that needs a logical drive gets it by the join."""
    graph = Graph()
    needs = Group("drives", of=("LogicalDrive",))
    graph.report({"dev": claim("MultipathDevice", subscribes="6001", groups=(needs,))}, scope=WEST)

    graph.report({"lun": claim("LogicalDrive", provides="6001")}, scope=EAST)

    assert [("drives",)] == [one.groups for one in graph.replica.resources["dev"].inputs]


def test_a_parent_cycle_is_refused_whole_and_named() -> None:
    """a -> b -> c -> a: nothing of the delta is applied."""
    graph = Graph()
    graph.report({"a": claim(label="a"), "b": claim(parents=["a"], label="b")})
    before = dict(graph.replica.resources)

    with pytest.raises(DeltaRejected, match=r"parents form a cycle: .* -> .* -> .*; a resource"):
        graph.report({"c": claim(parents=["b"], label="c"), "a": claim(parents=["c"], label="a")})

    assert before == graph.replica.resources


def test_dependencies_that_are_not_composition_may_form_a_cycle() -> None:
    """Two switches that carry each other's uplink."""
    graph = Graph()

    graph.report({"sw1": claim(affects=["sw2"]), "sw2": claim(affects=["sw1"])})

    assert graph.links_into("sw1") == {("AFFECTS", "sw2")}


def test_an_alert_keeps_its_begin_however_often_it_is_checked() -> None:
    """One row from begin to end, whatever its severity becomes."""
    graph = Graph()
    graph.report({"disk": claim(alerts=(Alert("hot", "warning", "disk is hot", 10.0),))})

    graph.report({"disk": claim(alerts=(Alert("hot", "error", "disk is very hot", 20.0),))})

    assert graph.replica.resources["disk"].merged.alerts == (
        Alert("hot", "error", "disk is very hot", 10.0),
    )


def test_the_begin_of_an_own_state_is_the_delta_that_changed_it() -> None:
    """Attributes may change meanwhile; only a new own state moves the begin."""
    graph = Graph()
    graph.report({"disk": claim()})
    graph.report({"disk": claim(own=FAILED)})
    begun = (graph.now, graph.replica.revision)

    graph.report({"disk": claim(own=FAILED, label="sdb")})

    disk = graph.replica.resources["disk"]
    assert begun == (disk.own_since, disk.own_revision)
