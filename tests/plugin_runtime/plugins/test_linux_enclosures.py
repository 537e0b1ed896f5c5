"""Enclosures that a host sees, and what is in their bays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from linux_hosts import captured, fixture, of_class, scanned

LSBLK = json.dumps(
    {"blockdevices": [{"name": "sda", "type": "disk", "size": 4096, "serial": "S0"}]}
)
SHELF = "ACME J24 5b0bd6d1a3083c3f"


def ses(*, enclosure: str = "5b0bd6d1a3083c3f", said: str = "OK", **statuses: str) -> str:
    """Return what is written of one enclosure with sda in one of two bays, by its parts' states."""
    slots: dict[str, Any] = {
        "1": {"descriptor": "slot01", "status": statuses.get("bay", "OK"), "dev": "sda"},
        "2": {"descriptor": "slot02", "status": "Not installed", "dev": None},
    }
    power = {
        number: {"descriptor": f"PSU {name}", "status": statuses.get(f"psu_{name}", "OK")}
        for number, name in (("30", "a"), ("31", "b"))
    }
    fan = {"40": {"descriptor": "Fan", "status": statuses.get("fan", "OK")}}
    return json.dumps(
        {
            "ses": [
                {
                    "id": enclosure,
                    "vendor": "ACME",
                    "product": "J24",
                    "status": [said],
                    "elements": {
                        "Array Device Slot": slots,
                        "Power Supply": power,
                        "Cooling": fan,
                    },
                }
            ]
        }
    )


def test_a_disk_is_in_its_bay_and_an_empty_bay_is_nothing(tmp_path: Path) -> None:
    """enclosure --> disk --> /dev/sda"""
    host = scanned(captured(tmp_path, ses=ses(), lsblk=LSBLK))

    disk = host.resources["Disk S0"]
    shelf = host.resources[SHELF]
    assert (1, shelf.uid) == (disk.merged.attributes["slot"], disk.merged.attributes["enclosure"])
    assert (2, 1) == tuple(shelf.merged.attributes[name] for name in ("bays", "occupied"))
    assert {(SHELF, "Disk S0"), ("Disk S0", "box:/dev/sda")} <= host.links
    assert {} == host.troubled()


def test_a_disk_that_is_reached_by_two_paths_is_in_its_bay(tmp_path: Path) -> None:
    """enclosure --> disk --> each path --> map: losing the disk is no matter of paths."""
    below = {"name": "mpatha", "kname": "dm-1", "type": "mpath", "size": 4096}
    paths = [
        {"name": name, "type": "disk", "size": 4096, "serial": "S0", "children": [below]}
        for name in ("sda", "sdk")
    ]
    lsblk = json.dumps({"blockdevices": paths})

    host = scanned(captured(tmp_path, ses=ses(), lsblk=lsblk))

    assert {"Disk S0"} == set(of_class(host.resources, "PhysicalDisk"))
    paths_of_it = {("Disk S0", f"box:/dev/{name}") for name in ("sda", "sdk")}
    assert {(SHELF, "Disk S0"), *paths_of_it} <= host.links


@pytest.mark.parametrize(
    ("troubles", "state"),
    [
        ({"psu_a": "Critical"}, "CRITICAL"),
        ({"psu_a": "Critical", "psu_b": "Unrecoverable"}, "FAILED"),
        ({"fan": "Critical"}, "DEGRADED"),
        ({"fan": "Unknown"}, "UNKNOWN"),
        ({"said": "NON-CRIT"}, "DEGRADED"),
        ({"said": "CRIT"}, "CRITICAL"),
        ({"said": "INFO"}, "OK"),
    ],
)
def test_an_enclosure_is_as_its_parts_are(
    tmp_path: Path, troubles: dict[str, str], state: str
) -> None:
    """It needs one of its power supplies, and runs hot without a fan."""
    host = scanned(captured(tmp_path, ses=ses(**troubles), lsblk=LSBLK))

    assert state == host.states()[SHELF]


def test_a_bay_that_has_failed_has_a_failed_disk(tmp_path: Path) -> None:
    """The enclosure lights its fault lamp."""
    host = scanned(captured(tmp_path, ses=ses(bay="Critical"), lsblk=LSBLK))

    assert "FAILED" == host.resources["Disk S0"].own_state.word


def test_an_identifier_that_is_no_enclosures_own_joins_nothing(tmp_path: Path) -> None:
    """Two machines' AHCI ports both say 3000000000000001."""
    text = ses(enclosure="3000000000000001")

    uids = {
        one.uid
        for name in ("east", "west")
        for one in of_class(
            scanned(captured(tmp_path / name, ses=text), name).resources, "Enclosure"
        ).values()
    }

    assert 2 == len(uids)


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("name", "bays", "occupied"),
    [("R40-NOJBODS", [24, 24], 2), ("V260-NOJBODS", [4, 24], 11)],
)
def test_captures_of_real_enclosures_tell_of_all_their_bays(
    name: str, bays: list[int], occupied: int
) -> None:
    """One of them is told of twice, by two ways to it, each with half of its bays."""
    host = scanned(fixture(f"host-ses-truenas/{name}/mocked.json"))

    found = of_class(host.resources, "Enclosure").values()
    assert bays == sorted(one.merged.attributes["bays"] for one in found)
    assert occupied == len(of_class(host.resources, "PhysicalDisk"))
    assert {} == host.troubled()
