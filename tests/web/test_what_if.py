"""The What-if page: a question in its address, and the site as it would be."""

from __future__ import annotations

import re
from dataclasses import replace

from web_sites import Trouble, client_of, simulated

from web.site import Site

_DISK = "couplet0-enc1-slot03"
_SITE = simulated(Trouble(_DISK))


def _text(address: str, *, site: Site = _SITE) -> str:
    """Return the words of the page at `address`."""
    html = client_of(site).get(address).text
    return " ".join(re.sub(r"<[^>]*>", " ", html[html.index("<main") :]).split())


def test_without_a_question_there_is_a_form() -> None:
    """Nothing is simulated until something is asked."""
    said = _text("/whatif")

    assert "What would happen if parts failed?" in said
    assert "These are pulled" in said
    assert "Simulation" not in said


def test_the_last_disk_a_pool_can_lose_is_risky() -> None:
    """1 of 10 has failed; a second takes nothing down and leaves nothing to spare."""
    said = _text("/whatif?fail=couplet0-enc2-slot03")

    assert "scratch would be critical" in said
    assert "Risky: a service would be one failure from its end." in said
    assert "Impact path of couplet0-enc2-slot03 , then" in said


def test_a_name_stands_as_it_is_in_what_would_be() -> None:
    """Also one that reads like half a sentence."""
    view = _SITE.known
    (uid,) = view.filesystems
    renamed = replace(view.resources[uid], alias="what is left")
    site = replace(_SITE, view=replace(view, resources={**view.resources, uid: renamed}))

    said = _text("/whatif?fail=couplet0-enc2-slot03", site=site)

    assert "what is left would be critical" in said


def test_ids_repeat_or_stand_with_commas() -> None:
    """Both ways of writing one question are answered alike."""
    listed = _text("/whatif?fail=couplet0-enc2-slot03,couplet0-enc3-slot03")
    repeated = _text("/whatif?fail=couplet0-enc2-slot03&fail=+couplet0-enc3-slot03,")

    assert listed == repeated
    assert "Not safe: a service would end" in listed
    assert "scratch-OST0001 OST ◆ Critical ✕ Failed" in listed


def test_a_repair_mends_what_the_part_had_broken() -> None:
    """The one thing that is broken is sound: no verdict, since nothing is lost."""
    said = _text(f"/whatif?repair={_DISK}")

    assert "scratch would be OK." in said
    assert f"{_DISK} Disk ✕ Failed ● OK" in said
    assert "Is it safe?" not in said


def test_what_could_go_together_is_named_where_not_all_can() -> None:
    """A path has a second one beside it; a disk uses up what keeps its pool alive."""
    address = "/whatif?service=oss0-couplet0-ctrl0-lun0,couplet0-enc1-slot03"
    said = _text(address, site=simulated())

    assert "Risky" in said
    assert "Safe together (1): oss0-couplet0-ctrl0-lun0 " in said


def test_what_service_explains_is_marked_as_expected() -> None:
    """All of it, where nothing else fails."""
    said = _text("/whatif?service=couplet0-enc2-slot04")

    assert "All of this is expected while couplet0-enc2-slot04 is in service." in said
    assert "Critical expected" in said


def test_an_unknown_id_keeps_the_question_in_the_form() -> None:
    """404 that names it, and nothing has to be typed again."""
    response = client_of(_SITE).get("/whatif?fail=couplet0-enc2-slot03,nonsense")

    assert 404 == response.status_code
    assert "&#39;nonsense&#39;" in response.text
    assert 'value="couplet0-enc2-slot03, nonsense"' in response.text


def test_a_question_of_too_many_parts_is_refused() -> None:
    """Each part costs judgements of the whole site."""
    response = client_of(_SITE).get("/whatif?fail=" + ",".join(["x"] * 51))

    assert 400 == response.status_code
    assert "51 parts are supposed at once; ask about 50 at most" in response.text


def test_a_crowd_of_the_path_unfolds_within_the_same_question() -> None:
    """The link of a folded card keeps what was asked, and takes nothing else from the address."""
    html = client_of(_SITE).get("/whatif?fail=couplet0-enc2-slot03&_external=1&endpoint=x").text

    assert re.search(r'href="/whatif\?fail=couplet0-enc2-slot03&amp;open=[\w-]+"', html)


def test_a_broken_part_is_asked_about_from_its_pages() -> None:
    """Failed: what if it is repaired. Sound: what if it fails. Either way: may it be pulled."""
    client = client_of(_SITE)
    broken = client.get(f"/r/{_DISK}").text
    sound = client.get("/r/couplet0-enc2-slot03").text

    assert re.search(r'href="/whatif\?repair=[\w-]+">What if this is repaired', broken)
    assert re.search(r'href="/whatif\?fail=[\w-]+">What if this fails', sound)
    assert all(re.search(r'href="/whatif\?service=', html) for html in (broken, sound))
