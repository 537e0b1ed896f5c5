"""Captures of several tools together: recognised, contradicting each other, damaged, gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linux_hosts import captured, of_class, scanned
from structlog.testing import capture_logs

from plugin_runtime.plugins.linux_host.captures import read_captures
from topology.errors import InvalidFile

LSBLK = json.dumps(
    {
        "blockdevices": [
            {
                "name": name,
                "type": "disk",
                "size": 10,
                "serial": f"S-{name}",
                "children": [{"name": "mpatha", "kname": "dm-0", "type": "mpath", "size": 10}],
            }
            for name in ("sdb", "sdc")
        ]
    }
)
MAPS = json.dumps(
    {
        "maps": [
            {
                "name": "mpatha",
                "uuid": "36001405c0ffee0000000000000000a01",
                "sysfs": "dm-0",
                "path_groups": [
                    {
                        "paths": [
                            {"dev": "sdb", "dm_st": "active"},
                            {"dev": "sdc", "dm_st": "failed"},
                        ]
                    }
                ],
            }
        ]
    },
    indent=1,
)
MDSTAT = (
    "Personalities : [raid1]\nmd0 : active raid1 sda1[0] sdb1[1]\n      10 blocks [2/2] [UU]\n\n"
    "unused devices: <none>\n"
)
ZPOOL = "  pool: tank\n state: ONLINE\nconfig:\n\n\ttank ONLINE\n\t  sda ONLINE\n\nerrors: none\n"
SMART = {"device": {"name": "/dev/sda"}, "serial_number": "S1", "smart_status": {"passed": False}}


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("lsblk", LSBLK),
        ("multipathd", MAPS),
        ("mdstat", MDSTAT),
        ("zpool", ZPOOL),
        ("smartctl", json.dumps(SMART)),
        ("udevadm", "P: /devices/block/sda\nE: DEVPATH=/devices/block/sda\n"),
        ("lvm", '{"report": [{"lv": []}]}'),
        ("probert", '{"storage": {"blockdev": {}}}'),
        ("mdadm", "/dev/md0:\n     Raid Level : container\n\n"),
        ("multipath", "mpatha (36001) dm-0 ##,##\nsize=1G features='0'\n"),
    ],
)
def test_a_capture_is_recognised_by_what_is_in_it(tmp_path: Path, tool: str, text: str) -> None:
    """Its name says nothing."""
    reading = read_captures(captured(tmp_path / "c", capture=text))

    assert [tool] == [*reading.told]
    assert {} == reading.unread


def test_one_file_may_hold_what_smartctl_says_of_several_disks(tmp_path: Path) -> None:
    """One document after the other; a disk that could not be asked is said."""
    other = SMART | {"device": {"name": "/dev/sdb"}, "serial_number": "S2"}
    failed = {"smartctl": {"messages": [{"string": "Unable to detect device type"}]}}
    text = "\n".join(json.dumps(one, indent=1) for one in (SMART, failed, other))

    reading = read_captures(captured(tmp_path / "c", capture=text))

    assert ["S1", "S2"] == [one.serial for one in reading.told["smartctl"].health]
    assert {"smartctl"} == reading.unread.keys()
    assert [True] == ["Unable to detect device type" in one for one in reading.warnings]


def test_what_smartctl_says_of_a_sas_disk_is_of_the_disk_with_its_wwn(tmp_path: Path) -> None:
    """Older lsblk gives the WWN for a serial number; smartctl calls it the logical unit's id."""
    node = {"name": "sda", "type": "disk", "size": 10, "serial": "35000c500a1b2c3d4"}
    health = SMART | {"serial_number": "ZC1ABC", "logical_unit_id": "0x5000c500a1b2c3d4"}
    source = captured(
        tmp_path / "c", lsblk=json.dumps({"blockdevices": [node]}), smartctl=json.dumps(health)
    )

    host = scanned(source)

    assert "CRITICAL" == host.states()["box:/dev/sda"]
    assert 1 == len(of_class(host.resources, "PhysicalDisk"))


def test_what_smartctl_says_of_an_nvme_controller_is_of_its_namespace(tmp_path: Path) -> None:
    """It is asked for nvme0, which is no block device; several namespaces may be on it."""
    nodes = [{"name": name, "type": "disk", "size": 10} for name in ("nvme0n1", "nvme10n1")]
    health = {"device": {"name": "/dev/nvme0"}, "smart_status": {"passed": False}}
    source = captured(
        tmp_path / "c",
        lsblk=json.dumps({"blockdevices": nodes}),
        smartctl=json.dumps(health),
    )

    host = scanned(source)

    assert "CRITICAL" == host.states()["Disk box:nvme0n1"]
    assert "box:/dev/nvme0" not in host.resources


def test_what_is_in_directories_below_is_said_to_be_left_out(tmp_path: Path) -> None:
    """They may hold what was captured on other hosts."""
    source = captured(tmp_path / "c", capture=LSBLK)
    captured(source / "other", capture=ZPOOL)

    reading = read_captures(source)

    assert ["lsblk"] == [*reading.told]
    assert [True] == ["other' is a directory" in one for one in reading.warnings]
    with pytest.raises(InvalidFile, match=r"/c' is a directory, whose files are not read; name"):
        read_captures(tmp_path)


def test_an_empty_capture_is_known_by_its_name(tmp_path: Path) -> None:
    """What the tool would have told is missing, not absent."""
    with capture_logs() as logs:
        host = scanned(captured(tmp_path / "c", lsblk=LSBLK, multipathd=""))

    assert "UNKNOWN" == host.states()["box:mpatha"]
    assert any("multipathd' holds no JSON, found ''" in one["event"] for one in logs)
    root = next(one for one in host.resources.values() if one.class_name == "LinuxHost")
    assert 1 == root.merged.attributes["unread"]
    assert "warning" in [one.severity for one in root.merged.alerts]


def test_what_a_tool_said_last_stands_in_doubt_when_it_is_cut_short(tmp_path: Path) -> None:
    """sdc does not heal because nobody tells any more that it has failed."""
    source = captured(tmp_path / "c", lsblk=LSBLK, multipathd=MAPS)
    host = scanned(source)
    before = host.troubled()

    captured(source, multipathd=MAPS[:40])
    host.scan()

    assert {"box:/dev/sdc": "FAILED", "box:mpatha": "CRITICAL"} == before
    assert {"box:/dev/sdc": "FAILED", "box:mpatha": "UNKNOWN"} == host.troubled()
    captured(source, multipathd=MAPS)
    host.scan()
    assert before == host.troubled()


def test_pools_and_arrays_do_not_vanish_with_the_tool_that_tells_of_them(tmp_path: Path) -> None:
    """They are still there, and how they are is not known."""
    source = captured(tmp_path / "c", mdstat=MDSTAT, zpool=ZPOOL)
    host = scanned(source)

    captured(source, mdstat="", lsblk=LSBLK)
    (source / "zpool").write_bytes(b"\xff\xfe")
    host.scan()

    states = host.states()
    assert ("UNKNOWN", "UNKNOWN") == (states["box:/dev/md0"], states["box:tank"])


def test_a_tool_that_no_longer_tells_of_a_pool_takes_it_away(tmp_path: Path) -> None:
    """It was exported: that is an answer."""
    source = captured(tmp_path / "c", zpool=ZPOOL)
    host = scanned(source)

    captured(source, zpool="no pools available\n")
    host.scan()

    assert "box:tank" not in host.resources


def test_a_list_of_devices_that_is_cut_short_pulls_no_disk(tmp_path: Path) -> None:
    """The other captures are read on."""
    source = captured(tmp_path / "c", lsblk=LSBLK, multipathd=MAPS)
    host = scanned(source)

    captured(source, lsblk=LSBLK[:50], multipathd=MAPS.replace("failed", "active"))
    host.scan()

    assert {} == host.troubled()
    assert {"box:/dev/sdb", "box:/dev/sdc"} <= host.resources.keys()


def test_two_lists_of_devices_that_differ_are_refused(tmp_path: Path) -> None:
    """Of two hosts, or of one at two times: which one is meant cannot be guessed."""
    source = captured(tmp_path / "c", a=LSBLK, b=LSBLK.replace("S-sdb", "S-other"))

    with pytest.raises(InvalidFile, match=r"a' and '.*b' tell differently of sdb: .*; keep one"):
        read_captures(source)


def test_two_captures_that_say_the_same_are_one(tmp_path: Path) -> None:
    """A copy does no harm."""
    assert {} == scanned(captured(tmp_path / "c", a=MDSTAT, b=MDSTAT)).troubled()


def test_what_two_captures_tell_differently_is_left_out_and_said(tmp_path: Path) -> None:
    """md0 is in both, md1 in one of them alone."""
    other = MDSTAT.replace("sdb1[1]", "sdx1[1](F)").replace(
        "unused", "md1 : active raid0 sdc1[0]\n      10 blocks\n\nunused"
    )

    reading = read_captures(captured(tmp_path / "c", a=MDSTAT, b=other))

    assert ["md1"] == [one.name for one in reading.told["mdstat"].arrays]
    assert reading.unread.keys() == {"mdstat"}
    assert "tell differently of md0" in reading.warnings[0]


def test_other_files_in_a_directory_are_passed_over_and_told(tmp_path: Path) -> None:
    """Notes and archives lie beside captures."""
    source = captured(tmp_path / "c", mdstat=MDSTAT, notes="to do")
    (source / "lvm.tar.xz").write_bytes(b"\xfd7zXZ\0\0")

    reading = read_captures(source)

    assert ["mdstat"] == [*reading.told]
    assert 2 == len(reading.warnings)
    assert all("holds nothing that is read here" in one for one in reading.warnings)


@pytest.mark.parametrize("texts", [{}, {"notes": "to do"}])
def test_a_directory_without_any_capture_is_refused(tmp_path: Path, texts: dict[str, str]) -> None:
    """It names what it could have held."""
    with pytest.raises(InvalidFile, match=r"holds nothing that is read here; .*lsblk, .*lvm"):
        read_captures(captured(tmp_path / "c", **texts))


def test_a_capture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The operating system's reason is passed on."""
    with pytest.raises(InvalidFile, match=r"absent' \(No such file or directory\); correct"):
        read_captures(tmp_path / "absent")


def test_a_disk_that_predicts_its_failure_is_critical_and_so_is_what_needs_it(
    tmp_path: Path,
) -> None:
    """Told by smartctl of the disk that lsblk lists by the same serial number."""
    disk = {"name": "sda", "type": "disk", "size": 10, "serial": "S1"}
    source = captured(
        tmp_path / "c",
        lsblk=json.dumps({"blockdevices": [disk]}),
        smart=json.dumps({**SMART, "device": {"name": "/dev/nvme0"}}),
    )

    assert {"Disk S1": "CRITICAL", "box:/dev/sda": "CRITICAL"} == scanned(source).troubled()


def test_a_disk_behind_a_raid_controller_is_not_taken_for_the_controllers_drive(
    tmp_path: Path,
) -> None:
    """smartctl tells of it under the name of that drive."""
    disk = {"name": "sda", "type": "disk", "size": 10, "serial": "VOLUME"}
    source = captured(
        tmp_path / "c", lsblk=json.dumps({"blockdevices": [disk]}), smart=json.dumps(SMART)
    )

    with capture_logs() as logs:
        host = scanned(source)

    assert {} == host.troubled()
    assert any("tells of a disk S1 as sda, which is another one" in one["event"] for one in logs)
