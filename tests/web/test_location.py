"""Where a part sits, as far as its plugin says."""

from __future__ import annotations

from dataclasses import replace

from graph import claim
from web_sites import site_of_claims

from topology.live.view import View
from topology.model import Claim, Value
from web.location import Location, location_of


def _with(one: Claim, **attributes: Value) -> Claim:
    return replace(one, attributes=attributes)


def _shelf(first: int, **geometry: Value) -> View:
    """An enclosure of four disks in slots that begin with `first`; two disks make a pool."""
    claims = {"enc": _with(claim("Enclosure", label="enc"), rack="r7", **geometry)}
    for number in range(4):
        claims[f"disk-{number}"] = _with(
            claim("PhysicalDisk", parents=["enc"], label=f"disk-{number}"),
            slot=first + number,
            serial_number=f"SN{number}",
        )
    claims["pool"] = claim("StoragePool", parents=["disk-0", "disk-2"], label="pool")
    return site_of_claims(claims).known


def test_a_disk_is_found_by_rack_enclosure_slot_and_serial() -> None:
    """What a person at the rack reads on labels."""
    place = location_of(_shelf(1), "disk-2")

    assert ("r7", "enc", "3", "SN2") == (place.rack, place.enclosure, place.slot, place.serial)
    assert place.is_known


def test_slots_are_mapped_as_one_stands_before_the_shelf() -> None:
    """Rows by columns, from slot 0 or from slot 1, with empty slots, the cause and its peers."""
    for first in (0, 1):
        rows = location_of(_shelf(first, rows=2, columns=3), "disk-0").rows

        assert [
            [(first, "disk-0"), (first + 1, "disk-1"), (first + 2, "disk-2")],
            [(first + 3, "disk-3"), (first + 4, ""), (first + 5, "")],
        ] == [[(slot.number, slot.uid) for slot in row] for row in rows]
        assert ["disk-0"] == [slot.uid for row in rows for slot in row if slot.is_cause]
        assert ["disk-2"] == [slot.uid for row in rows for slot in row if slot.is_peer]


def test_without_geometry_there_is_no_map() -> None:
    """Unknown, absurd and nonsensical grids are left out; the words stay."""
    for geometry in ({}, {"rows": 3}, {"rows": 10_000, "columns": 60}, {"rows": 0, "columns": 4}):
        place = location_of(_shelf(1, **geometry), "disk-1")

        assert () == place.rows
        assert "2" == place.slot


def test_a_part_that_says_nothing_has_no_place() -> None:
    """No enclosure, no slot, no serial: nothing is made up."""
    site = site_of_claims({"host": claim("Host", label="host")})

    assert Location() == location_of(site.known, "host")
    assert not Location().is_known
