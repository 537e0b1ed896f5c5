"""RAID cards: their disks, the volumes on them, and the disks as which the host sees those."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linux_hosts import captured, fixture, of_class, scanned

from plugin_runtime.plugins.linux_host import arcconf, nvme, ssacli, storcli
from plugin_runtime.plugins.linux_host.captures import Reader
from plugin_runtime.plugins.linux_host.written import raid_level
from topology.errors import InvalidFile

NAA = "600605b00e2c5d102f1a4e2b0c8d1a2b"
PLACES = [f"252:{slot}" for slot in range(4)]


def storcli_of(level: str = "RAID6", *, state: str = "Optl", **disks: str) -> str:
    """Return what storcli writes of one card, one volume and four disks, by the disks' states."""
    states = dict.fromkeys(PLACES, "Onln") | {f"252:{name[1:]}": of for name, of in disks.items()}
    spans = [("-", level)]
    spans += [("0", "RAID1"), ("1", "RAID1")] if level == "RAID10" else [("0", level)]
    rows = [{"DG": 0, "Arr": span, "EID:Slot": "-", "Type": kind} for span, kind in spans]
    for number, place in enumerate(PLACES):
        span = number // 2 if level == "RAID10" else 0
        is_gone = states[place] == "Msng"
        row = {"DG": 0, "Arr": span, "EID:Slot": "-" if is_gone else place, "Type": "DRIVE"}
        rows.append(row)
    answer: dict[str, object] = {
        "Basics": {"Model": "9460-16i", "Serial Number": "SK1"},
        "Status": {"Controller Status": "Optimal"},
        "TOPOLOGY": rows,
        "VD LIST": [{"DG/VD": "0/0", "TYPE": level, "State": state, "Name": "data"}],
        "PD LIST": [
            {"EID:Slt": place, "State": of, "Model": "M"}
            for place, of in states.items()
            if of != "Msng"
        ],
        "VD0 Properties": {"OS Drive Name": "/dev/sda", "SCSI NAA Id": NAA},
    }
    for place in PLACES:
        slot = place.partition(":")[2]
        answer[f"Drive /c0/e252/s{slot} - Detailed Information"] = {
            "State": {"S.M.A.R.T alert flagged by drive": "No"},
            "Attributes": {"SN": f"  S{slot} ", "WWN": f"5000c500e54f4eb{slot}"},
        }
    return json.dumps(
        {
            "Controllers": [
                {"Command Status": {"Controller": 0, "Status": "Success"}, "Response Data": answer}
            ]
        },
        indent=0,
    )


SSACLI = """\

Smart Array P440ar in Slot 0 (Embedded)
   Controller Status: OK
   Serial Number: PDNLH0BRH8Y1AB

   Physical Drives
      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SATA SSD, 1.9 TB, OK)
      physicaldrive 1I:1:2 (port 1I:box 1:bay 2, SATA SSD, 1.9 TB, {status})
      physicaldrive 1I:1:3 (port 1I:box 1:bay 3, SATA SSD, 1.9 TB, OK)

   Array: A
      Logical Drive: 1
         Fault Tolerance: 1
         Status: {volume}
         Unique Identifier: 600508B1001C158B69C0104DA29E6FF7
         Disk Name: /dev/sda
         Mirror Group 1:
            physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SATA SSD, 1.9 TB, OK)
         Mirror Group 2:
            physicaldrive 1I:1:2 (port 1I:box 1:bay 2, SATA SSD, 1.9 TB, {status})

      physicaldrive 1I:1:1
         Bay: 1
         Status: OK
         Drive Type: Data Drive
         Serial Number: A1
      physicaldrive 1I:1:2
         Bay: 2
         Status: {status}
         Drive Type: Data Drive
         Serial Number: A2

   Unassigned
      physicaldrive 1I:1:3
         Bay: 3
         Status: OK
         Drive Type: Unassigned Drive
         Serial Number: A3
"""
ARCCONF = """\
Logical device information
----------------------------------------------------------------------
Logical Device number 0
   Logical Device name                      : scratch
   RAID level                               : 10
   Status of Logical Device                 : {volume}
   Group 0, Segment 0                       : Present (457862MB, SATA, Connector:0, Device:0) B0
   Group 0, Segment 1                       : {segment}
   Group 1, Segment 0                       : Present (457862MB, SATA, Connector:0, Device:2) B2
   Group 1, Segment 1                       : Present (457862MB, SATA, Connector:0, Device:3) B3
"""
NVME = json.dumps(
    {
        "Devices": [
            {
                "Subsystems": [
                    {
                        "Controllers": [
                            {"SerialNumber": "N1", "ModelNumber": "X", "Namespaces": []},
                            {"SerialNumber": "N1", "ModelNumber": "X", "Namespaces": []},
                        ],
                        "Namespaces": [{"NameSpace": "nvme0n1", "PhysicalSize": 4096}],
                    }
                ]
            },
            {"DevicePath": "/dev/nvme1n1", "SerialNumber": "N2", "PhysicalSize": 512},
        ]
    },
    indent=0,
)
LSBLK = json.dumps(
    {
        "blockdevices": [
            {"name": "sda", "type": "disk", "size": 4096, "serial": NAA, "wwn": f"0x{NAA}"},
            {"name": "sdb", "type": "disk", "size": 4096, "serial": "S9"},
        ]
    }
)


@pytest.mark.parametrize(
    ("level", "troubles", "state"),
    [
        ("RAID6", {}, "OK"),
        ("RAID6", {"s0": "Offln"}, "DEGRADED"),
        ("RAID6", {"s0": "Rbld", "s1": "UBad"}, "CRITICAL"),
        ("RAID6", {"s0": "Msng", "s1": "Offln", "s2": "Offln"}, "FAILED"),
        ("RAID5", {"s0": "Msng"}, "CRITICAL"),
        ("RAID10", {"s0": "Offln"}, "CRITICAL"),
        ("RAID10", {"s0": "Offln", "s1": "Offln"}, "FAILED"),
        ("RAID10", {"s0": "Offln", "s2": "Offln"}, "CRITICAL"),
        ("RAID0", {"s0": "Offln"}, "FAILED"),
        ("RAID6", {"s0": "Gibberish"}, "UNKNOWN"),
    ],
)
def test_a_volume_has_the_redundancy_of_its_level(
    tmp_path: Path, level: str, troubles: dict[str, str], state: str
) -> None:
    """disks --> each span --> volume --> /dev/sda; a place without its disk is a failed one."""
    host = scanned(captured(tmp_path, storcli=storcli_of(level, **troubles), lsblk=LSBLK))

    assert state == host.states()["box:c0/v0 (data)"]
    assert state == host.states()["box:/dev/sda"]


@pytest.mark.parametrize(
    ("level", "states", "shape", "word"),
    [
        ("RAID6", ("Onln", "Onln", "Rbld", "Onln"), (1, 4), "DEGRADED"),
        ("RAID6", ("Onln", "Onln"), (1, 4), "CRITICAL"),
        ("RAID10", ("Onln", "Onln", "Onln"), (2, 2), "CRITICAL"),
        ("RAID0", ("Onln", "Offln"), (1, 2), "FAILED"),
    ],
)
def test_a_list_of_volumes_alone_tells_their_disks(
    tmp_path: Path, level: str, states: tuple[str, ...], shape: tuple[int, int], word: str
) -> None:
    """`/call/vall` has no topology; with `/call` beside it, that one tells the groups."""
    answer = {
        "/c0/v0": [{"DG/VD": "0/0", "TYPE": level, "State": "Optl", "Name": "data"}],
        "PDs for VD 0": [
            {"EID:Slt": place, "State": state} for place, state in zip(PLACES, states, strict=False)
        ],
        "VD0 Properties": {"Span Depth": shape[0], "Number of Drives Per Span": shape[1]},
    }
    status = {"Controller": 0, "Status": "Success"}
    text = json.dumps({"Controllers": [{"Command Status": status, "Response Data": answer}]})

    alone = scanned(captured(tmp_path / "alone", vall=text))
    both = scanned(captured(tmp_path / "both", vall=text, call=storcli_of("RAID10")))

    assert word == alone.states()["box:c0/v0 (data)"]
    assert 2 == both.resources["box:c0/v0 (data)"].merged.attributes["spans"]


def test_the_disk_a_host_sees_of_a_volume_is_no_disk(tmp_path: Path) -> None:
    """The card's own disks are, by serial number; one that it hands on is one with the host's."""
    text = storcli_of().replace('"  S3 "', '"S9"')

    host = scanned(captured(tmp_path, storcli=text, lsblk=LSBLK))

    disks = of_class(host.resources, "PhysicalDisk")
    assert ["S0", "S1", "S2", "S9"] == sorted(
        str(one.merged.attributes["serial_number"]) for one in disks.values()
    )
    assert ("box:c0/v0 (data)", "box:/dev/sda") in host.links
    assert {("Disk S9", "box:c0/v0 raid6"), ("Disk S9", "box:/dev/sdb")} <= host.links


def test_a_disk_that_a_card_hands_on_by_two_paths_is_one_disk(tmp_path: Path) -> None:
    """disk --> each path --> map"""
    below = {"name": "mpatha", "kname": "dm-1", "type": "mpath", "size": 4096}
    paths = [
        {"name": name, "type": "disk", "size": 4096, "serial": "S3", "children": [below]}
        for name in ("sdb", "sdc")
    ]

    host = scanned(
        captured(tmp_path, storcli=storcli_of(), lsblk=json.dumps({"blockdevices": paths}))
    )

    (disk,) = (name for name in of_class(host.resources, "PhysicalDisk") if "S3" in name)
    assert {(disk, "box:/dev/sdb"), (disk, "box:/dev/sdc"), (disk, "box:c0/v0 raid6")} <= host.links


def test_a_card_that_fails_takes_its_volumes_with_it(tmp_path: Path) -> None:
    """It is on the way to every disk."""
    host = scanned(captured(tmp_path, storcli=storcli_of().replace("Optimal", "Failed")))

    assert "FAILED" == host.states()["box:c0/v0 (data)"]


def test_a_card_that_warns_of_one_volume_does_not_worsen_the_others(tmp_path: Path) -> None:
    """What it says of itself is a summary of what hangs on it."""
    host = scanned(captured(tmp_path, storcli=storcli_of().replace("Optimal", "Needs Attention")))

    assert {} == host.troubled()


@pytest.mark.parametrize(("said", "state"), [("Dgrd", "DEGRADED"), ("OfLn", "FAILED")])
def test_what_no_disk_explains_is_the_volumes_own_trouble(
    tmp_path: Path, said: str, state: str
) -> None:
    """All its disks are online."""
    host = scanned(captured(tmp_path, storcli=storcli_of(state=said)))

    assert {"box:c0/v0 (data)": state} == host.troubled()


@pytest.mark.parametrize(
    ("status", "volume", "state"),
    [
        ("OK", "OK", "OK"),
        ("Failed", "Interim Recovery Mode", "CRITICAL"),
        ("Rebuilding", "Recovering, 12% complete", "CRITICAL"),
        ("Predictive Failure", "OK", "CRITICAL"),
        ("OK", "Failed", "FAILED"),
        ("OK", "Some new word", "UNKNOWN"),
    ],
)
def test_a_smart_array_tells_the_same_in_text(
    tmp_path: Path, status: str, volume: str, state: str
) -> None:
    """Two disks of three are a mirror; the third is in no array."""
    host = scanned(captured(tmp_path, ssacli=SSACLI.format(status=status, volume=volume)))

    expected = "DEGRADED" if status == "Predictive Failure" else state
    assert expected == host.states()["box:slot 0/logicaldrive 1"]
    assert {("Disk A1", "box:slot 0/logicaldrive 1 raid1")} <= host.links
    assert ("Disk A3", "box:slot 0/logicaldrive 1 raid1") not in host.links


SHORT = """\

Smart Array P420i in Slot 0 (Embedded)    (sn: 00143802965EB30)

   Array A (SATA, Unused Space: 0  MB)

      logicaldrive 1 (7.28 TB, RAID 1+0, Interim Recovery Mode)

      physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SATA HDD, 2 TB, OK)
      physicaldrive 1I:1:2 (port 1I:box 1:bay 2, SATA HDD, 2 TB, Failed)
      physicaldrive 1I:1:3 (port 1I:box 1:bay 3, SATA HDD, 2 TB, OK)
      physicaldrive 1I:1:4 (port 1I:box 1:bay 4, SATA HDD, 2 TB, OK)
      physicaldrive 1I:1:9 (port 1I:box 1:bay 9, SATA HDD, 2 TB, OK, spare)

   unassigned

      physicaldrive 2I:1:8 (port 2I:box 1:bay 8, SATA HDD, 2 TB, OK)

"""


def test_a_smart_arrays_config_is_read_without_its_detail_too(tmp_path: Path) -> None:
    """A line each; the spare and the unassigned disk are in no mirror."""
    host = scanned(captured(tmp_path, ssacli=SHORT))

    group = "box:slot 0/logicaldrive 1 raid10"
    assert {f"Disk box:slot 0/1I:1:{slot}" for slot in (1, 2, 3, 4)} == {
        cause for cause, effect in host.links if effect == group
    }
    assert "CRITICAL" == host.states()["box:slot 0/logicaldrive 1"]
    assert "00143802965EB30" == host.resources["slot 0"].merged.attributes["serial_number"]


@given(st.integers(0, len(SHORT) - 1))
def test_a_cut_config_without_detail_never_tells_of_a_smaller_array(length: int) -> None:
    """Fewer disks would bear the loss of one as well as all of them."""
    (whole,) = ssacli.read(SHORT, "it").card_volumes

    try:
        told = ssacli.read(SHORT[:length], "it").card_volumes
    except InvalidFile:
        return

    assert all(one == whole for one in told)


@pytest.mark.parametrize(
    ("segment", "volume", "state"),
    [
        ("Present (457862MB, SATA, Connector:0, Device:1) B1", "Optimal", "OK"),
        ("Inconsistent (457862MB, SATA, Connector:0, Device:1) B1", "Degraded", "CRITICAL"),
        ("Missing", "Degraded", "CRITICAL"),
        ("Present (457862MB, SATA, Connector:0, Device:1) B1", "Failed", "FAILED"),
    ],
)
def test_an_adaptec_card_tells_the_same_in_its_text(
    tmp_path: Path, segment: str, volume: str, state: str
) -> None:
    """Each group of a RAID10 is a mirror."""
    text = ARCCONF.format(segment=segment, volume=volume)

    assert state == scanned(captured(tmp_path, arcconf=text)).states()["box:adaptec/LD 0 (scratch)"]


def test_a_namespace_that_two_controllers_reach_is_one_disk(tmp_path: Path) -> None:
    """And the shape of before 2.11 is read too."""
    host = scanned(captured(tmp_path, nvme_list=NVME))

    disks = of_class(host.resources, "PhysicalDisk")
    assert ["N1", "N2"] == sorted(
        str(one.merged.attributes["serial_number"]) for one in disks.values()
    )


WHOLE: dict[Reader, str] = {
    storcli.read: storcli_of(s0="Offln"),
    ssacli.read: SSACLI.format(status="Failed", volume="Interim Recovery Mode"),
    arcconf.read: ARCCONF.format(segment="Missing", volume="Degraded"),
    nvme.read: NVME,
}


@given(st.sampled_from(list(WHOLE)), st.data())
def test_a_cut_text_never_tells_of_a_better_volume(reader: Reader, data: st.DataObject) -> None:
    """It is refused, or what is told of a volume is no more than the whole text tells."""
    text = WHOLE[reader]
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    whole = {one.key: one for one in reader(text, "it").card_volumes}

    try:
        told = reader(cut, "it")
    except InvalidFile:
        return

    for one in told.card_volumes:
        assert one.state in (whole[one.key].state, "unknown", None)


@pytest.mark.parametrize(
    ("said", "level"),
    [("RAID6", "raid6"), ("1+0", "raid10"), ("6", "raid6"), ("Simple_volume", "raid0")],
)
def test_a_level_is_written_in_one_way(said: str, level: str) -> None:
    """One that is not known is taken to lose nothing."""
    assert (level, "raid0") == (raid_level(said), raid_level("RAID 99"))


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("name", "volumes", "disks"),
    [
        ("storcli__megaraid-controllers-info.json", 1, 6),
        ("storcli__megaraid-drives-info.json", 0, 6),
        ("hpssa__ssacli-P400ar.txt", 2, 8),
        ("hpssa__ssacli-P408i-a.txt", 1, 4),
        ("adaptecraid__getconfig-ld-current.txt", 1, 4),
        ("adaptecraid__getconfig-pd-current.txt", 0, 6),
        ("nvme__v2.11_nvme-list.json", 0, 3),
    ],
)
def test_captures_of_real_cards_tell_of_everything_on_them(
    name: str, volumes: int, disks: int
) -> None:
    """All of them are healthy."""
    host = scanned(fixture(f"host-raidcli/netdata/{name}"))

    found = (of_class(host.resources, one) for one in ("RaidVolume", "PhysicalDisk"))
    assert [volumes, disks] == [len(one) for one in found]
    assert {} == host.troubled()
