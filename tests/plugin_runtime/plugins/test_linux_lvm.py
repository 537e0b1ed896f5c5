"""LVM: groups on their physical volumes, volumes on what they lie on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linux_hosts import captured, fixture, of_class, scanned

from plugin_runtime.plugins.linux_host import lvm
from topology.errors import InvalidFile

Row = dict[str, str]


def report(**tables: list[Row]) -> str:
    """Return a full report of one group."""
    group = [{"vg_name": "vg", "vg_uuid": "V", "pv_count": "2"}]
    return json.dumps({"report": [{"vg": group, **tables}]}, indent=1)


PVS = [
    {"pv_name": "/dev/sda", "pv_uuid": "A", "vg_name": "vg"},
    {"pv_name": "/dev/sdb", "pv_uuid": "B", "vg_name": "vg"},
]


def test_a_volume_lies_on_the_devices_of_its_extents() -> None:
    """pvseg tells by uuid: "home" is on sdb alone."""
    text = report(
        pv=PVS,
        lv=[{"lv_name": "home", "lv_uuid": "H", "lv_full_name": "vg/home"}],
        pvseg=[{"pv_uuid": "B", "lv_uuid": "H"}, {"pv_uuid": "A", "lv_uuid": ""}],
    )

    (volume,) = lvm.read(text, "the capture").volumes

    assert ("vg", "home", ("/dev/sdb",)) == (volume.group, volume.name, volume.devices)


def test_the_column_devices_tells_too() -> None:
    """A device and its first extent, several of them for a striped volume."""
    text = report(pv=PVS, lv=[{"lv_name": "home", "devices": "/dev/sda(7),/dev/sdb(0)"}])

    (volume,) = lvm.read(text, "the capture").volumes

    assert ("/dev/sda", "/dev/sdb") == volume.devices


def test_a_volume_with_a_row_for_each_segment_is_one() -> None:
    """`lvs -o +devices` repeats it; it lies on all of them."""
    rows = [{"lv_name": "home", "devices": f"/dev/{name}(0)"} for name in ("sda", "sdb", "sda")]

    (volume,) = lvm.read(report(pv=PVS, lv=rows), "the capture").volumes

    assert ("/dev/sda", "/dev/sdb") == volume.devices


def test_the_images_of_a_raid_are_known_by_their_names_too() -> None:
    """A full report tells the layout of a volume, and which extents its images have."""
    text = report(
        pv=PVS,
        lv=[
            {"lv_name": "home", "lv_uuid": "H", "lv_layout": "raid,raid5,raid5_ls"},
            {"lv_name": "[home_rimage_0]", "lv_uuid": "0", "lv_layout": "linear"},
            {"lv_name": "[home_rmeta_0]", "lv_uuid": "M", "lv_layout": "linear"},
        ],
        pvseg=[{"pv_uuid": "A", "lv_uuid": "0"}],
    )

    home, image, _ = lvm.read(text, "the capture").volumes

    assert ("raid5", ("home_rimage_0",)) == (home.level, home.devices)
    assert ("", ("/dev/sda",)) == (image.level, image.devices)


def test_a_volume_whose_extents_are_not_told_may_lie_anywhere_in_its_group(
    tmp_path: Path,
) -> None:
    """sda, sdb --> vg --> home"""
    text = report(pv=PVS, lv=[{"lv_name": "home"}])

    host = scanned(captured(tmp_path / "c", lvm=text))

    assert {
        ("box:/dev/sda", "box:vg"),
        ("box:/dev/sdb", "box:vg"),
        ("box:vg", "box:/dev/mapper/vg-home"),
    } <= host.links


def test_a_missing_physical_volume_fails_its_group(tmp_path: Path) -> None:
    """LVM calls what it cannot find "[unknown]", and counts it still."""
    gone = {"pv_name": "[unknown]", "pv_uuid": "B", "vg_name": "vg", "pv_missing": "missing"}

    host = scanned(captured(tmp_path / "c", lvm=report(pv=[PVS[0], gone])))

    assert {"box:vg": "FAILED"} == host.troubled()


@pytest.mark.parametrize("told", ["[unknown](0)", "unknown device(0)"])
def test_a_volume_on_a_missing_physical_volume_has_failed(tmp_path: Path, told: str) -> None:
    """LVM says that it is partial; nothing healthy is made of the missing one."""
    volume = {"lv_name": "home", "devices": told, "lv_health_status": "partial"}

    host = scanned(captured(tmp_path / "c", lvm=report(pv=PVS, lv=[volume])))

    assert {"box:/dev/mapper/vg-home": "FAILED"} == host.troubled()


def test_a_mirrored_volume_bears_the_loss_of_one_image(tmp_path: Path) -> None:
    """sda is a failed disk; rimage_0 on it --> home, which rimage_1 keeps alive."""
    text = report(
        pv=PVS,
        lv=[
            {"lv_name": "home", "lv_uuid": "H", "devices": "home_rimage_0(0),home_rimage_1(0)"},
            {"lv_name": "[home_rimage_0]", "lv_uuid": "0", "devices": "/dev/sda(1)"},
            {"lv_name": "[home_rimage_1]", "lv_uuid": "1", "devices": "/dev/sdb(1)"},
        ],
        seg=[{"lv_uuid": "H", "segtype": "raid1", "stripes": "2"}],
    )
    nodes = [
        {"name": name, "type": "disk", "size": 10, "state": state}
        for name, state in (("sda", "offline"), ("sdb", "running"))
    ]
    source = captured(tmp_path / "c", lvm=text, lsblk=json.dumps({"blockdevices": nodes}))

    host = scanned(source)

    states = host.states()
    assert "FAILED" == states["box:/dev/mapper/vg-home_rimage_0"]
    assert "CRITICAL" == states["box:/dev/mapper/vg-home"]


def mirrored(*, raid: str = "rwi-aor---", images: tuple[str, str], **more: str) -> str:
    """Return the rows of a RAID1 on sda and sdb with these attributes, as `lvs -a` writes them."""
    rows = [
        {"lv_name": "home", "lv_attr": raid, "segtype": "raid1", "stripes": "2", **more}
        | {"devices": "home_rimage_0(0),home_rimage_1(0)"},
        *(
            {
                "lv_name": f"[home_rimage_{n}]",
                "lv_attr": images[n],
                "devices": f"/dev/sd{'ab'[n]}(1)",
            }
            for n in (0, 1)
        ),
    ]
    return report(pv=PVS, lv=rows)


@pytest.mark.parametrize(
    ("images", "more", "word"),
    [
        (("iwi-aor---", "iwi-aor---"), {}, "OK"),
        (("iwi-aor---", "Iwi-aor---"), {"copy_percent": "12.50"}, "CRITICAL"),
        (("iwi-aor---", "iwi-aor-r-"), {}, "CRITICAL"),
        (("iwi-aor---", "iwi-aor-p-"), {}, "CRITICAL"),
        (("Iwi-aor---", "Iwi-aor---"), {"copy_percent": "12.50"}, "UNKNOWN"),
        (("iwi-aor---", "iwi-aor---"), {"raid": "rwi-aor-p-"}, "UNKNOWN"),
        (("iwi-aor---", "iwi-aor---"), {"copy_percent": "100.00"}, "OK"),
        (("Iwi---r---", "Iwi---r---"), {}, "OK"),
    ],
)
def test_the_letters_of_an_image_say_whether_it_has_all_data(
    tmp_path: Path, images: tuple[str, str], more: dict[str, str], word: str
) -> None:
    """I: not in sync; r: to be refreshed; p: on a missing device. Of a stopped one none is told."""
    text = mirrored(images=images, **more)

    host = scanned(captured(tmp_path / "c", lvm=text))

    assert word == host.states()["box:/dev/mapper/vg-home"]


@pytest.mark.parametrize(
    ("letters", "word"),
    [("-wi-ao----", "OK"), ("-wi-ao--p-", "FAILED"), ("rwi-aor-p-", "UNKNOWN")],
)
def test_a_plain_list_of_volumes_tells_by_letters_what_is_missing(
    tmp_path: Path, letters: str, word: str
) -> None:
    """`lvs` has no column for it by default, nor one for the level of a RAID."""
    rows = [{"lv_name": "home", "vg_name": "vg", "lv_attr": letters}]

    host = scanned(captured(tmp_path / "c", lvm=json.dumps({"report": [{"lv": rows}]})))

    assert word == host.states()["box:/dev/mapper/vg-home"]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"pv_attr": "a--"}, "OK"),
        ({"pv_attr": "a-m"}, "FAILED"),
        ({"pv_missing": "0"}, "OK"),
        ({"pv_missing": "1"}, "FAILED"),
    ],
)
def test_a_physical_volume_is_missing_by_its_letters_or_in_digits(
    tmp_path: Path, row: Row, word: str
) -> None:
    """By default `pvs` has letters; --binary writes 0 and 1."""
    rows = [PVS[0], {**PVS[1], **row}]

    host = scanned(captured(tmp_path / "c", lvm=json.dumps({"report": [{"pv": rows}]})))

    assert word == host.states()["box:vg"]


@pytest.mark.parametrize(("letters", "word"), [("wz--n-", "OK"), ("wz-pn-", "FAILED")])
def test_a_group_of_which_no_device_is_told_is_as_its_letters_say(
    tmp_path: Path, letters: str, word: str
) -> None:
    """`vgs` counts physical volumes and does not name them: they are not missing."""
    rows = [{"vg_name": "vg", "pv_count": "3", "vg_attr": letters}]

    host = scanned(captured(tmp_path / "c", lvm=json.dumps({"report": [{"vg": rows}]})))

    assert word == host.states()["box:vg"]


def test_a_report_in_standard_json_has_lists_and_numbers() -> None:
    """As --reportformat json_std writes it."""
    text = json.dumps(
        {
            "report": [
                {
                    "vg": [{"vg_name": "vg", "pv_count": 2, "vg_tags": []}],
                    "pv": PVS,
                    "lv": [
                        {"lv_name": "home", "lv_uuid": "H", "lv_layout": ["raid", "raid1"]}
                        | {"lv_size": 4096}
                    ],
                    "seg": [{"lv_uuid": "H", "stripes": 2, "devices": ["a(0)", "b(0)"]}],
                }
            ],
            "log": [],
        }
    )

    (home,) = lvm.read(text, "the capture").volumes

    assert ("raid1", 2, 4096, ("a", "b")) == (home.level, home.size, home.size_bytes, home.devices)


def test_a_thin_volume_lies_on_its_pool(tmp_path: Path) -> None:
    """sda --> pool_tdata, pool_tmeta --> pool --> home; that sdb is gone does not matter."""
    gone = {**PVS[1], "pv_name": "[unknown]", "pv_missing": "missing"}
    rows = [
        {"lv_name": "home", "lv_attr": "Vwi-aotz--", "pool_lv": "pool", "devices": ""},
        {"lv_name": "pool", "metadata_lv": "[pool_tmeta]", "devices": "pool_tdata(0)"},
        {"lv_name": "[pool_tdata]", "devices": "/dev/sda(1)"},
        {"lv_name": "[pool_tmeta]", "devices": "/dev/sda(9)"},
    ]

    host = scanned(captured(tmp_path / "c", lvm=report(pv=[PVS[0], gone], lv=rows)))

    assert {"box:vg": "FAILED"} == host.troubled()
    assert {
        ("box:/dev/mapper/vg-pool", "box:/dev/mapper/vg-home"),
        ("box:/dev/mapper/vg-pool_tmeta", "box:/dev/mapper/vg-pool"),
        ("box:/dev/sda", "box:/dev/mapper/vg-pool_tdata"),
    } <= host.links


def test_volumes_of_one_name_in_two_groups_have_images_of_their_own(tmp_path: Path) -> None:
    """Without the hidden volumes their names are all that is told."""
    rows = [
        {"lv_name": "home", "vg_name": group, "segtype": "raid1", "devices": "home_rimage_0(0)"}
        for group in ("one", "two")
    ]

    host = scanned(captured(tmp_path / "c", lvm=json.dumps({"report": [{"lv": rows}]})))

    assert {"box:/dev/mapper/one-home_rimage_0", "box:/dev/mapper/two-home_rimage_0"} <= {
        cause for cause, _ in host.links
    }


def test_a_physical_volume_by_the_path_of_a_volume_is_that_volume(tmp_path: Path) -> None:
    """vg/home --> top, by /dev/vg/home; another device of the title "home" is no hindrance."""
    rows = [{"lv_name": "home", "devices": "/dev/x/home(0)"}]
    pvs = [*PVS, {"pv_name": "/dev/vg/home", "pv_uuid": "C", "vg_name": "top"}]
    node = {"name": "home", "type": "disk", "size": 10}
    source = captured(
        tmp_path / "c",
        lvm=report(pv=pvs, lv=rows),
        lsblk=json.dumps({"blockdevices": [node]}),
    )

    links = scanned(source).links

    assert ("box:/dev/mapper/vg-home", "box:top") in links
    assert ("box:/dev/x/home", "box:/dev/mapper/vg-home") in links


def test_what_lsblk_and_lvm_call_one_volume_is_one(tmp_path: Path) -> None:
    """Device mapper doubles the hyphens in both names; lsblk knows where the extents are."""
    volume = {"name": "my--vg-a--b", "kname": "dm-3", "type": "lvm", "size": 10}
    volume["path"] = "/dev/mapper/my--vg-a--b"
    disk = {"name": "sda", "type": "disk", "size": 10, "children": [volume]}
    groups = {"vg": [{"vg_name": "my-vg"}], "lv": [{"lv_name": "a-b", "vg_name": "my-vg"}]}
    source = captured(
        tmp_path / "c",
        lsblk=json.dumps({"blockdevices": [disk]}),
        lvm=json.dumps({"report": [groups]}),
    )

    host = scanned(source)

    assert {"box:/dev/sda", "box:/dev/mapper/my--vg-a--b"} == of_class(
        host.resources, "DeviceNode"
    ).keys()
    assert ("box:/dev/sda", "box:/dev/mapper/my--vg-a--b") in host.links


def test_warnings_before_and_inside_the_json_are_passed_over_and_told() -> None:
    """LVM writes some of them where its answer goes."""
    text = "WARNING: locking_type (0) is deprecated\n" + report(pv=PVS).replace(
        '"pv": [', '"pv": [\n  WARNING: Device for PV B not found\n'
    )

    facts = lvm.read(text, "the capture")

    assert ("/dev/sda", "/dev/sdb") == facts.groups[0].devices
    assert (
        "the capture holds more than JSON: 'WARNING: locking_type (0) is deprecated'",
        "the capture holds more than JSON: 'WARNING: Device for PV B not found'",
    ) == facts.warnings


@pytest.mark.parametrize("text", ["", "{", report(pv=PVS)[:-9], '{"report": 3}'])
def test_a_report_that_is_cut_short_is_refused_with_the_remedy(text: str) -> None:
    """Half a group would look like one whose other half is lost."""
    with pytest.raises(InvalidFile, match=r"the capture .*; capture it anew with 'lvm fullreport"):
        lvm.read(text, "the capture")


@pytest.mark.fixtures
def test_a_captured_full_report_gives_groups_between_devices_and_volumes() -> None:
    """vda2 --> rhel --> root; vdb --> vg1 --> lvraid1"""
    links = scanned(fixture("host-lvm/lvm_fullreport.txt")).links

    assert {
        ("box:/dev/vda2", "box:rhel"),
        ("box:rhel", "box:/dev/mapper/rhel-root"),
        ("box:/dev/vdb", "box:vg1"),
        ("box:vg1", "box:/dev/mapper/vg1-lvraid1"),
    } <= links


@pytest.mark.fixtures
def test_a_captured_list_of_volumes_alone_gives_the_volume() -> None:
    """Without groups and devices it is on its host."""
    links = scanned(fixture("host-raidcli/netdata/lvm__lvs-report.json")).links

    assert {("box", "box:/dev/mapper/cm--vg-root")} == links
