"""One serial number on two things: neither hides the other, and both say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest
from graph import EAST, WEST, Graph, claim
from hypothesis import given, settings
from hypothesis import strategies as st

from topology.gates import Group, Tolerates
from topology.ingest.alias import alias_of
from topology.ingest.collisions import CONDITION, claimed_uid, held_as, qualified, reconsidered
from topology.ingest.freshness import freshness_of
from topology.ingest.reconcile import reconcile
from topology.model import Claim, Scope, Value
from topology.state import EXACTLY, OK, Interval, State

FAILED = EXACTLY[State.FAILED]
NORTH = Scope("plugin", "north")


def disk(own: Interval = OK, attributes: Mapping[str, Value] | None = None, **said: Value) -> Claim:
    attributes = {**(attributes or {}), **said}
    return replace(claim("PhysicalDisk", own=own, label="Disk Z1"), attributes=attributes)


def pool(name: str) -> Claim:
    """A pool of the disk, which it also refers to."""
    group = Group("disks", Tolerates(0), of=("PhysicalDisk",))
    said = claim("StoragePool", parents=["disk"], of={"disk": "disks"}, groups=(group,), label=name)
    return replace(said, attributes={"first": "disk"})


def collided() -> Graph:
    """east: disk(4 TB, failed) --> pool-east; west: disk(8 TB) --> pool-west."""
    graph = Graph()
    east = {"disk": disk(FAILED, capacity=4_000), "pool-east": pool("east")}
    graph.report(east, scope=EAST, is_complete=True)
    west = {"disk": disk(capacity=8_000), "pool-west": pool("west")}
    graph.report(west, scope=WEST, is_complete=True)
    return graph


def test_disks_of_one_serial_and_two_sizes_are_kept_apart_and_both_say_so() -> None:
    """The failure of one is not the failure of the other, nor of its pool."""
    resources = collided().replica.resources

    east, west = (qualified("disk", str(scope)) for scope in (EAST, WEST))
    assert {east, west, "pool-east", "pool-west"} == resources.keys()
    assert (FAILED, OK) == (resources[east].own_state, resources[west].own_state)
    assert [(east,), (west,)] == [
        tuple(one.source for one in resources[name].inputs) for name in ("pool-east", "pool-west")
    ]
    assert [east, west] == [
        resources[name].merged.attributes["first"] for name in ("pool-east", "pool-west")
    ]
    for uid in (east, west):
        (alert,) = resources[uid].merged.alerts
        assert (CONDITION, "warning") == (alert.condition, alert.severity)
        assert "Disk Z1: another thing is reported under the same identity" in alert.message
        assert "(capacity 4000 and 8000)" in alert.message


def test_scanning_again_changes_nothing_and_the_warning_keeps_its_begin() -> None:
    """A complete scan and one of the disk alone."""
    graph = collided()

    whole = graph.report(
        {"disk": disk(capacity=8_000), "pool-west": pool("west")}, scope=WEST, is_complete=True
    )
    alone = graph.report({"disk": disk(FAILED, capacity=4_000)}, scope=EAST)

    assert ((), ()) == (whole, alone)


@pytest.mark.parametrize("how", ["agrees", "lets go", "ends"])
def test_when_they_agree_again_or_one_lets_go_they_are_one_again(how: str) -> None:
    """The serial number was mended; nothing is left of the warning."""
    graph = collided()

    if how == "agrees":
        graph.report({"disk": disk(capacity=4_000)}, scope=WEST)
    else:
        removed = ["disk", "pool-west"]
        graph.report({}, scope=WEST, removed=removed, is_final=True, is_complete=how == "ends")

    resources = graph.replica.resources
    assert "disk" in resources
    assert not any(claimed_uid(uid) != uid for uid in resources)
    assert () == resources["disk"].merged.alerts
    assert ["disk"] == [one.source for one in resources["pool-east"].inputs]
    assert "disk" == resources["pool-east"].merged.attributes["first"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"capacity": 4_000}, {"capacity": 4_100}),
        ({"capacity": 4_000}, {"capacity": 0}),
        ({"capacity": 4_000}, {"wwn": "naa.5000c500a1b2c3d4"}),
        ({"wwn": "naa.5000c500a1b2c3d4"}, {"wwn": "0x5000C500A1B2C3D4"}),
        ({"temperature": 20}, {"temperature": 40}),
    ],
)
def test_what_can_be_one_thing_is_one(one: dict[str, Value], other: dict[str, Value]) -> None:
    """Tools round sizes, leave out what they do not know, and write names differently."""
    graph = Graph()
    graph.report({"disk": disk(attributes=one)}, scope=EAST)

    graph.report({"disk": disk(attributes=other)}, scope=WEST)

    assert ["disk"] == list(graph.replica.resources)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"wwn": "naa.5000c500a1b2c3d4"}, {"wwn": "naa.5000c500a1b2c3d5"}),
        ({"root_of": "node1"}, {"root_of": "node2"}),
    ],
)
def test_two_names_or_two_hosts_that_boot_from_it_are_two_things(
    one: dict[str, Value], other: dict[str, Value]
) -> None:
    """Virtual machines that were cloned have disks of one serial number."""
    graph = Graph()
    graph.report({"disk": disk(attributes=one)}, scope=EAST)

    graph.report({"disk": disk(attributes=other)}, scope=WEST)

    assert 2 == len(graph.replica.resources)


said = st.dictionaries(
    st.sampled_from([EAST, WEST, NORTH]), st.sampled_from([1_000, 1_010, 2_000]), min_size=1
)


@settings(deadline=None, max_examples=60)
@given(first=said, last=said)
def test_the_graph_depends_on_what_is_claimed_and_not_on_who_came_first(
    first: dict[Scope, int], last: dict[Scope, int]
) -> None:
    """Whatever was claimed before; every order ends alike, and no link leads nowhere."""
    outcomes = []
    for order in list(permutations(last))[:3]:
        graph = Graph()
        for scope, size in first.items():
            name = f"pool-{scope.scannable}"
            graph.report({"disk": disk(capacity=size), name: pool(name)}, scope=scope)
        for scope in first.keys() - last.keys():
            graph.report({}, scope=scope, is_complete=True, is_final=True)
        for scope in order:
            name = f"pool-{scope.scannable}"
            graph.report({"disk": disk(capacity=last[scope]), name: pool(name)}, scope=scope)
        resources = graph.replica.resources
        assert all(one.source in resources for held in resources.values() for one in held.inputs)
        outcomes.append(
            {
                uid: (
                    {scope: sorted(one.attributes.items()) for scope, one in held.claims.items()},
                    [alert.condition for alert in held.merged.alerts],
                    [one.source for one in held.inputs],
                )
                for uid, held in resources.items()
            }
        )

    assert all(outcomes[0] == other for other in outcomes)


def lun(size: int | None) -> Claim:
    said: dict[str, Value] = {} if size is None else {"size": size}
    return replace(claim("LogicalDrive", label="home-7"), attributes=said)


def test_a_drive_that_grows_stays_one_until_everybody_has_seen_it() -> None:
    """The array tells at once, a host at its next rescan; then a scan tells of the old size."""
    graph = Graph()
    for scope in (EAST, WEST):
        graph.report({"lun": lun(1_000)}, scope=scope)

    for scope, size in ((EAST, 2_000), (WEST, 1_000), (EAST, 3_000), (WEST, 3_000)):
        graph.report({"lun": lun(size)}, scope=scope, is_complete=True)

        assert ["lun"] == list(graph.replica.resources)
        assert () == graph.replica.resources["lun"].merged.alerts


@pytest.mark.parametrize("first", [[], [None], [1_000]])
def test_drives_of_two_sizes_that_meet_are_kept_apart(first: list[int | None]) -> None:
    """Two controllers that count their serial numbers from one; a size that was not known yet."""
    graph = Graph()
    for size in first:
        graph.report({"lun": lun(size)}, scope=EAST)
    graph.report({"lun": lun(2_000)}, scope=WEST)

    graph.report({"lun": lun(1_000)}, scope=EAST)

    assert 2 == len(graph.replica.resources)


def named(graph: Graph, uid: str, alias: str) -> None:
    changes = alias_of(graph.replica, uid, alias, at=graph.now)
    graph.replica.commit(changes, graph.replica.revision + 1)


def test_an_alias_survives_a_collision_and_its_end() -> None:
    """Nobody knows which of the two was meant, so both are called so while they are apart."""
    graph = Graph()
    graph.report({"disk": disk(capacity=4_000)}, scope=EAST)
    named(graph, "disk", "top left")

    graph.report({"disk": disk(capacity=8_000)}, scope=WEST)
    apart = [one.alias for one in graph.replica.resources.values()]
    graph.report({"disk": disk(capacity=4_000)}, scope=WEST)

    assert ["top left", "top left"] == apart
    assert "top left" == graph.replica.resources["disk"].alias


def test_what_becomes_stale_or_fresh_is_considered_at_once() -> None:
    """A claim that is out of date rules nothing out; nobody needs to report anything."""
    graph = collided()
    whole = {"disk": disk(capacity=8_000), "pool-west": pool("west")}
    places = []

    for is_stale in (True, False):
        changes = freshness_of(graph.replica, {str(WEST): is_stale}, at=graph.now)
        graph.replica.commit(changes, graph.replica.revision + 1)
        touched = {one.uid for one in changes.changes}
        for delta in reconsidered(graph.replica, touched):
            placing = reconcile(graph.replica, delta, at=graph.now)
            graph.replica.commit(placing, graph.replica.revision + 1)
        places.append([held_as(graph.replica, "disk", str(scope)) for scope in (EAST, WEST)])
        resources = graph.replica.resources
        assert [[one] for one in places[-1]] == [
            [link.source for link in resources[name].inputs] for name in ("pool-east", "pool-west")
        ]
        assert (places[-1][0] != "disk") == bool(resources[places[-1][0]].merged.alerts)
        assert () == reconsidered(graph.replica, resources.keys())

    assert [["disk"] * 2, [qualified("disk", str(scope)) for scope in (EAST, WEST)]] == places
    assert () == graph.report(whole, scope=WEST, is_complete=True)
