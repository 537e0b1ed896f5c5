"""A host's disks and block devices: what is shown, what joins and what depends on what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linux_hosts import captured, fixture, of_class, scanned

from plugin_runtime.plugins.linux_host import LinuxHost, LinuxHostPlugin
from plugin_runtime.testing import Scanned, session_of
from topology.errors import InvalidFile
from topology.model import Provision

SAMPLES = Path(__file__).parent / "samples"

Columns = dict[str, object]


def listing(capture: Path, *devices: Columns) -> Path:
    """Let the capture list these devices from now on."""
    capture.write_text(json.dumps({"blockdevices": devices}))
    return capture


def disk(name: str, **columns: object) -> Columns:
    """Return one disk as lsblk writes it."""
    return {"name": name, "type": "disk", "size": 1000, **columns}


def array(name: str, level: str = "raid1") -> Columns:
    """Return one software RAID as lsblk writes it below each of its members."""
    return {"name": name, "type": level, "size": 1000}


def test_only_devices_that_hold_something_are_shown() -> None:
    """No loop, zram, ram, optical or empty device, but what is built on a loop."""
    nodes = of_class(scanned(SAMPLES / "multipath.lsblk.json").resources, "DeviceNode")

    assert {
        *(f"box:/dev/{name}" for name in ("sda", "sda1", "sda2", "sdb", "sdc", "vda", "vdb")),
        *(f"box:/dev/mapper/{name}" for name in ("luks-root", "system-root", "system-swap")),
        "box:/dev/mapper/images-one",
    } == nodes.keys()


def test_an_empty_device_is_shown_where_something_is_built_on_it(tmp_path: Path) -> None:
    """A member that reports no size still carries its array."""
    capture = listing(tmp_path / "c", disk("sda", size=0, children=[array("md0")]))

    assert {"box:/dev/sda", "box:/dev/md0"} == of_class(
        scanned(capture).resources, "DeviceNode"
    ).keys()


def test_disks_are_the_hosts_own_and_not_the_paths_to_an_array() -> None:
    """sdb and sdc are two paths to one LUN; its array reports the disks behind it."""
    disks = of_class(scanned(SAMPLES / "multipath.lsblk.json").resources, "PhysicalDisk")

    assert {"SAMSUNG MZ7LH480 S45PNA0M520238", "Disk box:vda", "Disk box:vdb"} == disks.keys()


def test_layers_depend_on_what_they_are_built_on_and_disks_on_the_host() -> None:
    """disk, host --> sda --> sda2 --> luks-root --> system-root"""
    links = scanned(SAMPLES / "multipath.lsblk.json").links

    assert {
        ("SAMSUNG MZ7LH480 S45PNA0M520238", "box:/dev/sda"),
        ("box", "box:/dev/sda"),
        ("box:/dev/sda", "box:/dev/sda1"),
        ("box:/dev/sda", "box:/dev/sda2"),
        ("box:/dev/sda2", "box:/dev/mapper/luks-root"),
        ("box:/dev/mapper/luks-root", "box:/dev/mapper/system-root"),
        ("box:/dev/mapper/luks-root", "box:/dev/mapper/system-swap"),
        ("box:/dev/sdb", "box:mpatha"),
        ("box:/dev/sdc", "box:mpatha"),
        ("box", "box:/dev/mapper/images-one"),
    } <= links


def test_one_of_two_paths_down_leaves_a_multipath_device_with_a_single_point() -> None:
    """One path is enough; that the driver of sdc says offline is the path's own trouble."""
    impact = scanned(SAMPLES / "multipath.lsblk.json")

    assert {"box:/dev/sdc": "FAILED", "box:mpatha": "CRITICAL"} == impact.troubled()
    assert {"box:/dev/sdb"} == impact.new_single_points()["box:mpatha"]


def test_what_is_mounted_or_carries_something_is_in_use() -> None:
    """A bare disk is free; the disk below a mounted partition is not."""
    resources = scanned(SAMPLES / "multipath.lsblk.json").resources
    labels = ("sda", "sda1", "vdb", "mapper/system-swap")

    seen = [resources[f"box:/dev/{label}"].merged.attributes for label in labels]

    assert [True, True, False, True] == [one["in_use"] for one in seen]
    assert [None, "/boot", None, "[SWAP]"] == [one.get("mount_point") for one in seen]


def test_a_raid_lives_as_long_as_its_level_says(tmp_path: Path) -> None:
    """Losing one disk of a mirror of two or of a RAID5 of three leaves no margin."""
    capture = tmp_path / "lsblk.json"
    capture.write_bytes((SAMPLES / "raid.lsblk.json").read_bytes())
    host = scanned(capture)
    document = json.loads(capture.read_text())

    del document["blockdevices"][1]
    capture.write_text(json.dumps(document))
    host.scan()

    states = host.states()
    assert ("CRITICAL", "CRITICAL") == (states["box:/dev/md0"], states["box:/dev/md1"])
    assert "Disk WD-WCC7K1" not in states


def test_an_array_that_is_stopped_and_assembled_again_changes_its_class(tmp_path: Path) -> None:
    """What lsblk calls "md" has no level yet."""
    capture = listing(tmp_path / "c", disk("sda", children=[array("md0", "md")]))
    host = scanned(capture)

    listing(capture, disk("sda", children=[array("md0", "raid1")]))
    host.scan()

    assert "LinuxRaid" == host.resources["box:/dev/md0"].class_name


def test_a_device_that_is_gone_is_reported_no_longer(tmp_path: Path) -> None:
    """Disk and node go; another disk in its place is another resource."""
    capture = listing(tmp_path / "c", disk("sda", serial="S1"), disk("sdb", serial="S2"))
    host = scanned(capture)

    listing(capture, disk("sda", serial="S3"))
    host.scan()

    assert {"Disk S3"} == of_class(host.resources, "PhysicalDisk").keys()
    assert {"box:/dev/sda"} == of_class(host.resources, "DeviceNode").keys()


@pytest.mark.parametrize(
    "columns",
    [{}, {"serial": ""}, {"serial": "0000000000"}, {"serial": "unknown"}, {"wwn": "garbage"}],
)
def test_disks_without_an_identity_of_their_own_never_join(
    tmp_path: Path, columns: Columns
) -> None:
    """Two hosts with such a disk each have two disks together."""
    capture = listing(tmp_path / "c", disk("vda", **columns))

    uids = {
        one.uid
        for hostname in ("east", "west")
        for one in of_class(scanned(capture, hostname).resources, "PhysicalDisk").values()
    }

    assert 2 == len(uids)


def test_a_disk_is_the_same_on_whichever_host_it_is_seen(tmp_path: Path) -> None:
    """A dual-ported disk, or one that was moved."""
    capture = listing(tmp_path / "c", disk("sda", serial=" S45PNA0M520238 "))

    uids = {
        one.uid
        for hostname in ("east", "west")
        for one in of_class(scanned(capture, hostname).resources, "PhysicalDisk").values()
    }

    assert 1 == len(uids)


@pytest.mark.parametrize(
    "columns",
    [
        {"serial": "36001405C0FFEE0000000000000000A01"},
        {"serial": "6001405c0ffee0000000000000000a01", "wwn": "0x6001405c0ffee0000000000000000a01"},
        {"serial": "ACME0001", "wwn": "naa.6001405c0ffee0000000000000000a01"},
    ],
)
def test_a_drive_of_an_array_is_recognised_however_its_identifier_is_spelt(
    tmp_path: Path, columns: Columns
) -> None:
    """The node, and the multipath device on it, ask for the array's drive."""
    multipath = {"name": "mpatha", "type": "mpath", "size": 1000}
    capture = listing(tmp_path / "c", disk("sdb", tran="fc", **columns, children=[multipath]))
    resources = scanned(capture).resources

    wanted = Provision("scsi_serial", "6001405c0ffee0000000000000000a01")
    assert all(
        wanted in resources[label].merged.subscribes for label in ("box:/dev/sdb", "box:mpatha")
    )
    assert {} == of_class(resources, "PhysicalDisk")


def test_a_serial_that_two_disks_of_a_host_claim_joins_neither(tmp_path: Path) -> None:
    """Some bridges give all their disks one serial."""
    capture = listing(tmp_path / "c", disk("sda", serial="ABC"), disk("sdb", serial="ABC"))

    assert {"Disk box:sda", "Disk box:sdb"} == of_class(
        scanned(capture).resources, "PhysicalDisk"
    ).keys()


def test_a_host_without_disks_says_so_and_is_healthy(tmp_path: Path) -> None:
    """It is told by an alert for information, not an error."""
    host = scanned(listing(tmp_path / "c"))
    root = next(one for one in host.resources.values() if one.class_name == "LinuxHost")

    assert [("info", f"{root.name}: No disk found")] == [
        (alert.severity, alert.message) for alert in root.merged.alerts
    ]
    assert {} == host.troubled()


def test_this_machine_is_scanned_live() -> None:
    """Whatever it has, nothing of it is empty, a loop or memory."""
    host = Scanned(session_of(LinuxHostPlugin, LinuxHost()))

    names = [
        str(one.merged.attributes["name"])
        for one in of_class(host.resources, "LinuxDevice").values()
    ]
    assert [] == [name for name in names if name.startswith(("loop", "ram", "zram", "sr"))]
    assert 1 == len(of_class(host.resources, "Host"))


def test_two_namespaces_of_one_drive_fail_together(tmp_path: Path) -> None:
    """A mirror across them bears nothing; namespaces of another drive are that drive's."""
    nodes = [
        {"name": f"nvme{number}n{one}", "type": "disk", "size": 5, "serial": f"S{number}"}
        for number in (0, 1)
        for one in (1, 2)
    ]
    mdstat = (
        "Personalities : [raid1]\nmd0 : active raid1 nvme0n2[1] nvme0n1[0]\n"
        "      10 blocks [2/2] [UU]\n\nunused devices: <none>\n"
    )
    source = captured(tmp_path / "c", lsblk=json.dumps({"blockdevices": nodes}), mdstat=mdstat)

    host = scanned(source)

    disks = of_class(host.resources, "PhysicalDisk")
    assert {"Disk S0": 10, "Disk S1": 10} == {
        label: one.merged.attributes["capacity"] for label, one in disks.items()
    }
    assert "Disk S0" in host.single_points_by_design("box:/dev/md0")


@pytest.mark.fixtures
def test_a_captured_sysroot_gives_its_disks_partitions_and_volume() -> None:
    """3 disks, 10 partitions and one logical volume on four loop devices, which are not shown."""
    resources = scanned(fixture("host-lsblk-sysroot")).resources
    kinds = [one.merged.attributes["kind"] for one in of_class(resources, "DeviceNode").values()]

    assert 3 == len(of_class(resources, "PhysicalDisk"))
    assert (3, 10, 1) == tuple(kinds.count(kind) for kind in ("disk", "part", "lvm"))
    assert len(kinds) == 14


@pytest.mark.fixtures
def test_a_captured_tree_for_people_gives_maps_with_their_paths_and_what_is_on_them() -> None:
    """Three maps of two paths each, a partition on each, and one volume on all of those."""
    resources = scanned(fixture("host-lsblk-text/lsblk_data2.txt")).resources

    assert [2, 2, 2] == [
        one.merged.attributes["paths"] for one in of_class(resources, "MultipathDevice").values()
    ]
    assert 6 == len(of_class(resources, "LinuxPath"))
    assert 1 == len(of_class(resources, "PhysicalDisk"))


@pytest.mark.fixtures
def test_a_captured_table_for_people_is_refused_with_the_remedy() -> None:
    """The cells of all columns cannot be told apart for certain; those of the usual ones can."""
    with pytest.raises(InvalidFile, match=r"holds no JSON, found 'NAME .*; capture it anew with"):
        scanned(fixture("host-jc-text/centos-7.7__lsblk-allcols.out"))
