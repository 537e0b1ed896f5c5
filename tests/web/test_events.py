"""What changed, and when: the page and the API over the journal."""

from __future__ import annotations

import dataclasses
import html
import re

import pytest
from graph import claim
from web_sites import NOW, FakeJournal, Trouble, client_of, simulated, site_of_claims

from topology.journal import Event
from topology.model import resource_uid

_DISK = "couplet0-enc1-slot03"
_SITE = simulated(Trouble(_DISK))
_GONE = Event(
    event_id="e",
    seq=9,
    revision=1,
    at=NOW - 7200,
    uid="old-disk",
    kind="removed",
    before='{"claims":{"array/east":{"label":"<b>sdx</b>"}}}',
    after="null",
)


def _words(page: str) -> str:
    text = re.sub(r"<[^>]*>", " ", page[page.index("<main") : page.index("</main>")])
    return html.unescape(" ".join(text.split()))


def test_the_newest_change_comes_first_with_what_became_of_it() -> None:
    """A disk failed 14 minutes ago; it leads to its page."""
    page = client_of(_SITE).get("/events").text

    assert f"The last change was 14 min ago, of {_DISK}." in _words(page)
    assert f"{_DISK} status ok -> failed" in re.sub(" own state .*?;", "", _words(page))
    assert f'href="/r/{_SITE.known.find(_DISK)}"' in page


def test_the_events_of_one_resource_are_found_by_any_of_its_names() -> None:
    """Its failure and its first report."""
    page = client_of(_SITE).get(f"/events?uid={_DISK}").text

    assert f"{_DISK} last changed 14 min ago." in _words(page)
    assert 2 == page.count('<th scope="row"')
    assert "added" in _words(page)


def test_what_is_gone_keeps_its_history_and_has_no_page() -> None:
    """A removed disk by its uid, with the name it had, which stays text."""
    site = dataclasses.replace(
        site_of_claims({"fs": claim("LustreFilesystem")}), journal=FakeJournal([_GONE])
    )

    page = client_of(site).get("/events?uid=old-disk").text

    assert "<b>sdx</b> removed" in _words(page)
    assert 'href="/r/old-disk"' not in page


def test_what_is_gone_has_the_name_it_had_last_wherever_it_is_spoken_of() -> None:
    """In what happened to it before, and in the links it took with it."""
    uid = resource_uid("PhysicalDisk", ["ZX002"])
    heated = Event("h", 7, 1, NOW - 7300, uid, "changed", "{}", "{}")
    gone = dataclasses.replace(_GONE, uid=uid)
    link = f'{{"claims":{{"array/east":{{"inputs":{{"PARENT_OF {uid}":%s}}}}}}}}'
    pool = Event("p", 8, 1, NOW - 7200, "fs", "changed", link % "{}", link % "null")
    site = dataclasses.replace(
        site_of_claims({"fs": claim("LustreFilesystem")}),
        journal=FakeJournal([heated, pool, gone]),
    )

    page = client_of(site).get("/events").text

    assert uid not in _words(page)
    assert "PARENT_OF from <b>sdx</b> gone" in _words(page)
    assert "<b>sdx</b> changed" in _words(page)


def test_an_id_that_never_was_is_not_found() -> None:
    """404 rather than an empty history."""
    response = client_of(_SITE).get("/events?uid=nonsense")

    assert 404 == response.status_code
    assert "&#39;nonsense&#39;" in response.text


def test_older_events_are_a_link_away_until_the_first() -> None:
    """Every page goes on where the one before ended; the last one has no further."""
    client = client_of(_SITE)
    address, rows = "/events", 0
    while address:
        page = client.get(address).text
        rows += page.count('<th scope="row"')
        older = re.search(r'href="([^"]*)">Older', page)
        address = html.unescape(older[1]) if older else ""

    assert isinstance(_SITE.journal, FakeJournal)
    assert len(_SITE.journal.recorded) == rows


@pytest.mark.parametrize("before", ["x", "-1", "٣", "9" * 30])
def test_a_place_that_is_none_is_refused(before: str) -> None:
    """400 that says how to begin."""
    response = client_of(_SITE).get("/events", query_string={"before": before})

    assert 400 == response.status_code
    assert "begin with the newest events" in response.text


@pytest.mark.parametrize("journal", [None, FakeJournal(problem="cannot reach the store at 'x'")])
def test_a_store_that_is_down_is_said_and_the_other_pages_go_on(
    journal: FakeJournal | None,
) -> None:
    """503 with the reason in the page's frame; the API tells it as problem details."""
    client = client_of(dataclasses.replace(_SITE, journal=journal))

    page, answer = client.get("/events"), client.get("/api/v1/events")

    assert (503, 503, 200) == (page.status_code, answer.status_code, client.get("/").status_code)
    assert "The events cannot be read now." in page.text
    assert re.search("cannot reach the store|being opened", answer.get_json()["detail"])
    assert "5" == page.headers["Retry-After"] == answer.headers["Retry-After"]


def test_following_the_cursor_gives_every_event_once() -> None:
    """The API's pages, newest first."""
    client = client_of(_SITE)
    seen: list[int] = []
    cursor = ""
    while True:
        body = client.get(f"/api/v1/events?limit=37&cursor={cursor}").get_json()
        seen += [one["seq"] for one in body["items"]]
        if body["next"] is None:
            break
        cursor = body["next"]

    assert isinstance(_SITE.journal, FakeJournal)
    assert [one.seq for one in reversed(_SITE.journal.recorded)] == seen
