"""What lsblk writes becomes block devices; what is not lsblk's is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_runtime.plugins.linux_host.facts import BlockDevice
from plugin_runtime.plugins.linux_host.lsblk import read
from topology.errors import InvalidFile

SAMPLES = Path(__file__).parent / "samples"
WHERE = "the capture"


def devices_in(sample: str) -> dict[str, BlockDevice]:
    """Return the devices of a sample by their kernel name, in the listing's order."""
    facts = read((SAMPLES / sample).read_text(), sample)
    return {device.name: device for device in facts.devices}


def test_a_device_repeated_under_each_parent_is_one_device_built_on_all_of_them() -> None:
    """sdb, sdc --> mpatha"""
    devices = devices_in("multipath.lsblk.json")

    assert ("sdb", "sdc") == devices["dm-0"].built_on
    assert "mpatha" == devices["dm-0"].title


def test_every_device_comes_after_what_it_is_built_on() -> None:
    """md1 is met under sda2 before lsblk has named sdb2 and sdc2."""
    order = list(devices_in("raid.lsblk.json"))

    assert order.index("md1") > max(order.index(name) for name in ("sda2", "sdb2", "sdc2"))


def test_numbers_and_booleans_that_old_versions_write_as_text_are_read() -> None:
    """ "4000787030016" and "1" are what lsblk wrote before it knew JSON numbers."""
    disk = devices_in("raid.lsblk.json")["sda"]

    assert (4000787030016, True, False) == (disk.size_bytes, disk.is_rotational, disk.is_read_only)


def test_both_spellings_of_mount_points_are_read() -> None:
    """Old versions say "mountpoint", new ones list "mountpoints"."""
    old = devices_in("raid.lsblk.json")["md1"]
    new = devices_in("multipath.lsblk.json")["dm-2"]

    assert (("/srv",), ("/", "/var")) == (old.mountpoints, new.mountpoints)


def test_a_flat_list_tells_in_a_column_what_is_built_on_what() -> None:
    """As --list writes it: sda1, sdb --> md0"""
    rows = [
        {"name": "sda", "pkname": None, "type": "disk"},
        {"name": "sda1", "pkname": "sda", "type": "part"},
        {"name": "md0", "pkname": "sda1", "type": "raid1"},
        {"name": "sdb", "pkname": None, "type": "disk"},
        {"name": "md0", "pkname": "sdb", "type": "raid1"},
    ]

    listing = read(json.dumps({"blockdevices": rows}), WHERE)

    built_on = {one.name: one.built_on for one in listing.devices}
    assert {"sda": (), "sda1": ("sda",), "sdb": (), "md0": ("sda1", "sdb")} == built_on


def test_a_list_turned_round_tells_the_same() -> None:
    """As --inverse writes it; a cache is a disk below another one in every list."""
    sda1 = {"name": "sda1", "type": "part", "children": [{"name": "sda", "type": "disk"}]}
    raid = {"name": "md0", "type": "raid1", "children": [sda1, {"name": "sdb", "type": "disk"}]}
    cached = {"name": "sdc1", "type": "part", "children": [{"name": "bcache0", "type": "disk"}]}

    inverse = read(json.dumps({"blockdevices": [raid]}), WHERE)
    normal = read(json.dumps({"blockdevices": [cached]}), WHERE)

    built_on = {one.name: one.built_on for one in (*inverse.devices, *normal.devices)}
    assert ("sda1", "sdb") == built_on["md0"]
    assert (("sda",), ()) == (built_on["sda1"], built_on["sda"])
    assert ("sdc1",) == built_on["bcache0"]


TREE = """\
NAME                  MAJ:MIN RM   SIZE RO TYPE  MOUNTPOINT
sda                     8:0    0 931,5G  0 disk
|-sda1                  8:1    0   500M  0 part  /boot
|                                                /efi
`-sda2                  8:2    0   931G  0 part
  `-vg-lv_root (dm-0) 253:0    0    50G  0 lvm   /
sdc                     8:32   0 232.9G  0 disk
`-md1                   9:1    0 232.9G  0 raid1
sdd                     8:48   0 232.9G  1 disk
`-md1                   9:1    0 232.9G  0 raid1
"""


@pytest.mark.parametrize("glyphs", ["", "├└│─"])
def test_the_tree_for_people_is_read_for_versions_that_know_no_json(glyphs: str) -> None:
    """Indentation says what is built on what, whatever it is drawn with."""
    text = TREE
    if glyphs:
        text = text.replace("|-", "├─").replace("`-", "└─").replace("|  ", "│  ")

    devices = {one.name: one for one in read(text, WHERE).devices}

    assert {
        "sda": (),
        "sda1": ("sda",),
        "sda2": ("sda",),
        "dm-0": ("sda2",),
        "sdc": (),
        "sdd": (),
        "md1": ("sdc", "sdd"),
    } == {name: one.built_on for name, one in devices.items()}
    assert ("/boot", "/efi") == devices["sda1"].mountpoints
    assert ("/dev/mapper/vg-lv_root", "raid1") == (devices["dm-0"].path, devices["md1"].kind)
    assert (False, True) == (devices["sdc"].is_read_only, devices["sdd"].is_read_only)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\n".join(TREE.splitlines()[:3]), "cut short: its tree says that more follows"),
        (TREE + "sde  8:6", r"a line that is no device, 'sde  8:6'"),
        ('NAME="sda" TYPE="disk" SIZE="1"\n', "lacks a column"),
        ('NAME="sda" PKNAME="" TYPE="disk"\nNAME="sdb" PKNA', "cut short"),
    ],
)
def test_a_tree_that_is_cut_short_is_refused(text: str, complaint: str) -> None:
    """Half a list would say that the other disks were pulled."""
    with pytest.raises(InvalidFile, match=f"the capture .*{complaint}"):
        read(text, WHERE)


def test_pairs_tell_the_same_as_json() -> None:
    """As --pairs --output-all writes them; what is no letter is a code there."""
    text = (
        'NAME="sda" KNAME="sda" PKNAME="" TYPE="disk" SIZE="10" MODEL="A\\x20B" RO="0"\n'
        'NAME="sda1" KNAME="sda1" PKNAME="sda" TYPE="part" SIZE="5" MODEL="" RO="0"\n'
    )

    disk, partition = read(text, WHERE).devices

    assert (10, "A B", ()) == (disk.size_bytes, disk.model, disk.built_on)
    assert ("sda",) == partition.built_on


def test_of_two_lists_in_one_file_none_is_read() -> None:
    """One of them would be passed over, and its devices be gone."""
    text = '{"blockdevices": [{"name": "sda"}]}\n'

    with pytest.raises(InvalidFile, match="holds 2 JSON documents"):
        read(text + text, WHERE)


def test_text_around_the_json_is_passed_over_and_told() -> None:
    """Wrappers and libraries write warnings into the same stream."""
    listing = read(
        'WARNING: {odd} thing\n{"blockdevices": [{"name": "sda", "size": 1}]}\nbye\n', WHERE
    )

    assert ["sda"] == [device.name for device in listing.devices]
    assert (
        "the capture holds more than JSON: 'WARNING: {odd} thing'",
        "the capture holds more than JSON: 'bye'",
    ) == listing.warnings


def test_a_serial_with_undecodable_bytes_is_no_serial() -> None:
    """Two disks with different broken bytes must not look alike."""
    written = b'{"blockdevices": [{"name": "sda", "size": 1, "serial": "S\xff1", "model": "M"}]}'

    listing = read(written.decode(errors="replace"), WHERE)

    assert ("", "M") == (listing.devices[0].serial, listing.devices[0].model)


def test_a_size_rounded_for_people_is_no_size_and_told() -> None:
    """ "20G" is not a number of bytes."""
    listing = read('{"blockdevices": [{"name": "sda", "size": "20G"}]}', WHERE)

    assert None is listing.devices[0].size_bytes
    assert listing.warnings[0].startswith("the capture has no exact size of sda; capture it anew")


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", r"holds no JSON, found ''"),
        ("NAME MAJ:MIN\nsda 8:0\n", r"holds no JSON, found 'NAME MAJ:MIN"),
        ('{"blockdevices": [{"name": "sda",', r"cut short or damaged at line 1, column 34"),
        ("{}", r"Field required at 'blockdevices'"),
        ('{"blockdevices": {"sda": 1}}', r"valid list at 'blockdevices'"),
        ('{"blockdevices": [{"size": 3}]}', r"Field required at 'blockdevices\[0\]\.name'"),
        (
            '{"blockdevices": [{"name": "a", "children": [{"name": "a"}]}]}',
            r"a device is built on itself: a -> a",
        ),
    ],
)
def test_what_lsblk_did_not_write_is_refused_with_its_place_and_a_remedy(
    written: str, complaint: str
) -> None:
    """Each message says what is wrong, where, what was found, and what to do."""
    with pytest.raises(InvalidFile, match=rf"the capture .*{complaint}(.|\n)*; capture it anew"):
        read(written, WHERE)


@given(st.integers(min_value=2, max_value=2000))
def test_a_truncated_capture_is_refused_wherever_it_ends(cut: int) -> None:
    """Half a list of disks would say that the others were pulled."""
    whole = (SAMPLES / "raid.lsblk.json").read_text()

    with pytest.raises(InvalidFile, match="cut short or damaged"):
        read(whole[:cut], WHERE)
