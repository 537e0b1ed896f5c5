"""The impact path: nobody is left out, and nothing leaves its card."""

from __future__ import annotations

from collections import Counter

import pytest
from graph import claim
from hypothesis import given, settings
from hypothesis import strategies as st
from web_sites import Trouble, simulated, site_of_claims

from topology.gates import Group, Needs
from topology.report import incidents_of
from topology.state import EXACTLY, State
from web.drawing import drawing_of
from web.format import text_width
from web.picture import PAGE, Picture, picture_of
from web.site import Site

_PARTS = sorted(
    resource.merged.label
    for resource in simulated().known.resources.values()
    if resource.merged.can_fail and resource.class_name != "SimulatedSite"
)


def _chain(disks: int) -> Site:
    """Many failed disks under one enclosure: enclosure --> disk-N --> pool --> scratch."""
    names = [f"disk-{number}" for number in range(disks)]
    claims = {"enc": claim("Enclosure", own=EXACTLY[State.FAILED], label="enc")}
    claims |= {name: claim("PhysicalDisk", parents=["enc"], label=name) for name in names}
    claims["pool"] = claim(
        "StoragePool",
        parents=names,
        of=dict.fromkeys(names, "disks"),
        groups=(Group("disks", Needs(1)),),
        label="pool",
    )
    claims["scratch"] = claim("LustreFilesystem", parents=["pool"], label="scratch")
    return site_of_claims(claims)


def _picture(site: Site, cause: str, unfolded: frozenset[str] = frozenset()) -> Picture:
    return picture_of(site.known, cause, site.known.affected_by(cause), unfolded=unfolded)


@settings(max_examples=10)
@given(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=4, unique=True), st.booleans())
def test_every_affected_resource_is_on_one_card_or_counted_on_one(
    failed: list[str], unfolds: bool
) -> None:
    """For any failures of a site, each cause's picture holds exactly what it affects."""
    view = simulated(Trouble(",".join(sorted(failed)))).known
    for incident in incidents_of(view):
        unfolded = frozenset(incident.affected) if unfolds else frozenset()

        picture = picture_of(view, incident.cause, incident.affected, unfolded=unfolded)

        shown = Counter(uid for card in picture.cards for uid in card.members)
        affected = Counter(
            uid for card in picture.cards if card.role == "affected" for uid in card.members
        )
        assert Counter(incident.affected) == affected
        assert {1} == set(shown.values())
        assert [incident.cause] == [card.first for card in picture.cards if card.role == "cause"]


@settings(max_examples=10)
@given(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=3, unique=True))
def test_nothing_is_drawn_outside_of_its_card_or_the_picture(failed: list[str]) -> None:
    """Names and notes fit beside the glyph; cards do not overlap."""
    site = simulated(Trouble(",".join(sorted(failed))))
    for incident in incidents_of(site.known):
        drawing = drawing_of(site, _picture(site, incident.cause))

        assert len(drawing.cards) == len({(card.x, card.y) for card in drawing.cards})
        for card in drawing.cards:
            assert card.x + drawing.card_width <= drawing.width
            assert card.y + drawing.card_height <= drawing.height
            assert drawing.text_at + text_width(card.name, size=12.5) <= drawing.card_width
            assert drawing.text_at + text_width(card.note, size=11) <= drawing.card_width


def test_a_failed_disk_is_a_handful_of_cards() -> None:
    """Nine healthy disks and three healthy OSTs fold; the path is one card a step."""
    site = simulated(Trouble("couplet0-enc1-slot03"))
    cause = site.known.find("couplet0-enc1-slot03")

    picture = _picture(site, cause)

    assert 6 == len(picture.columns)
    assert [("PhysicalDisk", 9)] == [
        ("PhysicalDisk", len(card.members)) for card in picture.columns[0] if card.role == "beside"
    ]


def test_crowds_that_lead_to_one_crowd_fold_too() -> None:
    """enclosure --> 9 disks --> 5 pools --> 5 LUNs --> ... is a dozen cards, not forty."""
    site = simulated(Trouble("couplet0-enc1"))

    picture = _picture(site, site.known.find("couplet0-enc1"))

    on_path = [card for card in picture.cards if card.role == "affected"]
    assert 35 == sum(len(card.members) for card in on_path)
    assert len(on_path) <= 14


@pytest.mark.parametrize("opened", [0, 60, 119])
def test_a_crowd_unfolds_page_by_page(opened: int) -> None:
    """The page that holds the resource asked for is shown; the rest is one card that goes on."""
    site = _chain(120)
    page = opened // PAGE

    picture = _picture(site, "enc", frozenset({f"disk-{opened}"}))

    disks = picture.columns[1]
    alone = {card.first for card in disks if not card.is_folded}
    (rest,) = (card for card in disks if card.is_folded)
    expected = {f"disk-{number}" for number in range(page * PAGE, min(120, (page + 1) * PAGE))}
    assert expected == alone
    assert 120 - len(expected) == len(rest.members)
    assert f"disk-{(page + 1) * PAGE % 120 if page < 2 else 0}" == rest.first


def test_a_cycle_ends_and_is_drawn() -> None:
    """host --> switch-1 <--> switch-2 --> mount: each link once, no endless walk."""
    site = site_of_claims(
        {
            "host": claim("Host", own=EXACTLY[State.FAILED], label="host"),
            "switch-1": claim("NetworkSwitch", affects=["host", "switch-2"], label="switch-1"),
            "switch-2": claim("NetworkSwitch", affects=["switch-1"], label="switch-2"),
            "mount": claim("LustreClientMount", affects=["switch-2"], label="mount"),
        }
    )

    picture = _picture(site, "host")

    edges = Counter((edge.source.first, edge.target.first) for edge in picture.edges)
    assert {
        ("host", "switch-1"): 1,
        ("switch-1", "switch-2"): 1,
        ("switch-2", "switch-1"): 1,
        ("switch-2", "mount"): 1,
    } == edges
