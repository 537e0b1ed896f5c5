"""What the Example plugin reports of an array, told by a client that says what the test says."""

from __future__ import annotations

import pytest

from plugin_runtime.starter.asynchronous import example
from plugin_runtime.testing import claims_of, scan, scanned


@pytest.fixture(name="client")
def fixture_client(monkeypatch: pytest.MonkeyPatch) -> example.Client:
    """Return the client that the plugin is given; put a Row into `told` to say something."""
    client = example.Client("array1")
    monkeypatch.setattr(example, "Client", lambda address: client)
    return client


def test_every_disk_is_reported(client: example.Client) -> None:
    """By its slot."""
    delta = scan(example.ExamplePlugin, example.ExampleArray(address="array1"))

    assert ["Example disk 0", "Example disk 1", "Example disk 2", "Example disk 3"] == [
        claim.label for claim in claims_of(delta, example.ExampleDisk)
    ]


def test_a_failed_disk_leaves_its_pool_with_none_to_lose(client: example.Client) -> None:
    """One of four may fail; the array says so without being asked."""
    with scanned(example.ExamplePlugin, example.ExampleArray(address="array1")) as site:
        client.told.put(example.Row(1, "failed", 30.0, pool="p1"))
        site.wait_until(lambda: bool(site.alerts))

        assert {"Example disk 1": "FAILED", "Example pool p1": "CRITICAL"} == site.troubled()
        assert {"Example disk 1": {("error", "Example disk 1: disk is failed")}} == site.alerts


def test_a_pulled_disk_is_missed_until_it_is_back(client: example.Client) -> None:
    """What something still needs stays, as FAILED."""
    with scanned(example.ExamplePlugin, example.ExampleArray(address="array1")) as site:
        client.told.put(example.Row(1, "pulled", 0.0, pool="p1"))
        site.wait_until(lambda: bool(site.troubled()))
        assert {"Example disk 1": "FAILED", "Example pool p1": "CRITICAL"} == site.troubled()

        client.told.put(example.Row(1, "ok", 30.0, pool="p1"))
        site.wait_until(lambda: not site.troubled())
