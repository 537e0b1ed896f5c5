"""The What-if page: a question in its address, and the site as it would be."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from web_sites import CANONICAL, Trouble, client_of, simulated

from web.site import Site

_DISK = "couplet0-enc1-slot03"
_SITE = simulated(Trouble(_DISK))


def _text(address: str, *, site: Site = _SITE) -> str:
    """Return the words of the page at `address`."""
    text = client_of(site).get(address).text
    return " ".join(re.sub(r"<[^>]*>", " ", text[text.index("<main") :]).split())


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


def test_of_the_inputs_of_a_pool_so_many_as_are_safe_together_are_named_and_simulated() -> None:
    """Of the paths to a device one may go; the answer is the one to pulling it."""
    site = simulated()

    said = _text("/whatif?inputs_of=oss0:scratch-OST0001&max=1", site=site)

    assert "Safe together: 1 of 4: oss0-couplet0-ctrl1-lun1" in said
    assert "Simulation, in addition to now: oss0-couplet0-ctrl1-lun1 is pulled." in said
    assert "Safe: some redundancy is used up" in said


def test_where_no_input_may_go_the_answer_says_how_bad_one_would_be() -> None:
    """Every disk of a pool shares its enclosure with another one of it."""
    said = _text("/whatif?inputs_of=couplet0-pool2&max=3", site=simulated())

    assert "None of these 10 is safe to pull: alone, 10 would be risky." in said
    assert "Simulation" not in said


def test_without_a_number_all_inputs_are_pulled_at_once() -> None:
    """The form keeps what was asked."""
    said = client_of(simulated()).get("/whatif?inputs_of=couplet0-pool2").text

    assert "scratch would be partly down" in said
    assert 'name="inputs_of" value="couplet0-pool2"' in said


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("inputs_of=couplet0-enc1", "couplet0-enc1 depends on nothing, so it has no inputs"),
        ("inputs_of=couplet0-pool2&max=0", "max is '0'; write a number from 1 to 50"),
        ("inputs_of=couplet0-pool2&max=two", "max is 'two'; write a number from 1 to 50"),
    ],
)
def test_a_question_about_inputs_that_makes_no_sense_is_refused(
    question: str, message: str
) -> None:
    """What is wrong, and what to write."""
    response = client_of(simulated()).get(f"/whatif?{question}")

    assert 400 == response.status_code
    assert message in html.unescape(response.text)


def test_a_crowd_of_the_path_unfolds_within_the_same_question() -> None:
    """The link of a folded card keeps what was asked, and takes nothing else from the address."""
    text = client_of(_SITE).get("/whatif?fail=couplet0-enc2-slot03&_external=1&endpoint=x").text

    assert re.search(r'href="/whatif\?fail=couplet0-enc2-slot03&amp;open=[\w-]+"', text)


def test_a_broken_part_is_asked_about_from_its_pages() -> None:
    """Failed: what if it is repaired. Sound: what if it fails. Either way: may it be pulled."""
    client = client_of(_SITE)
    broken = client.get(f"/r/{_DISK}").text
    sound = client.get("/r/couplet0-enc2-slot03").text

    assert re.search(r'href="/whatif\?repair=[\w-]+">What if this is repaired', broken)
    assert re.search(r'href="/whatif\?fail=[\w-]+">What if this fails', sound)
    assert all(re.search(r'href="/whatif\?service=', text) for text in (broken, sound))


def test_of_a_pool_one_may_ask_which_of_its_inputs_to_pull() -> None:
    """Of a disk, which is in one enclosure, not."""
    client = client_of(_SITE)
    link = re.compile(r'href="/whatif\?inputs_of=[\w.-]+">Which of its inputs may be pulled')

    assert link.search(client.get("/r/couplet0-pool2").text)
    assert not link.search(client.get("/r/couplet0-enc2-slot03").text)


def test_a_resource_says_where_its_trouble_begins_and_which_repair_alone_improves_it() -> None:
    """A controller and a disk: each of them alone leaves the filesystem critical."""
    one = _text("/r/couplet0-pool1")
    two = _text("/r/scratch", site=simulated(CANONICAL["two-causes"]))

    assert "Root causes Own state Root cause Trouble By way of Its repair alone" in one
    assert f"Repairing {_DISK} alone improves couplet0-pool1." in one
    assert "No single repair improves scratch; it takes several of them." in two
    assert "couplet0-pool1 → couplet0-lun1 → oss1:scratch-OST0001" in two


def test_a_part_that_is_its_own_root_cause_needs_no_table_of_them() -> None:
    """Its state says it."""
    assert "By way of" not in _text(f"/r/{_DISK}")
