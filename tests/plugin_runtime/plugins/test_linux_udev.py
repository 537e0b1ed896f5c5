"""What udev and probert know becomes the same devices that lsblk tells of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linux_hosts import captured, fixture, of_class, scanned

from plugin_runtime.plugins.linux_host import probert, udev
from plugin_runtime.plugins.linux_host.facts import BlockDevice
from topology.errors import InvalidFile
from topology.model import Provision

Properties = dict[str, str]


def block(name: str, number: str, **more: str) -> Properties:
    """Return the properties of a block device."""
    major, minor = number.split(":")
    path = f"/devices/pci/block/{name}"
    fixed = {"DEVPATH": path, "DEVNAME": f"/dev/{name}", "SUBSYSTEM": "block", "DEVTYPE": "disk"}
    return {**fixed, "MAJOR": major, "MINOR": minor, **more}


def part(name: str, number: str, disk: str) -> Properties:
    """Return the properties of a partition."""
    return block(name, number, DEVTYPE="partition", ID_PART_ENTRY_DISK=disk)


def exported(*records: Properties) -> str:
    """Return records as `udevadm info --export-db` writes them."""
    return "\n".join(
        f"P: {record['DEVPATH']}\n" + "".join(f"E: {key}={one}\n" for key, one in record.items())
        for record in records
    )


MAPPED = (
    block("sda", "8:0", ID_SERIAL="3600a0b", DM_MULTIPATH_DEVICE_PATH="1", ID_SCSI_SERIAL="S1"),
    block("sdb", "8:16", ID_SERIAL="3600a0b", DM_MULTIPATH_DEVICE_PATH="1", ID_SCSI_SERIAL="S1"),
    block("dm-0", "253:0", DM_NAME="mpatha", DM_UUID="mpath-3600a0b"),
    block("dm-1", "253:1", DM_NAME="mpatha1", DM_UUID="part1-mpath-3600a0b"),
)


def devices_in(text: str) -> dict[str, BlockDevice]:
    """Return the devices of a text by their names."""
    return {one.name: one for one in udev.read(text, "the capture").devices}


def test_every_form_that_udevadm_writes_is_read() -> None:
    """The database, one device quoted, and JSON objects, one a line or over several lines."""
    record = block("sda", "8:0", ID_SERIAL_SHORT="S1")
    quoted = "".join(f"{key}='{one}'\n" for key, one in record.items())
    as_json = json.dumps(block("sdb", "8:16")) + "\n" + json.dumps(record) + "\n"

    pretty = json.dumps(block("sdb", "8:16"), indent=1) + "\n" + json.dumps(record, indent=1)

    told = [devices_in(text)["sda"] for text in (exported(record), quoted, as_json, pretty)]

    assert ["S1"] * 4 == [one.serial for one in told]
    assert told[0] == told[1] == told[2]


def test_what_is_no_block_device_is_passed_over() -> None:
    """A database lists keyboards too."""
    text = exported({"DEVPATH": "/devices/acpi", "SUBSYSTEM": "acpi"}, block("sda", "8:0"))

    assert {"sda"} == devices_in(text).keys()


def test_udev_says_in_many_ways_what_a_device_is_built_on() -> None:
    """Partition, multipath map, its partition, encrypted and cached devices."""
    uuid = "0c15f7e7-b159-4b1f-a5cd-a79b5c04b6f5"
    text = exported(
        *MAPPED,
        part("sda1", "8:1", "8:0"),
        block("dm-2", "253:2", DM_UUID=f"CRYPT-LUKS2-{uuid.replace('-', '')}-x", DM_NAME="x"),
        block("sdc", "8:32", ID_FS_UUID=uuid),
        block("sdd", "8:48", ID_FS_UUID="aaaaaaaa-b159-4b1f-a5cd-a79b5c04b6f5"),
        block(
            "bcache0",
            "251:0",
            DEVLINKS="/dev/bcache/by-uuid/aaaaaaaa-b159-4b1f-a5cd-a79b5c04b6f5",
        ),
    )

    built_on = {name: one.built_on for name, one in devices_in(text).items() if one.built_on}

    assert {
        "dm-0": ("sda", "sdb"),
        "dm-1": ("dm-0",),
        "sda1": ("sda",),
        "dm-2": ("sdc",),
        "bcache0": ("sdd",),
    } == built_on


def test_a_raid_and_its_members_are_known_to_udev(tmp_path: Path) -> None:
    """Old versions name a member's properties "ev", new ones "dev"."""
    md0 = block(
        "md0",
        "9:0",
        MD_LEVEL="raid1",
        MD_DEVICES="2",
        MD_DEVICE_ev_sda_DEV="/dev/sda",
        MD_DEVICE_ev_sda_ROLE="0",
        MD_DEVICE_dev_sdb_DEV="/dev/sdb",
        MD_DEVICE_dev_sdb_ROLE="spare",
    )

    host = scanned(captured(tmp_path / "c", udev=exported(md0)))

    assert ("box:/dev/sda", "box:/dev/md0") in host.links
    assert ("box:/dev/sdb", "box:/dev/md0") not in host.links
    assert "CRITICAL" == host.states()["box:/dev/md0"]


def test_a_list_without_the_kernels_names_is_joined_by_the_devices_numbers(tmp_path: Path) -> None:
    """lsblk has "mpatha1" alone by default, where udev says dm-1."""
    partition = {"name": "mpatha1", "type": "part", "maj:min": "253:1", "mountpoint": "/x"}
    child = {"name": "mpatha", "type": "mpath", "maj:min": "253:0", "children": [partition]}
    disks = [
        {"name": name, "type": "disk", "maj:min": number, "children": [child]}
        for name, number in (("sda", "8:0"), ("sdb", "8:16"))
    ]
    lsblk = json.dumps({"blockdevices": disks})

    host = scanned(captured(tmp_path / "c", lsblk=lsblk, udev=exported(*MAPPED)))

    assert {
        ("box:/dev/sda", "box:mpatha"),
        ("box:/dev/sdb", "box:mpatha"),
        ("box:mpatha", "box:/dev/mpatha1"),
    } == {link for link in host.links if link[0] != "box" and "box:" in link[0]}


def test_damaged_objects_are_said_to_be_left_out() -> None:
    """The others are read; what is missing is not gone."""
    whole = json.dumps(block("sda", "8:0")) + "\n"

    facts = udev.read(whole.replace("sda", "sdb")[:-9] + "\n" + whole, "the capture")

    assert ["sda"] == [one.name for one in facts.devices]
    assert facts.is_partial
    assert [True] == ["1 of its devices are not read" in one for one in facts.warnings]


def test_a_raid_of_which_udev_knows_no_member_is_unknown(tmp_path: Path) -> None:
    """Newer rules tell none; what they tell of an array they tell of its partitions too."""
    known = {"MD_LEVEL": "raid1", "MD_DEVICES": "2"}
    records = (block("md0", "9:0", **known), part("md0p1", "259:0", "9:0") | known)

    host = scanned(captured(tmp_path / "c", udev=exported(*records)))

    assert {"box:/dev/md0": "UNKNOWN", "box:/dev/md0p1": "UNKNOWN"} == host.troubled()
    assert {"box:/dev/md0"} == set(of_class(host.resources, "LinuxRaid"))


def test_of_a_raid_the_kernel_and_mdadm_know_more_than_udev(tmp_path: Path) -> None:
    """udev's word is of when the array was assembled; sdb has failed since."""
    known = {
        "MD_LEVEL": "raid1",
        "MD_DEVICES": "2",
        "MD_DEVICE_ev_sda_DEV": "/dev/sda",
        "MD_DEVICE_ev_sda_ROLE": "0",
        "MD_DEVICE_ev_sdb_DEV": "/dev/sdb",
        "MD_DEVICE_ev_sdb_ROLE": "1",
    }
    mdstat = (
        "Personalities : [raid1]\nmd0 : active raid1 sda[0] sdb[1](F)\n"
        "      10 blocks [2/1] [U_]\n\nunused devices: <none>\n"
    )
    source = captured(tmp_path / "c", udev=exported(block("md0", "9:0", **known)), mdstat=mdstat)

    host = scanned(source)

    assert "CRITICAL" == host.states()["box:/dev/md0"]


def test_lsblk_and_udev_tell_of_one_host(tmp_path: Path) -> None:
    """Together they report no more than each of them alone."""
    partition = {"name": "mpatha1", "kname": "dm-1", "path": "/dev/mapper/mpatha1", "type": "part"}
    names = {"name": "mpatha", "kname": "dm-0", "path": "/dev/mapper/mpatha"}
    child = {**names, "type": "mpath", "size": 10, "children": [partition]}
    disks = [
        {"name": name, "type": "disk", "size": 10, "serial": "S1", "children": [child]}
        for name in ("sda", "sdb")
    ]
    lsblk = json.dumps({"blockdevices": disks})
    alone = [
        scanned(captured(tmp_path / name, **{name: text}))
        for name, text in (("lsblk", lsblk), ("udev", exported(*MAPPED)))
    ]

    both = scanned(captured(tmp_path / "c", lsblk=lsblk, udev=exported(*MAPPED)))

    labels = {label for label in both.resources if label.startswith("box:")}
    for one in alone:
        assert labels == {label for label in one.resources if label.startswith("box:")}
    assert Provision("scsi_serial", "s1") in both.resources["box:mpatha"].merged.subscribes


def test_a_text_without_any_device_is_refused() -> None:
    """It may be an error message."""
    with pytest.raises(InvalidFile, match=r"found 'Unknown device'; capture it anew with 'udevadm"):
        udev.read("Unknown device", "the capture")


def test_a_serial_with_undecodable_bytes_is_no_serial() -> None:
    """Two disks with different broken bytes must not look alike."""
    text = exported(block("sda", "8:0", ID_SERIAL_SHORT="S\N{REPLACEMENT CHARACTER}1"))

    assert "" == devices_in(text)["sda"].serial


@pytest.mark.fixtures
def test_a_captured_database_gives_its_disks_and_volumes() -> None:
    """366 devices, 15 of them block devices: 6 disks, 6 partitions, 3 logical volumes."""
    resources = scanned(fixture("host-udev/udev-export-db_device-scanner.txt")).resources

    kinds = [one.merged.attributes["kind"] for one in of_class(resources, "DeviceNode").values()]
    assert (6, 6, 3) == tuple(kinds.count(kind) for kind in ("disk", "part", "lvm"))
    assert 6 == len(of_class(resources, "PhysicalDisk"))


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("multipath", {"LinuxPath": 2, "LinuxMultipath": 1}),
        ("imsm", {"PhysicalDisk": 5, "LinuxRaid": 1}),
        ("lvm", {"PhysicalDisk": 4, "LinuxVolumeGroup": 2}),
        ("mdadm_bcache", {"PhysicalDisk": 8, "LinuxRaid": 1}),
        ("zfs", {"PhysicalDisk": 3, "LinuxZpool": 1}),
        ("nvme_multipath", {"PhysicalDisk": 1}),
    ],
)
def test_a_probed_host_has_what_its_readme_says(name: str, expected: dict[str, int]) -> None:
    """The container of imsm's second md is a device, for it holds no data."""
    resources = scanned(fixture(f"host-probert-udev/probert_storage_{name}.json")).resources

    assert expected == {one: len(of_class(resources, one)) for one in expected}


@pytest.mark.fixtures
def test_a_probed_chain_of_caches_reaches_every_disk() -> None:
    """vde, vdf, vdg --> md0 --> bcache2, cached on vda6; the cache is needed as well."""
    host = scanned(fixture("host-probert-udev/probert_storage_mdadm_bcache.json"))

    assert {
        ("box:/dev/vde", "box:/dev/md0"),
        ("box:/dev/md0", "box:/dev/bcache2"),
        ("box:/dev/vda6", "box:/dev/bcache2"),
        ("box:/dev/vda", "box:/dev/vda6"),
    } <= host.links


@pytest.mark.fixtures
def test_the_state_of_a_pool_that_was_only_probed_is_unknown() -> None:
    """The labels on its disks say what it is made of, not how it is."""
    host = scanned(fixture("host-probert-udev/probert_storage_zfs.json"))

    assert "UNKNOWN" == host.states()["box:rpool"]
    leaf = "box:rpool/disk/by-id/virtio-dev_vda-part1"
    assert {("box:/dev/vda1", leaf), (leaf, "box:rpool")} <= host.links


@pytest.mark.parametrize("text", ["", '{"blockdev": {', '{"blockdev": 3}'])
def test_a_probe_that_is_cut_short_is_refused(text: str) -> None:
    """Half a list of disks would say that the others were pulled."""
    with pytest.raises(InvalidFile, match=r"the capture .*; capture it anew with 'probert"):
        probert.read(text, "the capture")
