"""What the Example plugin reports of an array, told by a client that answers as the test says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin_runtime.starter import example
from plugin_runtime.testing import claims_of, scan, scanned

ROWS = [example.Row(slot, 4 * 10**12, "ok", 30.0, pool="p1") for slot in range(4)]


class FakeClient:
    """Answers with `rows`, which a test may change."""

    def __init__(self) -> None:
        self.rows = list(ROWS)

    def disks(self) -> list[example.Row]:
        """Return them."""
        return self.rows


@pytest.fixture(name="client")
def fixture_client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """Return the client that the plugin is given."""
    client = FakeClient()
    monkeypatch.setattr(example, "Client", lambda address: client)
    return client


def test_every_disk_is_reported(client: FakeClient) -> None:
    """By its slot."""
    delta = scan(example.ExamplePlugin, example.ExampleArray(address="array1"))

    assert ["Example disk 0", "Example disk 1", "Example disk 2", "Example disk 3"] == [
        claim.label for claim in claims_of(delta, example.ExampleDisk)
    ]


def test_a_failed_disk_leaves_its_pool_with_none_to_lose(client: FakeClient) -> None:
    """One of four may fail."""
    with scanned(example.ExamplePlugin, example.ExampleArray(address="array1")) as site:
        client.rows[1] = replace(ROWS[1], state="failed")
        site.scan()

        assert {"Example disk 1": "FAILED", "Example pool p1": "CRITICAL"} == site.troubled()
        assert {"Example disk 1": {("error", "Example disk 1: disk is failed")}} == site.alerts


def test_a_scan_that_finds_no_change_reports_nothing(client: FakeClient) -> None:
    """So it costs nothing to scan often."""
    with scanned(example.ExamplePlugin, example.ExampleArray(address="array1")) as site:
        assert site.scan().is_empty
