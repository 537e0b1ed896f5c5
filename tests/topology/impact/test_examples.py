"""The worked examples of the impact semantics, each as the picture it was computed on."""

from __future__ import annotations

import pytest
from builders import ended_by, group, names, topology_of, troubled, words

from topology.gates import InputMap, Needs, Tolerates
from topology.impact import Layout, judge
from topology.state import State

AT_MOST_PARTIAL = InputMap.capped(State.PARTIAL)

OVER_FIVE_ENCLOSURES = topology_of(
    """
    e0 --> d0 d5
    e1 --> d1 d6
    e2 --> d2 d7
    e3 --> d3 d8
    e4 --> d4 d9
    d{0..9} --> pool
    """,
    gates={"pool": Tolerates(2)},
)

TWO_SERVERS_TWO_CONTROLLERS = topology_of(
    """
    c0 --> p00 p10
    c1 --> p01 p11
    p00 p01 --> device-0
    p10 p11 --> device-1
    s0 device-0 --> way-0
    s1 device-1 --> way-1
    way-0 way-1 --> target
    """,
    gates={"device-0": Tolerates(1), "device-1": Tolerates(1), "target": Needs(1)},
    components="p00 p01 p10 p11",
)

FILESYSTEM = topology_of(
    "mdt0 mdt1 ost{0..3} mgs --> scratch",
    maps={
        "scratch": {
            "mdt1": AT_MOST_PARTIAL,
            **dict.fromkeys(names("ost{0..3}"), AT_MOST_PARTIAL),
            "mgs": InputMap.capped(State.DEGRADED),
        }
    },
)


def raid6_chain(*, present: int = 10) -> Layout:
    """Ten disks --> pool --> lun --> ost --> scratch, of which only `present` are reported."""
    disks = f"d{{0..{present - 1}}}" if present else ""
    return topology_of(
        f"{disks} --> pool --> lun --> ost --> scratch",
        groups={"pool": [group(disks, Tolerates(2), size=10)]},
        maps={"scratch": {"ost": AT_MOST_PARTIAL}},
    )


RAID6_STATES = [
    (0, ["OK", "OK", "OK", "OK"]),
    (1, ["DEGRADED", "DEGRADED", "DEGRADED", "DEGRADED"]),
    (2, ["CRITICAL", "CRITICAL", "CRITICAL", "CRITICAL"]),
    (3, ["FAILED", "FAILED", "FAILED", "PARTIAL"]),
    (10, ["FAILED", "FAILED", "FAILED", "PARTIAL"]),
]


@pytest.mark.parametrize(("lost", "expected"), RAID6_STATES)
def test_a_raid6_pool_bears_two_failed_disks_and_no_third(lost: int, expected: list[str]) -> None:
    """Ten disks, two of them spare capacity for failures, below a Lustre target."""
    failed = f"d{{0..{lost - 1}}}" if lost else ""

    judgement = judge(troubled(raid6_chain(), failed))

    assert expected == words(judgement, "pool lun ost scratch")


@pytest.mark.parametrize(("lost", "expected"), RAID6_STATES)
def test_a_disk_that_vanished_counts_as_a_failed_one(lost: int, expected: list[str]) -> None:
    """A pool remembers how many members it should have."""
    judgement = judge(raid6_chain(present=10 - lost))

    assert expected == words(judgement, "pool lun ost scratch")


@pytest.mark.parametrize(
    ("width", "failed", "expected"),
    [
        (2, "", "OK"),
        (2, "d0", "CRITICAL"),
        (2, "d0 d1", "FAILED"),
        (5, "", "OK"),
        (5, "d0", "CRITICAL"),
        (5, "d0 d1", "FAILED"),
    ],
)
def test_raid1_and_raid5_bear_one_failed_disk(width: int, failed: str, expected: str) -> None:
    """Two mirrored disks, five with one parity: nothing is DEGRADED, the next one ends it."""
    layout = topology_of(f"d{{0..{width - 1}}} --> pool", gates={"pool": Tolerates(1)})

    judgement = judge(troubled(layout, failed))

    assert [expected] == words(judgement, "pool")


def test_a_rebuilding_disk_is_not_yet_there() -> None:
    """RAID5 of five with one out of sync stands where RAID5 with one failed stands."""
    layout = topology_of(
        "d{0..4} --> pool",
        groups={"pool": [group("d{0..4}", Tolerates(1), out_of_sync="d3")]},
    )

    judgement = judge(layout)

    assert ["CRITICAL"] == words(judgement, "pool")
    assert ("d0", "d1", "d2", "d4") == judgement.single_points["pool"].new
    assert ("d3",) == judgement.because["pool"].root_causes


@pytest.mark.parametrize(
    ("failed", "expected"),
    [("a0", "CRITICAL"), ("a0 a1", "CRITICAL"), ("a0 b0", "FAILED")],
)
def test_raid10_ends_with_both_halves_of_one_mirror(failed: str, expected: str) -> None:
    """A series of mirrors."""
    layout = topology_of(
        """
        a0 b0 --> mirror-0
        a1 b1 --> mirror-1
        mirror-0 mirror-1 --> pool
        """,
        gates={"mirror-0": Tolerates(1), "mirror-1": Tolerates(1)},
    )

    judgement = judge(troubled(layout, failed))

    assert [expected] == words(judgement, "pool")


def test_one_failed_disk_makes_single_points_of_the_enclosures_it_is_not_in() -> None:
    """RAID6 over five enclosures, two disks in each: no count of its disks would tell."""
    judgement = judge(troubled(OVER_FIVE_ENCLOSURES, "d0"))

    assert {"e1", "e2", "e3", "e4"} == ended_by(judgement, "pool")
    assert ("e1", "e2", "e3", "e4") == judgement.single_points["pool"].new
    assert ["CRITICAL"] == words(judgement, "pool")
    assert "e1, e2, e3, e4 each end it now" == str(judgement.because["pool"].rule)
    assert ("d0",) == judgement.because["pool"].root_causes


@pytest.mark.parametrize(
    ("failed", "expected", "points"),
    [
        ("p00 p11", "DEGRADED", set()),
        ("p00 p10", "CRITICAL", {"c1"}),
        ("c0", "CRITICAL", {"c1"}),
        ("s0", "CRITICAL", {"s1"}),
        ("s0 s1", "FAILED", set()),
    ],
)
def test_paths_down_matter_by_the_controller_they_lead_to(
    failed: str, expected: str, points: set[str]
) -> None:
    """Two servers with a path to each of two controllers: pNM joins server N to controller M."""
    judgement = judge(troubled(TWO_SERVERS_TWO_CONTROLLERS, failed))

    assert [expected] == words(judgement, "target")
    assert points == ended_by(judgement, "target")


def test_a_failed_controller_is_critical_everywhere_above_it() -> None:
    """Each server is left with one way to the one controller that still runs."""
    judgement = judge(troubled(TWO_SERVERS_TWO_CONTROLLERS, "c0"))

    assert ["CRITICAL"] * 5 == words(judgement, "device-0 device-1 way-0 way-1 target")


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ("mgs", "DEGRADED"),
        ("mdt0", "FAILED"),
        ("mdt1", "PARTIAL"),
        ("ost2", "PARTIAL"),
        ("ost{0..3}", "PARTIAL"),
        ("mgs ost0", "PARTIAL"),
    ],
)
def test_a_filesystem_loses_what_its_targets_hold(failed: str, expected: str) -> None:
    """Only MDT0000 takes all of it; without the MGS it goes on."""
    judgement = judge(troubled(FILESYSTEM, failed))

    assert [expected] == words(judgement, "scratch")


@pytest.mark.parametrize(
    ("failed", "unknown", "expected"),
    [
        ("", "d0 d1", (State.OK, State.CRITICAL)),
        ("", "d0 d1 d2", (State.OK, State.FAILED)),
        ("d0 d1", "d2", (State.CRITICAL, State.FAILED)),
    ],
)
def test_unknown_disks_leave_an_interval(
    failed: str, unknown: str, expected: tuple[State, State]
) -> None:
    """A RAID6 pool is as bad as the unknown disks allow."""
    judgement = judge(troubled(raid6_chain(), failed, unknown=unknown))

    state = judgement.states["pool"]
    assert expected == (state.low, state.high)


def test_a_predicted_failure_of_a_part_it_cannot_do_without_is_critical() -> None:
    """The only controller says that it is about to fail; by itself it is a point by design."""
    layout = topology_of("controller disk --> lun --> ost")

    judgement = judge(troubled(layout, own={"controller": State.CRITICAL}))

    assert ["CRITICAL", "CRITICAL"] == words(judgement, "lun ost")
    assert "controller ends it now" == str(judgement.because["ost"].rule)


def test_a_predicted_failure_of_a_part_it_can_do_without_is_not() -> None:
    """One disk of a RAID6 predicts its failure: the pool is weak and bears it."""
    judgement = judge(troubled(raid6_chain(), own={"d4": State.CRITICAL}))

    assert ["DEGRADED", "DEGRADED"] == words(judgement, "pool ost")
