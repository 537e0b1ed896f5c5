"""Software RAIDs: what md and mdadm tell becomes redundancy that fails when the RAID does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linux_hosts import captured, fixture, of_class, scanned

from plugin_runtime.plugins.linux_host import mdadm, mdstat
from plugin_runtime.plugins.linux_host.facts import RaidArray
from topology.errors import InvalidFile

END = "\nunused devices: <none>\n"
DETAIL = """\
/dev/md0:
        Raid Level : raid1
      Raid Devices : 2
     Total Devices : 2
             State : clean

    Number   Major   Minor   RaidDevice State
       0       8        1        0      active sync   /dev/sda1
       1       8       17        1      active sync   /dev/sdb1
"""


def md(*lines: str) -> str:
    """Return an mdstat with one array."""
    return "Personalities : [raid1]\n" + "\n      ".join(lines) + "\n" + END


def array_in(text: str) -> RaidArray:
    """Return the one array of an mdstat."""
    (array,) = mdstat.read(text, "the capture").arrays
    return array


def states(array: RaidArray) -> dict[str, str]:
    """Return what each device is to the array."""
    return {one.device: one.state for one in array.members}


def test_what_stands_behind_a_member_says_what_it_is() -> None:
    """(F) has failed, (S) is a spare, (J) only a journal, (W) works as any other."""
    array = array_in(
        md(
            "md0 : active raid5 sdf1[5](J) sde1[4](S) sdd1[3](F) sdc1[2] sdb1[1](W) sda1[0]",
            "8192 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]",
        )
    )

    assert {
        "sde1": "spare",
        "sdd1": "faulty",
        "sdc1": "in_sync",
        "sdb1": "in_sync",
        "sda1": "in_sync",
    } == states(array)
    assert ("raid5", 3, True) == (array.level, array.size, array.is_running)


def test_a_member_that_is_being_filled_has_the_highest_number() -> None:
    """Two devices, one up: the later one is not in sync yet."""
    array = array_in(
        md(
            "md0 : active raid1 sdb1[2] sda1[0]",
            "1000 blocks super 1.2 [2/1] [U_]",
            "[==>......]  recovery = 12.6% (126/1000) finish=1.5min speed=1K/sec",
        )
    )

    assert {"sda1": "in_sync", "sdb1": "rebuilding"} == states(array)
    assert ("recovery", 12.6) == (array.activity, array.progress)


@pytest.mark.parametrize(
    ("members", "up", "state"),
    [
        ("sda1[0] sdb1[1] sdc1[2] sdd1[3]", "[4/4] [UUUU]", "OK"),
        ("sda1[0](F) sdb1[1] sdc1[2] sdd1[3]", "[4/3] [_UUU]", "DEGRADED"),
        ("sda1[0](F) sdb1[1](F) sdc1[2] sdd1[3]", "[4/2] [__UU]", "CRITICAL"),
        ("sda1[0](F) sdb1[1](F) sdc1[2](F) sdd1[3]", "[4/1] [___U]", "FAILED"),
        ("sdc1[2] sdd1[3]", "[4/2] [__UU]", "CRITICAL"),
        ("sda1[4] sdb1[1] sdc1[2] sdd1[3]", "[4/3] [_UUU]", "DEGRADED"),
        ("sda1[0] sdb1[1] sdc1[2] sdd1[3] sde1[4](S) sdf1[5](F)", "[4/4] [UUUU]", "OK"),
    ],
)
def test_a_raid6_bears_what_its_level_says(
    tmp_path: Path, members: str, up: str, state: str
) -> None:
    """Failed, gone and rebuilding members count alike; spares do not count at all."""
    text = md(f"md0 : active raid6 {members}", f"1000 blocks super 1.2 level 6 {up}")

    host = scanned(captured(tmp_path / "c", mdstat=text))

    assert state == host.states()["box:/dev/md0"]


def test_a_failed_member_is_the_root_cause_of_its_array(tmp_path: Path) -> None:
    """sdb1, which md calls faulty --> md0"""
    text = md("md0 : active raid1 sda1[0] sdb1[1](F)", "1000 blocks [2/1] [U_]")

    host = scanned(captured(tmp_path / "c", mdstat=text))

    assert {"box:/dev/sdb1"} == host.root_causes("box:/dev/md0")
    assert {"box:/dev/sda1"} == host.new_single_points()["box:/dev/md0"]


def test_an_array_that_is_not_running_has_failed_but_no_container_ever_has(tmp_path: Path) -> None:
    """A container of a firmware RAID holds no data: the array on it does."""
    text = (
        "Personalities : [raid1]\n"
        "md0 : inactive sda1[0](S)\n      1000 blocks super 1.2\n\n"
        "md126 : active raid1 sdc[1] sdb[0]\n      1000 blocks super external:/md127/0 [2/2] [UU]\n"
        "\nmd127 : inactive sdc[1](S) sdb[0](S)\n      900 blocks super external:imsm\n" + END
    )

    (first, second, container) = mdstat.read(text, "the capture").arrays

    assert (False, "", None) == (first.is_running, first.level, first.size)
    assert ("raid1", "container") == (second.level, container.level)
    assert {"box:/dev/md0": "FAILED"} == scanned(captured(tmp_path / "c", mdstat=text)).troubled()


def test_an_array_that_the_kernel_calls_broken_has_failed(tmp_path: Path) -> None:
    """Kernels since 6.5 say so of a RAID0 that lost a member."""
    text = md("md0 : broken (read-only) raid0 sdb[1] sda[0]", "1000 blocks super 1.2 512k chunks")

    host = scanned(captured(tmp_path / "c", mdstat=text))

    assert {"box:/dev/md0": "FAILED"} == host.troubled()


def test_a_member_that_came_back_is_filled_in_its_own_place() -> None:
    """sda1 is number 0, and the first place is not up yet; an activity may be padded."""
    array = array_in(
        md(
            "md0 : active raid1 sdb1[1] sda1[0]",
            "1000 blocks super 1.2 [2/1] [_U]",
            "[>....................]  recovery =  2.6% (26/1000) finish=1.5min speed=1K/sec",
        )
    )

    assert {"sda1": "rebuilding", "sdb1": "in_sync"} == states(array)
    assert ("recovery", 2.6) == (array.activity, array.progress)


def test_the_last_array_of_an_mdstat_that_is_cut_short_is_left_out() -> None:
    """The line that tells of its members may be missing."""
    text = md("md0 : active raid1 sda1[0] sdb1[1]", "10 blocks [2/2] [UU]").replace(
        END, "\nmd1 : active raid1 sdc1[0]"
    )

    facts = mdstat.read(text, "the capture")

    assert ["md0"] == [one.name for one in facts.arrays]
    assert facts.is_partial
    assert ("the capture is cut short, so md1 is left out; capture it anew.",) == facts.warnings


def test_mdadm_lists_an_array_that_was_not_started_without_places(tmp_path: Path) -> None:
    """Some of its members are missing; how many it should have is not told, nor is it cut short."""
    stopped = """\
/dev/md7:
        Raid Level : raid0
     Total Devices : 1
             State : inactive

    Number   Major   Minor   RaidDevice

       -       8        2        -        /dev/sdc2
"""

    host = scanned(captured(tmp_path / "c", mdadm=stopped + DETAIL))

    assert {"box:/dev/md7": "FAILED"} == host.troubled()
    assert "OK" == host.states()["box:/dev/md0"]


def test_of_several_arrays_one_that_is_cut_short_is_left_out() -> None:
    """Nothing is wrong with what is told of the others."""
    other = DETAIL.replace("md0", "md1")

    facts = mdadm.read(DETAIL + other[: other.index("       1       8")], "the capture")

    assert ["md0"] == [one.name for one in facts.arrays]
    assert facts.is_partial
    assert [1] == [one.count("lists 1 of 2 devices of /dev/md1") for one in facts.warnings]


def test_mdadm_tells_which_member_replaces_another() -> None:
    """Until it holds all data a replacement is a spare: the device it replaces still works."""
    text = DETAIL + "       2       8       33        1      spare rebuilding   /dev/sdc1\n"

    (array,) = mdadm.read(text, "the capture").arrays

    assert {"sda1": "in_sync", "sdb1": "in_sync", "sdc1": "spare"} == states(array)


def test_several_arrays_in_one_output_are_told_apart() -> None:
    """`mdadm --detail /dev/md0 /dev/md1` writes one after the other."""
    text = DETAIL + DETAIL.replace("md0", "md1").replace("sda", "sdc").replace("sdb", "sdd")

    arrays = mdadm.read(text, "the capture").arrays

    assert [("md0", "sda1"), ("md1", "sdc1")] == [(one.name, one.used[0]) for one in arrays]


@given(st.integers(min_value=0, max_value=len(DETAIL) - 1))
def test_mdadms_output_that_is_cut_short_is_refused_wherever_it_ends(cut: int) -> None:
    """A device that is not listed would look like one that was removed."""
    with pytest.raises(InvalidFile, match="mdadm --detail"):
        mdadm.read(DETAIL[:cut], "the capture")


def test_mdadm_is_believed_where_it_tells_more_than_mdstat(tmp_path: Path) -> None:
    """mdstat cannot say that sdc1 replaces a device that still works."""
    stat = md("md0 : active raid1 sdc1[2] sdb1[1] sda1[0]", "10 blocks [2/2] [UU]")
    detail = DETAIL + "       2       8       33        1      spare rebuilding   /dev/sdc1\n"

    host = scanned(captured(tmp_path / "c", mdstat=stat, detail=detail))

    assert ("box:/dev/sdc1", "box:/dev/md0") not in host.links
    assert {} == host.troubled()


def test_an_array_on_loop_devices_misses_none_of_them(tmp_path: Path) -> None:
    """They are not shown otherwise."""
    loops = [{"name": name, "type": "loop", "size": 10} for name in ("loop0", "loop1", "loop2")]
    text = md("md0 : active raid1 loop0[0] loop1[1]", "10 blocks [2/2] [UU]")
    source = captured(tmp_path / "c", mdstat=text, lsblk=json.dumps({"blockdevices": loops}))

    host = scanned(source)

    assert {} == host.troubled()
    assert "box:/dev/loop2" not in host.resources


@pytest.mark.fixtures
def test_a_captured_mdstat_gives_eighteen_arrays_and_what_is_wrong_with_them() -> None:
    """Degraded are [U_], [U_UU] and [UU_]; one is inactive, another one a container."""
    host = scanned(fixture("host-procfs"))

    nodes = of_class(host.resources, "DeviceNode")
    assert 18 == sum(label.startswith("box:/dev/md") for label in nodes)
    assert {
        "box:/dev/md4": "FAILED",
        "box:/dev/md6": "CRITICAL",
        "box:/dev/md7": "DEGRADED",
        "box:/dev/md42": "CRITICAL",
    } == {label: word for label, word in host.troubled().items() if "/md" in label}


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("raid0-ok", "OK"),
        ("raid1-failed-and-flags", "OK"),
        ("raid1-faulty-and-removed", "CRITICAL"),
        ("raid1-faulty-with-spare", "CRITICAL"),
        ("raid1-faulty", "CRITICAL"),
        ("raid1-ok-0-9", "OK"),
        ("raid1-ok-failfast", "OK"),
        ("raid1-ok-spare", "OK"),
        ("raid1-ok", "OK"),
        ("raid1-spare-writem-rebuild", "OK"),
        ("raid1-syncing", "OK"),
        ("raid5-ok", "OK"),
        ("container1-member", "OK"),
        ("container1-root", "OK"),
    ],
)
def test_a_captured_array_is_as_mdadm_says(name: str, state: str) -> None:
    """Of a mirror of two, one that was removed, has failed or is rebuilding leaves no margin."""
    host = scanned(fixture(f"host-jc-text/generic__mdadm-query-{name}.out"))

    (array,) = [word for label, word in host.states().items() if label.startswith("box:/dev/md")]

    assert state == array


@pytest.mark.fixtures
def test_what_one_member_says_of_its_array_is_refused() -> None:
    """`mdadm --examine` may be of a member that was thrown out long ago."""
    with pytest.raises(InvalidFile, match=r"mdadm --examine writes of one member.*mdadm --detail"):
        scanned(fixture("host-jc-text/generic__mdadm-examine-raid1-faulty2.out"))


def test_a_rebuild_that_goes_on_is_a_sample_and_changes_no_resource(tmp_path: Path) -> None:
    """Half an hour of rebuilding writes nothing into the graph."""
    text = md(
        "md0 : active raid1 sdb1[2] sda1[0]",
        "1000 blocks super 1.2 [2/1] [U_]",
        "[==>......]  recovery = 12.6% (126/1000) finish=1.5min speed=1K/sec",
    )
    host = scanned(captured(tmp_path, mdstat=text))

    captured(tmp_path, mdstat=text.replace("12.6", "55.1"))

    assert host.scan().is_empty
    assert "CRITICAL" == host.states()["box:/dev/md0"]
