"""The JSON API: the same answers as the pages, errors of one shape, pages of long lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from web_sites import NOW, Trouble, client_of, simulated

from topology.report import incidents_of, site_sentence
from web.app import create_app
from web.site import Site

_DISK = "couplet0-enc1-slot03"
_SITE = simulated(Trouble(_DISK))
_READS = (
    "/api/v1/resources",
    f"/api/v1/resources/{_DISK}",
    f"/api/v1/resources/{_DISK}/impact",
    "/api/v1/resources/scratch/causes",
    "/api/v1/filesystems",
    "/api/v1/filesystems/scratch/single-points",
    "/api/v1/incidents",
    "/api/v1/alerts",
    "/api/v1/events",
    "/api/v1/classes",
    "/api/v1/scannables",
    "/api/v1/openapi.json",
)


_WITHOUT_GRAPH = {"/api/v1/classes", "/api/v1/scannables", "/api/v1/openapi.json"}


@pytest.fixture
def client() -> FlaskClient:
    return client_of(_SITE)


def _json(client: FlaskClient, path: str) -> Any:
    response = client.get(path)
    assert 200 == response.status_code, response.text
    return response.get_json()


def test_impact_says_what_the_page_says(client: FlaskClient) -> None:
    """Sentence, affected with state and reason, one shortest way to each service."""
    body = _json(client, f"/api/v1/resources/{_DISK}/impact")
    view = _SITE.known
    (incident,) = incidents_of(view)

    assert incident.sentence == body["sentence"]
    assert list(incident.affected) == [one["uid"] for one in body["affected"]]
    assert {"CRITICAL"} == {one["state"] for one in body["affected"]}
    assert all(one["because_of"] and one["rule"] for one in body["affected"])
    assert [[incident.cause, 7], [incident.cause, 6]] == sorted(
        ([way[0], len(way) + 1] for way in body["paths"]), reverse=True
    )
    assert (view.revision, "2026-09-21T13:59:21.000Z") == (body["revision"], body["as_of"])


def test_impact_is_that_of_the_site_as_it_is_by_now() -> None:
    """Answers are kept between two changes, and no longer."""
    sound = simulated()
    shown = [_SITE]
    client = create_app(lambda: shown[0]).test_client()
    path = f"/api/v1/resources/{_DISK}/impact"
    before, again = _json(client, path), _json(client, path)
    shown[0] = sound
    after = _json(client, path)
    shown[0] = _SITE

    assert before == again == _json(client, path)
    assert "FAILED" == before["state"]
    assert ("OK", []) == (after["state"], after["affected"])


def test_impact_of_what_only_inherits_trouble_does_not_call_it_ok(client: FlaskClient) -> None:
    """A pool that lost a disk is critical, and passes that on."""
    body = _json(client, "/api/v1/resources/couplet0-pool1/impact")
    healthy = _json(client, "/api/v1/resources/couplet0-pool0/impact")

    assert body["sentence"].startswith("couplet0-pool1 is critical")
    assert "scratch is critical" in body["sentence"]
    assert "couplet0-pool0 is OK. It affects no service." == healthy["sentence"]


def test_causes_lead_back_to_what_is_broken(client: FlaskClient) -> None:
    """scratch is critical because of one disk, whose incident is named with the way there."""
    body = _json(client, "/api/v1/resources/scratch/causes")
    (incident,) = incidents_of(_SITE.known)

    (cause,) = body["root_causes"]
    assert "CRITICAL" == body["state"]
    assert (_DISK, "FAILED", incident.incident_id) == (
        cause["label"],
        cause["own_state"],
        cause["incident"],
    )
    assert (incident.cause, _SITE.known.find("scratch")) == (cause["path"][0], cause["path"][-1])


def test_single_points_are_told_by_design_and_new(client: FlaskClient) -> None:
    """The four enclosures that a failed disk made single points; ids of any kind are taken."""
    body = _json(client, "/api/v1/filesystems/scratch/single-points")

    names = sorted(_SITE.known.name(uid) for uid in body["new"])
    assert [f"couplet0-enc{number}" for number in (0, 2, 3, 4)] == names
    assert ([], False) == (body["by_design"], body["has_ended"])


def test_incidents_stand_under_the_sentence_of_the_now_page(client: FlaskClient) -> None:
    """The same words on the page, in the API and on the command line."""
    body = _json(client, "/api/v1/incidents")
    incidents = incidents_of(_SITE.known)

    assert site_sentence(_SITE.known, incidents) == body["sentence"]
    assert [one.incident_id for one in incidents] == [one["id"] for one in body["items"]]


def test_details_hold_attributes_links_and_alerts(client: FlaskClient) -> None:
    """Sizes in bytes, links with their groups, alerts with their begin."""
    body = _json(client, f"/api/v1/resources/{_DISK}")

    assert 8_001_563_222_016 == body["attributes"]["capacity"]
    assert ["PARENT_OF"] == [one["kind"] for one in body["inputs"]]
    assert [("error", "2026-09-21T13:59:20.000Z")] == [
        (one["severity"], one["since"]) for one in body["alerts"]
    ]
    assert ("FAILED", None) == (body["own_state"], body["missing_since"])


def test_filesystems_count_their_targets_by_state(client: FlaskClient) -> None:
    """One OST of seven targets is critical."""
    (one,) = _json(client, "/api/v1/filesystems")["items"]

    assert ("scratch", {"CRITICAL": 1, "OK": 6}) == (one["label"], one["targets"])


@settings(max_examples=20)
@given(limit=st.integers(1, 130))
def test_following_cursors_gives_every_resource_once(limit: int) -> None:
    """Whatever the page size, in one order."""
    client = client_of(_SITE)
    seen: list[str] = []
    cursor = ""
    while True:
        body = _json(client, f"/api/v1/resources?limit={limit}&cursor={cursor}")
        seen += [one["uid"] for one in body["items"]]
        if body["next"] is None:
            break
        cursor = body["next"]

    assert sorted(_SITE.known.resources) == seen


def test_lists_are_filtered_by_class_state_and_text(client: FlaskClient) -> None:
    """A base class finds what derives from it."""
    disks = _json(client, "/api/v1/resources?class=PhysicalDisk&limit=1000")
    failed = _json(client, "/api/v1/resources?class=PhysicalDisk&state=FAILED")
    found = _json(client, "/api/v1/resources?q=Slot03&state=FAILED")

    assert 46 == len(disks["items"])
    assert (
        [_DISK]
        == [one["label"] for one in failed["items"]]
        == [one["label"] for one in found["items"]]
    )


@pytest.mark.parametrize("path", ["/api/v1/what-if", "/api/v1/safe-to-remove"])
def test_a_supposition_is_answered_and_nothing_is_stored(client: FlaskClient, path: str) -> None:
    """Two more disks of the pool: the filesystem would be partly down; it is critical still."""
    body = client.post(path, json={"fail": ["couplet0-enc2-slot03", "couplet0-enc3-slot03"]})
    after = _json(client, "/api/v1/filesystems")["items"][0]

    told = body.get_json()
    states = {one["label"]: one["state"] for one in told["after"]}
    assert ("scratch would be partly down.", "UNSAFE") == (told["sentence"], told["verdict"])
    assert ("PARTIAL", "FAILED") == (states["scratch"], states["scratch-OST0001"])
    assert "CRITICAL" == after["state"]


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"json": {}}, 400, "nothing to suppose"),
        ({"json": {"fail": "x"}}, 400, "fail"),
        ({"json": {"colour": []}}, 400, "colour"),
        ({"data": b"{", "content_type": "application/json"}, 400, "body"),
        ({"json": {"fail": ["x"] * 51}}, 400, "51 parts"),
        ({"json": {"repair": ["none"]}}, 404, "'none'"),
    ],
)
def test_a_wrong_supposition_is_answered_with_problem_details(
    client: FlaskClient, sent: dict[str, Any], status: int, said: str
) -> None:
    """Malformed, empty, too large, or about what is not there."""
    response = client.post("/api/v1/what-if", **sent)

    assert (status, "application/problem+json") == (response.status_code, response.content_type)
    assert said in response.get_json()["detail"]


def test_trouble_that_service_explains_is_marked_as_expected(client: FlaskClient) -> None:
    """One disk is pulled while both servers of another target fail."""
    sent = {"service": ["couplet0-enc2-slot04"], "fail": ["oss0", "oss1"]}

    told = client.post("/api/v1/what-if", json=sent).get_json()

    expected = {one["label"]: one["is_expected"] for one in told["changed"]}
    assert expected["couplet0-pool2"]
    assert not expected["scratch-OST0001"]
    assert "are expected while couplet0-enc2-slot04 is in service" in told["maintenance"]


def test_as_many_as_are_asked_for_are_found_safe_together(client: FlaskClient) -> None:
    """Of three paths two, and not both of one device."""
    paths = ["oss0-couplet0-ctrl0-lun2", "oss0-couplet0-ctrl1-lun2", "oss0-couplet0-ctrl0-lun3"]

    told = client.post("/api/v1/safe-to-remove", json={"service": paths, "max": 2}).get_json()

    assert 2 == len(told["safe_together"])
    assert told["is_largest"]


@pytest.mark.parametrize("path", _READS)
def test_an_answer_that_is_known_is_not_sent_again(client: FlaskClient, path: str) -> None:
    """A weak ETag; asked with it the answer is 304 and empty."""
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["ETag"].startswith('W/"')
    assert (304, b"") == (again.status_code, again.data)


def test_a_new_revision_is_a_new_answer() -> None:
    """The tag follows the revision, not the clock."""
    before, after = _SITE, replace(_SITE, view=replace(_SITE.known, revision=99))
    current = [before]
    client = create_app(lambda: current[0]).test_client()
    tag = client.get("/api/v1/incidents").headers["ETag"]
    current[0] = Site(now=NOW + 9, view=before.view)
    assert 304 == client.get("/api/v1/incidents", headers={"If-None-Match": tag}).status_code

    current[0] = Site(now=NOW + 9, view=after.view)

    assert 200 == client.get("/api/v1/incidents", headers={"If-None-Match": tag}).status_code


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/v1/resources?limit=0", 400, "limit"),
        ("/api/v1/resources?limit=1001", 400, "limit"),
        ("/api/v1/resources?limit=ten", 400, "limit"),
        ("/api/v1/resources?state=BROKEN", 400, "state"),
        ("/api/v1/resources?colour=red", 400, "colour"),
        ("/api/v1/resources?cursor=%25%25", 400, "cursor"),
        ("/api/v1/resources?cursor=_w", 400, "cursor"),
        ("/api/v1/resources/none", 404, "none"),
        ("/api/v1/resources/none/impact", 404, "none"),
        ("/api/v1/resources/none/causes", 404, "none"),
        ("/api/v1/filesystems/none/single-points", 404, "none"),
        (f"/api/v1/filesystems/{_DISK}/single-points", 404, "no LustreFilesystem"),
        ("/api/v1/events?cursor=eA", 400, "journal"),
        ("/api/v1/events?uid=none", 404, "none"),
        ("/api/v1/nowhere", 404, "/api/v1/nowhere"),
    ],
)
def test_a_wrong_request_is_answered_with_problem_details(
    client: FlaskClient, path: str, status: int, said: str
) -> None:
    """RFC 9457: what is wrong and where, under a type that explains itself."""
    response = client.get(path)
    body = response.get_json()

    assert (status, status) == (response.status_code, body["status"])
    assert "application/problem+json" == response.content_type
    assert said in body["detail"]
    assert response.headers["X-Request-Id"] == body["instance"]
    assert 200 == client.get(body["type"]).status_code


def test_every_address_of_the_api_refuses_to_be_written_to(client: FlaskClient) -> None:
    """405 with problem details and what is allowed."""
    for path in _READS:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = client.open(path, method=method)

            assert 405 == response.status_code
            assert "application/problem+json" == response.content_type
            assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", [one for one in _READS if one not in _WITHOUT_GRAPH])
def test_every_answer_waits_for_the_first_read(path: str) -> None:
    """503 with Retry-After on whatever needs the site."""
    client = client_of(Site(now=NOW, problem="cannot reach the store"))

    response = client.get(path)

    assert 503 == response.status_code
    assert "application/problem+json" == response.content_type
    assert "5" == response.headers["Retry-After"]
    assert "cannot reach the store" in response.get_json()["detail"]


def test_the_description_names_every_address(client: FlaskClient) -> None:
    """OpenAPI 3.1, with the shape of errors."""
    document = _json(client, "/api/v1/openapi.json")

    assert "3.1.0" == document["openapi"]
    described = set(document["paths"])
    routed = {
        str(rule).replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if str(rule).startswith("/api/") and not str(rule).endswith("openapi.json")
    }
    assert routed == described
    for path in document["paths"].values():
        for operation in path.values():
            assert {"400", "404", "503"} <= set(operation["responses"])
            assert {"200", "204"} & set(operation["responses"])


def test_health_is_the_process_and_readiness_the_site() -> None:
    """healthz never asks the store; readyz gives the reasons."""
    down = client_of(Site(now=NOW, problem="cannot reach the store"))
    stale = client_of(Site(now=NOW, view=_SITE.view, problem="cannot reach the store"))

    assert {"status": "ok"} == _json(down, "/healthz")
    assert "ready" == _json(client_of(_SITE), "/readyz")["status"]
    assert 503 == stale.get("/readyz").status_code
    assert ["cannot reach the store", "the site has not been read yet"] == (
        down.get("/readyz").get_json()["reasons"]
    )
