"""The Explore page: a walk from any resource, all of it in the address."""

from __future__ import annotations

import html
import re

import pytest
from graph import claim
from web_sites import Trouble, client_of, simulated, site_of_claims

from web.pages import explore
from web.picture import picture_among
from web.site import Site

_DISK = "couplet0-enc1-slot03"
_SITE = simulated(Trouble(_DISK))


def _ring() -> Site:
    """a and b depend on each other, c on b: a --> b --> a, b --> c."""
    return site_of_claims(
        {
            "a": claim("Host", affects=["b"], label="a"),
            "b": claim("Host", affects=["a"], label="b"),
            "c": claim("LustreFilesystem", affects=["b"], label="c"),
        }
    )


def _words(address: str, *, site: Site = _SITE) -> str:
    page = client_of(site).get(address).text
    main = page[page.index("<h1") : page.index("</main>")]
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", main).split()))


def test_downstream_ends_at_what_people_use() -> None:
    """disk --> pool --> lun --> 2 multipath devices --> OST --> filesystem."""
    said = _words(f"/explore?root={_DISK}&depth=20")

    assert f"✕ 6 resources depend on {_DISK} within 20 links." in said.replace("  ", " ")
    assert "scratch-OST0001" in said


def test_upstream_is_followed_as_far_as_asked() -> None:
    """One link above a filesystem are its targets."""
    assert "scratch depends on 7 resources within 1 link." in _words(
        "/explore?root=scratch&dir=up&depth=1"
    )


def test_a_cycle_is_walked_once() -> None:
    """Every resource counts once, and the start not at all."""
    assert "2 resources depend on a within 20 links." in _words(
        "/explore?root=a&depth=20", site=_ring()
    )


def test_what_is_hidden_is_not_walked_through_and_can_be_shown_again() -> None:
    """Without the pool nothing is reached; the address of the chip leads back."""
    address = f"/explore?root={_DISK}&hide=StoragePool"
    page = client_of(_SITE).get(address).text
    (again,) = re.findall(r'href="([^"]*)"><s>storage pools</s>', page)

    assert f"Nothing is downstream of {_DISK}, or is shown." in _words(address)
    assert "storage pool" in _words(html.unescape(again))
    assert "hide" not in again


def test_hiding_what_is_ok_leaves_the_trouble() -> None:
    """The five above the filesystem that a failed disk reaches, and it."""
    said = _words("/explore?root=scratch&dir=up&depth=20&hide=OK&view=table")

    assert "scratch depends on 6 resources within 20 links." in said
    assert f"Failed {_DISK}" in said


def test_the_table_says_what_the_picture_says() -> None:
    """Every resource that is reached is a row; no picture."""
    page = client_of(_SITE).get(f"/explore?root={_DISK}&depth=20&view=table").text
    (pool,) = [one for one in _SITE.known.resources.values() if one.name == "couplet0-pool1"]

    assert "<svg" not in page
    assert 6 == page.count('<th scope="row"')
    assert f'href="/r/{pool.uid}"' in page


def test_every_resource_is_on_a_card() -> None:
    """Few or folded, none is dropped."""
    view = _SITE.known
    others = [uid for uid in view.resources if uid != view.find("scratch")]

    picture = picture_among(view, view.find("scratch"), others)

    assert sorted(view.resources) == sorted(uid for one in picture.cards for uid in one.members)


def test_a_walk_that_is_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at a number of resources rather than draw them all, or silently drop some."""
    monkeypatch.setattr(explore, "_MOST", 10)

    said = _words("/explore?root=scratch&dir=up&depth=20")

    assert "scratch depends on more than 10 resources" in said
    assert "The walk ends at 10 resources; there are more." in said


def test_without_a_root_it_offers_some() -> None:
    """What people use is where a walk upstream begins."""
    page = client_of(_SITE).get("/explore").text

    assert "Where would you like to begin?" in page
    assert f'href="/explore?root={_SITE.known.find("scratch")}&amp;dir=up"' in page


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("root=none", 404, "'none'"),
        ("root=scratch&dir=sideways", 400, "write up or down"),
        ("root=scratch&depth=0", 400, "from 1 to 20"),
        ("root=scratch&depth=21", 400, "from 1 to 20"),
        ("root=scratch&depth=x", 400, "from 1 to 20"),
    ],
)
def test_a_walk_that_cannot_be_is_one_clear_page(query: str, status: int, said: str) -> None:
    """What is wrong and what to write instead."""
    response = client_of(_SITE).get(f"/explore?{query}")

    assert status == response.status_code
    assert said in html.unescape(response.text)


def test_a_heading_that_is_too_wide_keeps_whole_names_and_counts_the_rest() -> None:
    """Its title has them all."""
    page = client_of(_SITE).get("/explore?root=scratch&dir=up").text

    headings = dict(re.findall(r'class="lane"[^>]*>([^<]*)<title>([^<]*)<', page))
    assert "STORAGE POOL · CONTROLLER" == headings["STORAGE POOL +1"]
