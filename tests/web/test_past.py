"""Pages and answers of an earlier time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from web_sites import HEALTHY, Trouble, client_of, simulated

from topology.errors import HistoryForgotten
from topology.live.view import View

_AT = 1_789_990_000.0
"""2026-09-21T11:26:40Z, some hours before these pages are looked at."""
_BROKEN = simulated(Trouble("couplet0-enc1-slot03"))


@pytest.fixture
def client() -> FlaskClient:
    """A site that is broken now and was healthy at `_AT`, of which nothing older is kept."""

    def past(at: float) -> View:
        if at < _AT:
            raise HistoryForgotten("history is kept since 2026-09-21T11:26:40Z")
        return simulated(HEALTHY).known

    return client_of(replace(_BROKEN, past=past))


@pytest.mark.parametrize(
    "path",
    ["/resources", "/filesystems", "/incidents", "/alerts", "/filesystems/scratch/single-points"],
)
def test_an_answer_at_a_time_is_the_one_that_was_true_then(client: FlaskClient, path: str) -> None:
    """The same body as a site gives that is as it was."""
    then = client_of(simulated(HEALTHY)).get(f"/api/v1{path}").get_json()

    told = client.get(f"/api/v1{path}?at=2026-09-21T11:26:40Z")

    assert (200, then) == (told.status_code, told.get_json())
    assert then != client.get(f"/api/v1{path}").get_json()


def test_a_page_of_the_past_says_so_and_leads_on_within_it(client: FlaskClient) -> None:
    """Every link keeps the time, but the one back."""
    page = client.get("/fs/scratch?at=2026-09-21T11:26:40Z&all=1").text

    assert "scratch is OK." in page
    assert '<a href="/fs/scratch?all=1">Back to live</a>' in page
    assert 'href="/events?at=2026-09-21T11:26:40.000Z"' in page
    assert '<input type="hidden" name="at" value="2026-09-21T11:26:40.000Z">' in page
    assert "Back to live" not in client.get("/fs/scratch").text


def test_events_of_the_past_end_with_it(client: FlaskClient) -> None:
    """What came later has not been."""
    revision = simulated(HEALTHY).known.revision

    told = client.get("/api/v1/events?at=2026-09-21T11:26:40Z&limit=1000").get_json()

    assert {one["revision"] for one in told["items"]} <= set(range(revision + 1))


@pytest.mark.parametrize(
    ("at", "status", "said"),
    [
        ("yesterday", 400, "is no time; write for example"),
        ("2999-01-01", 400, "is still to come"),
        ("2026-01-01", 404, "history is kept since"),
    ],
)
def test_a_time_that_cannot_be_shown_is_refused(
    client: FlaskClient, at: str, status: int, said: str
) -> None:
    """On pages and in the API alike."""
    for path in ("/", "/api/v1/filesystems"):
        answer = client.get(f"{path}?at={at}")

        assert status == answer.status_code
        assert said in answer.text.replace("&#39;", "'")
