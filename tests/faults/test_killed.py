"""The server is killed, stopped, frozen or cut off in the middle of writing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from faults.load import assert_sound, loaded, reopened
from faults.servers import Breakable, Embedded, Line, Neo4j, frozen
from faults.table import passed

from topology.errors import StoreUnavailable
from topology.settings import Settings
from topology.store import open_store
from topology.store.embedded import EmbeddedEngine
from topology.store.graph_store import GraphStore

# Half-open sockets to a server that was killed are left to the collector by the driver.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_killed_in_mid_write_nothing_acknowledged_is_lost_and_nothing_torn(
    server: Breakable, rounds: int
) -> None:
    """kill -9; the writer goes on by itself."""
    load = loaded(server.store, seed=rounds)

    def faults() -> None:
        for _ in range(rounds):
            load.wait_for(2)
            server.kill()

    load.during(faults)

    assert_sound(server.store, load)
    passed(f"{rounds} x kill -9 in mid-write", server.name, load)


@pytest.mark.faults
def test_restarted_under_load_it_goes_on(server: Breakable) -> None:
    """SIGTERM, as a service manager's restart."""
    load = loaded(server.store, seed=5)

    def faults() -> None:
        for _ in range(5):
            load.wait_for(2)
            server.stop()

    load.during(faults)

    assert_sound(server.store, load)
    passed("5 x restart under load", server.name, load)


@pytest.mark.faults
def test_frozen_for_half_a_minute_it_hangs_nobody_and_goes_on(server: Breakable) -> None:
    """SIGSTOP: connections stay open and nothing answers."""
    load = loaded(server.store, seed=6)

    def faults() -> None:
        load.wait_for(2)
        with frozen(server.pid):
            with pytest.raises(StoreUnavailable, match="did not answer within 15 s"):
                server.store.revision()
            threading.Event().wait(15)
        load.wait_for(2)

    load.during(faults)

    assert_sound(server.store, load)
    passed("SIGSTOP of 30 s", server.name, load)


@pytest.mark.faults
def test_cut_off_in_mid_transaction_it_commits_whole_or_not_at_all(
    server: Breakable, tmp_path: Path
) -> None:
    """At any byte of a request or an answer; also the answer to a commit."""
    line, store = through_a_line(server)
    load = loaded(server.store, seed=7)
    reopened(load, store)

    def faults() -> None:
        for _ in range(25):
            load.wait_for(1)
            line.cut_after(load.dice.choice([0, 50, 2_000, 60_000, 400_000]))

    load.during(faults)

    assert line.cuts > 5
    store.close()
    line.close()
    assert_sound(server.store, load)
    passed(f"{line.cuts} connections cut", server.name, load)


def through_a_line(server: Breakable) -> tuple[Line, GraphStore]:
    """Return a line to the server and a store that is reached through it."""
    if isinstance(server, Embedded):
        port = server.directory / "owner.port"
        line = Line(int(port.read_text()))
        port.write_text(str(line.port))
        return line, GraphStore(EmbeddedEngine(server.directory))
    assert isinstance(server, Neo4j)
    line = Line(int(str(server.settings.store).rpartition(":")[2]))
    through = server.settings.model_copy(update={"store": f"bolt://127.0.0.1:{line.port}"})
    assert isinstance(through, Settings)
    return line, open_store(through)
