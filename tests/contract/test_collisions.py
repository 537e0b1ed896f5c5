"""Colliding claims on the embedded engine: kept apart and joined again by what is committed."""

from __future__ import annotations

from dataclasses import replace

from graph import claim
from store_engines import emptied

from topology.delta import Delta
from topology.graph.follower import Follower
from topology.ingest.ingest import Ingest
from topology.model import Claim, Scope
from topology.store.graph_store import GraphStore
from topology.store.values import PUBLISHER


def reported(scope: Scope, size: int) -> Delta:
    """disk --> pool of one scope; the disk's serial number is every scope's."""
    disk: Claim = replace(claim("PhysicalDisk", label="Z1"), attributes={"capacity": size})
    pool = claim("StoragePool", parents=["disk"], label=f"pool {scope.scannable}")
    return Delta(scope, {"disk": disk, f"pool-{scope.scannable}": pool}, is_complete=True)


def test_what_is_kept_apart_is_so_in_the_store_and_joined_again(
    embedded_store: GraphStore,
) -> None:
    """What is read anew is what the writer holds, at each step."""
    store = emptied(embedded_store)
    ingest = Ingest(store)
    seen = []
    for name, size in (("a", 4_000), ("b", 8_000), ("b", 4_000)):
        if not any(one.scannable_id == name for one in store.scannables()):
            store.add_scannable(name, plugin="p", class_name="Array", settings={})
        lease = store.take_lease(name, "test")
        ingest.apply(reported(Scope("p", name), size), lease)
        _, resources = store.read()
        assert resources == Follower(store).catch_up().resources
        disks = [one for one in resources.values() if one.class_name == "PhysicalDisk"]
        fed = {
            source.source
            for one in resources.values()
            for source in one.inputs
            if one.class_name == "StoragePool"
        }
        assert {one.uid for one in disks} == fed
        seen.append((len(disks), sum(bool(one.merged.alerts) for one in disks)))

    assert [(1, 0), (2, 2), (1, 0)] == seen


def test_what_falls_silent_collides_no_longer_and_does_again_when_it_is_heard(
    embedded_store: GraphStore,
) -> None:
    """One mark of silence is enough; nobody reports anything meanwhile."""
    store = emptied(embedded_store)
    ingest = Ingest(store)
    scopes = [Scope("p", name) for name in ("a", "b")]
    for scope, size in zip(scopes, (4_000, 8_000), strict=True):
        store.add_scannable(scope.scannable, plugin="p", class_name="Array", settings={})
        ingest.apply(reported(scope, size), store.take_lease(scope.scannable, "test"))
    lease = store.take_lease(PUBLISHER, "test")
    disks = []

    for is_silent in (True, False):
        ingest.mark({"p/b": is_silent}, lease)
        _, resources = store.read()
        disks.append(sum(one.class_name == "PhysicalDisk" for one in resources.values()))

    assert [1, 2] == disks
    assert len({ingest.held_as("disk", str(scope)) for scope in scopes}) == 2
