"""What a monitoring system collects, read back by the library's own parser."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from web_sites import NOW, Trouble, client_of, simulated

from web.site import Site

_SITE = simulated(Trouble("couplet0-enc1-slot03"))


def collected(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return each value by its name and the values of its labels, sorted by name, but the uid's."""
    response = client.get("/metrics")
    assert 200 == response.status_code
    return {
        (sample.name, tuple(value for name, value in sample.labels.items() if name != "uid")): (
            sample.value
        )
        for family in prometheus(response.text)
        for sample in family.samples
    }


def test_every_resource_is_counted_once_by_class_and_state() -> None:
    """The failed disk among them, and the filesystem's state."""
    view = _SITE.known
    found = collected(client_of(_SITE))

    counts = {key: value for (name, key), value in found.items() if name == "topology_resources"}
    assert len(view.resources) == sum(counts.values())
    assert 1 == counts["PhysicalDisk", "FAILED"]
    assert 1 == found["topology_filesystem", ("scratch", "CRITICAL")]
    assert 0 == found["topology_filesystem", ("scratch", "OK")]
    assert (1, view.revision) == (found["topology_up", ()], found["topology_revision", ()])


def test_a_source_is_as_old_as_its_last_scan_that_succeeded() -> None:
    """One that never was scanned has no age, which is not the age 0."""
    (scannable,) = _SITE.scannables
    status = {"heard_at": NOW - 90, "scan_seconds": 2.5}
    heard = replace(_SITE, scannables=(replace(scannable, status=status),))
    never = replace(_SITE, scannables=(replace(scannable, status={}),))
    name = _SITE.known.resources[scannable.scannable_id].name

    found = collected(client_of(heard))
    assert 90 == found["topology_source_age_seconds", (scannable.plugin, name)]
    assert 2.5 == found["topology_source_scan_seconds", (scannable.plugin, name)]
    assert not [one for one in collected(client_of(never)) if "source_age" in one[0]]


def test_without_a_store_it_says_so() -> None:
    """A scrape that fails would say less."""
    found = collected(client_of(Site(now=NOW, problem="cannot reach the store")))

    assert 0 == found["topology_up", ()]
    assert ("topology_revision", ()) not in found


def test_requests_are_counted_by_what_was_asked() -> None:
    """By endpoint, so that addresses people make up do not become names."""
    client = client_of(_SITE)
    key = "topology_http_request_seconds_count"
    before = collected(client)
    for path in ("/healthz", "/healthz", "/nope-1", "/nope-2"):
        client.get(path)
    after = collected(client)

    def more(*labels: str) -> float:
        return after[key, labels] - before.get((key, labels), 0)

    assert 2 == more("operations.healthz", "GET", "200")
    assert 2 == more("none", "GET", "404")


def test_openmetrics_is_answered_to_who_asks_for_it() -> None:
    """And is that."""
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    response = client_of(_SITE).get("/metrics", headers=accept)

    assert response.content_type.startswith("application/openmetrics-text")
    families = open_metrics(response.text)  # type: ignore[no-untyped-call]
    assert "topology_resources" in {one.name for one in families}
