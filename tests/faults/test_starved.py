"""The disk is full, the premises are damaged, the graph is churned."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from contract.resources import resource as a_resource
from contract.test_whole_line import DISK
from faults.load import assert_sound, loaded
from faults.servers import LINGER_SECONDS, Breakable, Embedded
from faults.table import TABLE, passed
from store_engines import Writer

from topology.delta import Change, Delta
from topology.doctor import examined
from topology.errors import StoreUnavailable
from topology.store.embedded import EmbeddedEngine
from topology.store.graph_store import GraphStore


def test_a_full_disk_refuses_writes_loses_nothing_and_lets_go_on(tmp_path: Path) -> None:
    """A limit on the size of files does what a full disk does; then there is room again."""
    server = Embedded(tmp_path / "store")
    load = loaded(server.store, seed=8)
    load.settle()
    before = server.store.read()
    writer = Writer(server.store)
    files = (tmp_path / "store").rglob("*")
    largest = max(path.stat().st_size for path in files if path.is_file())
    no_limit = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (largest + 1_000_000, no_limit[1]))

    with pytest.raises(StoreUnavailable):
        fill_disk(writer)

    _, resources = server.store.read()
    resources.pop("big", None)
    assert before[1] == resources
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, no_limit)
    writer.lease = server.store.take_lease("admin", "test")
    if "big" in server.store.read()[1]:
        writer.remove("big")
    load.during(lambda: load.wait_for(3))
    assert_sound(server.store, load)
    passed("disk full", "embedded", load)
    server.store.close()


def fill_disk(writer: Writer) -> None:
    for number in range(1_000):
        writer.put(a_resource("big", attributes={"said": f"{number}" * 50_000}))


GARBAGE = {"owner.lock": "garbage\n" * 100, "owner.port": "no port", "owner.sock": "no socket"}


@pytest.mark.parametrize(
    "damage", [GARBAGE, {"secrets.json": "{"}, {"secrets.json": json.dumps({"writer": 1})}]
)
def test_damaged_premises_are_set_right_and_nothing_is_lost(
    tmp_path: Path, damage: dict[str, str]
) -> None:
    """After a kill -9 anything may lie there."""
    server = Embedded(tmp_path / "store")
    Writer(server.store).put(a_resource("d"))
    server.kill()
    server.store.close()
    for name, content in damage.items():
        (tmp_path / "store" / name).unlink(missing_ok=True)
        (tmp_path / "store" / name).write_text(content)

    with GraphStore(EmbeddedEngine(tmp_path / "store", linger_seconds=LINGER_SECONDS)) as again:
        assert (1, {"d": a_resource("d")}) == again.read()
        Writer(again).put(a_resource("e"))
    TABLE.append(f"damaged {', '.join(damage)}, embedded: set right, nothing lost")


@pytest.mark.faults
def test_after_25_rounds_of_churn_every_index_answers_as_a_scan_does(server: Breakable) -> None:
    """Everything goes and comes back, changes its classes and its links, 25 times."""
    load = loaded(server.store, seed=9)
    site = load.site
    steps: list[Callable[[], object]] = [
        lambda: site.ingest.apply(
            Delta(site.session.scope, is_complete=True, is_final=True), site.lease
        ),
        lambda: site.ingest.apply(site.session.initial_scan(), site.lease),
        lambda: site.set(removed="couplet0-enc1,oss0"),
        lambda: site.set(removed="", failed=DISK),
    ]
    writer = Writer(server.store)

    for number in range(25):
        for step in steps:
            step()
        kind = ("HardDrive", "SmartDisk")[number % 2]
        held = server.store.read()[1].get("churned")
        writer.commit(Change("churned", held, a_resource("churned", kind)))
        assert [] == [one for one in examined(server.store) if one.grade == "damage"]

    writer.remove("churned")
    load.settle()
    assert_sound(server.store, load)
    passed("25 rounds of churn", server.name, load)
