"""The Hardware pages: where in the room something is broken."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from graph import claim
from web_sites import Trouble, client_of, simulated, site_of_claims

from topology.model import Claim, Value
from topology.state import EXACTLY, UNKNOWN, Interval, State
from web.pages.hardware import HardwarePage, Run, Shelf
from web.site import Site

_FAILED = EXACTLY[State.FAILED]


def _room(
    enclosures: int, slots: int, *, own: Mapping[str, Interval] | None = None, **geometry: Value
) -> Site:
    """Return enclosures "enc0", ... with a disk "enc0-0", ... in every slot from 0 on."""
    states = own or {}
    claims: dict[str, Claim] = {}
    for shelf in range(enclosures):
        name = f"enc{shelf}"
        claims[name] = replace(claim("Enclosure", label=name), attributes=geometry)
        for slot in range(slots):
            uid = f"{name}-{slot}"
            disk = claim(parents=[name], own=states.get(uid, EXACTLY[State.OK]), label=uid)
            claims[uid] = replace(disk, attributes={"slot": slot})
    return site_of_claims(claims)


def _shelves(site: Site) -> tuple[Shelf, ...]:
    return HardwarePage.of(site).shelves


def _words(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", page[page.index("<h1") :]).split()))


def test_only_what_is_not_ok_is_drawn_over_a_healthy_shelf() -> None:
    """Slots 1 and 2 of row 0 have failed, slot 4 is silent, slot 5 is empty.

    .  x  x
    .  ?  _
    """
    own = {"enc0-1": _FAILED, "enc0-2": _FAILED, "enc0-4": UNKNOWN}
    (shelf,) = _shelves(_room(1, 5, own=own, rows=2, columns=3))

    expected = (Run(0, 1, 2, "failed"), Run(1, 1, 1, "unknown"), Run(1, 2, 1, "empty"))
    assert expected == shelf.runs
    assert (2, 3, "2 OK, 2 Failed, 1 Unknown") == (shelf.rows, shelf.columns, shelf.said)


def test_a_healthy_room_is_one_sentence() -> None:
    """Nothing is drawn over any shelf."""
    site = _room(2, 4, rows=2, columns=2)

    assert "All is OK: 8 parts in 2 enclosures." in client_of(site).get("/hw").text
    assert all((() == one.runs, one.mark is None) == (True, True) for one in _shelves(site))


def test_what_is_broken_stands_above_the_map_with_its_place() -> None:
    """A disk in its slot; and an enclosure, which takes its disks along."""
    site = simulated(Trouble("couplet0-enc1-slot03,couplet0-enc2"))
    page = client_of(site).get("/hw").text
    said = _words(page)

    assert said.startswith("✕ 10 of 46 parts are not OK, in 2 of 5 enclosures.")
    assert "couplet0-enc1-slot03 failed Disk · rack rack0 couplet0-enc1 slot 3" in said
    assert "couplet0-enc2 failed Enclosure" in said
    assert '<pattern id="look-failed"' in page


def test_without_geometry_a_shelf_is_told_in_words() -> None:
    """How many are in which state; nothing is drawn that is not known."""
    site = _room(1, 3, own={"enc0-1": _FAILED})
    page = client_of(site).get("/hw").text

    assert "2 OK, 1 Failed" in _words(page)
    assert "viewBox" not in page


def test_disks_in_no_enclosure_are_counted() -> None:
    """A host's own disks have no shelf."""
    page = client_of(site_of_claims({"sda": claim(label="sda")})).get("/hw").text

    assert "No enclosure is reported. 1 disk in no enclosure; list all disks" in _words(page)


def test_one_enclosure_shows_each_slot_as_a_link_and_each_part_in_a_table() -> None:
    """By its name; the worst part first."""
    site = simulated(Trouble("couplet0-enc1-slot03"))
    page = client_of(site).get("/hw/couplet0-enc1").text

    assert "couplet0-enc1 is OK. 8 OK, 1 Failed · rack rack0" in _words(page)
    assert 9 == len(re.findall(r'<td class="slot [a-z ]+"><a href="/r/', page))
    assert "couplet0-enc1-slot03" in page[page.index("<tbody>", page.index('id="parts"')) :][:400]


def test_an_enclosure_without_geometry_lists_its_parts() -> None:
    """It says why there is no map."""
    said = _words(client_of(_room(1, 2)).get("/hw/enc0").text)

    assert "How its slots are arranged is not reported" in said
    assert "enc0-1" in said


@pytest.mark.parametrize(("name", "why"), [("none", "'none'"), ("enc0-0", "no enclosure")])
def test_what_is_no_enclosure_is_not_found(name: str, why: str) -> None:
    """404 that says what it is instead."""
    response = client_of(_room(1, 1)).get(f"/hw/{name}")

    assert 404 == response.status_code
    assert why in html.unescape(response.text)


def test_a_large_room_is_a_small_page() -> None:
    """174 enclosures of 80 slots, one in eight with a failed disk: below 150 KB (ui: heat map)."""
    own = {f"enc{shelf}-{shelf % 80}": _FAILED for shelf in range(0, 174, 8)}
    site = _room(174, 80, own=own, rows=4, columns=20)

    page = client_of(site).get("/hw")

    assert "22 of 13,920 parts are not OK, in 22 of 174 enclosures." in page.text
    assert len(page.data) < 150_000


def test_a_large_room_comes_in_pages_with_what_is_broken_first() -> None:
    """No page lists more than a few hundred shelves; the broken one is on the first."""
    site = _room(300, 1, own={"enc299-0": _FAILED}, rows=1, columns=1)

    first = HardwarePage.of(site)
    last = HardwarePage.of(site, number=2)

    assert ("enc299",) == tuple(one.name for one in first.troubled)
    assert [f"enc{number}" for number in range(300)] == [
        one.name for one in (*first.shelves, *last.shelves)
    ]
    assert last == HardwarePage.of(site, number=99)
