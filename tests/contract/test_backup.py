"""A backup holds one revision of the store whole, and gives it back on either engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.test_whole_line import DISK, Site
from store_engines import emptied, raw

from topology.errors import CannotWrite, InvalidFile, LeaseLost, UsageError
from topology.exchange.backup import back_up, restore
from topology.graph.follower import Follower
from topology.graph.past import replica_at
from topology.store.graph_store import GraphStore


@pytest.fixture
def site(embedded_store: GraphStore) -> Site:
    site = Site(emptied(embedded_store))
    site.set(failed=DISK)
    site.set(failed="", removed="oss0")
    return site


def test_what_is_restored_is_the_store_as_it_was_with_its_history(
    embedded_store: GraphStore, site: Site, tmp_path: Path
) -> None:
    """Graph, journal, revision, classes and scannables; whoever held a lease has lost it."""
    before = embedded_store.read(), embedded_store.events(limit=10**6), embedded_store.classes()
    settings = [one.settings for one in embedded_store.scannables()]
    then = embedded_store.events(limit=1)[0].at - 1e-6
    past = dict(replica_at(embedded_store, then).resources)
    back_up(embedded_store, tmp_path / "backup")

    restore(emptied(embedded_store), tmp_path / "backup")

    assert before == (
        embedded_store.read(),
        embedded_store.events(limit=10**6),
        embedded_store.classes(),
    )
    assert settings == [one.settings for one in embedded_store.scannables()]
    assert past == dict(replica_at(embedded_store, then).resources)
    with pytest.raises(LeaseLost):
        site.set(removed="")


@pytest.mark.neo4j
def test_a_backup_of_one_engine_is_restored_on_the_other(
    embedded_store: GraphStore, neo4j_store: GraphStore, site: Site, tmp_path: Path
) -> None:
    """And back again."""
    before = embedded_store.read(), embedded_store.events(limit=10**6)
    back_up(embedded_store, tmp_path / "first")

    restore(emptied(neo4j_store), tmp_path / "first")
    assert before == (neo4j_store.read(), neo4j_store.events(limit=10**6))
    back_up(neo4j_store, tmp_path / "second")
    restore(emptied(embedded_store), tmp_path / "second")

    assert before == (embedded_store.read(), embedded_store.events(limit=10**6))


def test_who_followed_the_store_before_it_was_restored_reads_it_anew(
    embedded_store: GraphStore, site: Site, tmp_path: Path
) -> None:
    """Also where the restored store has moved past the revision that was followed."""
    back_up(embedded_store, tmp_path / "backup")
    site.set(removed="")
    follower = Follower(embedded_store)
    followed = follower.catch_up().revision
    restore(emptied(embedded_store), tmp_path / "backup")
    site.lease = embedded_store.take_lease(site.scannable_id, "second")
    while embedded_store.revision() <= followed:
        site.set(failed=DISK)
        site.set(failed="")

    replica = follower.catch_up()

    assert embedded_store.read() == (replica.revision, dict(replica.resources))


def test_only_an_empty_store_is_restored_into(
    embedded_store: GraphStore, site: Site, tmp_path: Path
) -> None:
    """Nothing is mixed, and nothing lost by a slip."""
    back_up(embedded_store, tmp_path / "backup")
    before = embedded_store.read()

    with pytest.raises(UsageError, match="is not empty"):
        restore(embedded_store, tmp_path / "backup")

    assert before == embedded_store.read()


@pytest.mark.parametrize("name", ["graph.jsonl.gz", "journal.jsonl.gz"])
def test_a_damaged_backup_is_refused_whole(
    embedded_store: GraphStore, site: Site, tmp_path: Path, name: str
) -> None:
    """One bit is enough."""
    back_up(embedded_store, tmp_path / "backup")
    content = bytearray((tmp_path / "backup" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "backup" / name).write_bytes(content)
    store = emptied(embedded_store)

    with pytest.raises(InvalidFile, match=f"{name}' is damaged"):
        restore(store, tmp_path / "backup")

    assert (0, {}) == store.read()
    assert [{"n": 0}] == raw(store, "MATCH (e:Event) RETURN count(e) AS n")


def test_a_backup_that_was_interrupted_is_none(
    embedded_store: GraphStore, site: Site, tmp_path: Path
) -> None:
    """The manifest comes last."""
    back_up(embedded_store, tmp_path / "backup")
    (tmp_path / "backup" / "manifest.json").unlink()

    with pytest.raises(InvalidFile, match="is no whole backup"):
        restore(emptied(embedded_store), tmp_path / "backup")


def test_a_backup_overwrites_nothing(embedded_store: GraphStore, tmp_path: Path) -> None:
    """A directory with anything in it is somebody's."""
    (tmp_path / "letter").touch()

    with pytest.raises(CannotWrite, match="is not empty; name a new directory"):
        back_up(embedded_store, tmp_path)


def test_a_backup_is_its_users_alone(
    embedded_store: GraphStore, site: Site, tmp_path: Path
) -> None:
    """Settings of scannables are in it."""
    back_up(embedded_store, tmp_path / "backup")

    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "backup").iterdir()}

    assert {0o600} == modes
    assert 0o700 == (tmp_path / "backup").stat().st_mode & 0o777
