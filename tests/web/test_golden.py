"""The pages of every canonical failure as they were looked at; UPDATE_GOLDEN=1 writes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from web_sites import CANONICAL, client_of, simulated

from topology.report import incidents_of

_GOLDEN = Path(__file__).parent.parent / "golden"


def _assert_golden(name: str, text: str) -> None:
    path = _GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        assert os.environ.get("CI") != "true", "golden files are looked at before they are kept"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"look at {name}, then UPDATE_GOLDEN=1"


def _main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")] + "</main>\n"


@pytest.mark.parametrize("name", CANONICAL)
def test_the_worst_incident_of_a_canonical_failure_looks_as_it_did(name: str) -> None:
    """Sentence, impact path, why, where and new single points."""
    site = simulated(CANONICAL[name])
    incident = incidents_of(site.known)[0]

    response = client_of(site).get(f"/incidents/{incident.incident_id}")

    assert response.status_code == 200
    _assert_golden(f"incident-{name}.html", _main(response.text))


@pytest.mark.parametrize("name", CANONICAL)
def test_the_now_page_of_a_canonical_failure_looks_as_it_did(name: str) -> None:
    """What is broken, what it hits, worst first."""
    response = client_of(simulated(CANONICAL[name])).get("/")

    assert response.status_code == 200
    _assert_golden(f"now-{name}.html", _main(response.text))


def test_a_question_that_ends_a_target_looks_as_it_did() -> None:
    """Two more disks of a pool that has lost one: verdict, path, what would be otherwise."""
    site = simulated(CANONICAL["disk"])

    response = client_of(site).get("/whatif?fail=couplet0-enc2-slot03,couplet0-enc3-slot03")

    assert response.status_code == 200
    _assert_golden("what-if.html", _main(response.text))


@pytest.mark.parametrize("path", ["/hw", "/hw/couplet0-enc1"])
def test_the_slots_of_a_broken_disk_look_as_they_did(path: str) -> None:
    """Every enclosure at one glance, and the one it sits in."""
    response = client_of(simulated(CANONICAL["disk"])).get(path)

    assert response.status_code == 200
    _assert_golden(f"{path[1:].replace('/', '-')}.html", _main(response.text))


def test_a_walk_upstream_of_a_filesystem_looks_as_it_did() -> None:
    """Two links: its targets and what these are built from."""
    address = "/explore?root=scratch&dir=up&depth=2"
    response = client_of(simulated(CANONICAL["disk"])).get(address)

    assert response.status_code == 200
    _assert_golden("explore.html", _main(response.text))


def test_the_events_of_a_disk_look_as_they_did() -> None:
    """Reported, then failed."""
    response = client_of(simulated(CANONICAL["disk"])).get("/events?uid=couplet0-enc1-slot03")

    assert response.status_code == 200
    _assert_golden("events.html", _main(response.text))


def test_the_description_of_the_api_changes_only_on_purpose() -> None:
    """Whoever reads the API relies on it; the product's version is left out."""
    document = client_of(simulated()).get("/api/v1/openapi.json").get_json()

    document["info"].pop("version")

    _assert_golden("openapi.json", json.dumps(document, indent=1, sort_keys=True) + "\n")
