"""The store on the embedded engine, and the owner process behind it."""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.resources import resource
from contract.store_contract import StoreContract
from store_engines import Writer, emptied

from topology.delta import Change, Changes
from topology.errors import CannotWrite, QueryRefused, StoreUnavailable
from topology.store import owner, premises
from topology.store.embedded import EmbeddedEngine
from topology.store.graph_store import GraphStore

_JOIN_AND_WAIT = """
import struct, socket, sys
from pathlib import Path
from topology.store.embedded import EmbeddedEngine

with EmbeddedEngine(Path(sys.argv[1]), linger_seconds=0.2) as engine:
    said = engine._hold.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    print(struct.unpack("3i", said)[0], flush=True)
    sys.stdin.read()
"""


class TestEmbeddedStore(StoreContract):
    @pytest.fixture
    def store(self, embedded_store: GraphStore) -> GraphStore:
        return emptied(embedded_store)

    @pytest.fixture
    def writer(self, store: GraphStore) -> Writer:
        return Writer(store)

    def test_the_owner_ends_a_readers_query_that_its_caller_forgot(self, store: GraphStore) -> None:
        """The engine's own limits would let this one run on, and keep a processor."""
        with pytest.raises(QueryRefused, match="ran over its time limit"):
            store.query(
                "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b "
                "WITH a WHERE a < 0 RETURN count(*)",
                seconds=60,
            )

    @pytest.mark.parametrize(
        "query",
        [
            "SHOW TRANSACTIONS",
            "/* as if */ PROFILE SHOW TRANSACTIONS",
            "TERMINATE TRANSACTIONS 'q1-0' YIELD message RETURN message",
            "SHOW INDEXES",
        ],
    )
    def test_operators_neither_see_nor_end_what_others_run(
        self, store: GraphStore, query: str
    ) -> None:
        """All operators are one reader to the engine, which would show each what others ask."""
        with pytest.raises(QueryRefused, match="the query was refused"):
            store.query(query)


class TestOwner:
    """A store of its own for each test: these end its owner."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[GraphStore]:
        with GraphStore(EmbeddedEngine(tmp_path / "store", linger_seconds=0.2)) as store:
            yield store

    def test_killed_while_it_writes_it_loses_nothing_acknowledged(self, store: GraphStore) -> None:
        """The writer goes on by itself; every change is there once, and whole."""
        writer = Writer(store)
        base = store.revision()
        acknowledged: list[int] = []
        is_under_way = threading.Event()

        def write() -> None:
            for number in range(30):
                batch = [resource(f"d-{number}-{n}") for n in range(50)]
                added = tuple(Change(one.uid, None, one) for one in batch)
                changes = Changes(base=base + number, at=1.0, changes=added)
                acknowledged.append(store.commit(changes, writer.lease))
                if number == 5:
                    is_under_way.set()

        writing = threading.Thread(target=write)
        writing.start()
        is_under_way.wait()
        os.kill(_owner_of(store), signal.SIGKILL)
        writing.join()

        revision, found = store.read()
        assert list(range(base + 1, base + 31)) == acknowledged
        assert base + 30 == revision
        assert 30 * 50 == len(found)
        assert 30 * 50 == len(store.events_since(base))

    def test_killed_it_is_started_again_by_the_next_call(self, store: GraphStore) -> None:
        """Whatever the call is, a query of the reader's or a change with a new class."""
        Writer(store).put(resource("d"))
        first = _owner_of(store)

        os.kill(first, signal.SIGKILL)
        assert 1 == store.revision()
        os.kill(_owner_of(store), signal.SIGKILL)
        Writer(store).put(resource("f", "Fan"))
        os.kill(_owner_of(store), signal.SIGKILL)
        assert (("d",), ("f",)) == store.query(
            "MATCH (n:Resource) RETURN n.uid ORDER BY n.uid"
        ).rows

        assert first != _owner_of(store)

    def test_while_it_lives_it_is_not_taken_for_dead(self, store: GraphStore) -> None:
        """A connection that was cut is made again at once, to the same owner."""
        engine = store._engine
        assert isinstance(engine, EmbeddedEngine)
        first = engine.driver

        engine.recover()

        assert premises.is_alive(engine._hold)
        assert first is engine.driver

    def test_stopped_it_is_started_again_and_keeps_everything(
        self, store: GraphStore, tmp_path: Path
    ) -> None:
        """SIGTERM ends it in order."""
        Writer(store).put(resource("d"))
        os.kill(_owner_of(store), signal.SIGTERM)
        _wait_until_unowned(tmp_path / "store")

        assert (1, {"d": resource("d")}) == store.read()

    def test_passwords_that_were_lost_are_made_anew(
        self, store: GraphStore, tmp_path: Path
    ) -> None:
        """Nobody need know them, so nothing is lost with them."""
        Writer(store).put(resource("d"))
        store.close()
        _wait_until_unowned(tmp_path / "store")
        (tmp_path / "store" / "secrets.json").unlink()

        with GraphStore(EmbeddedEngine(tmp_path / "store", linger_seconds=0.2)) as again:
            assert (("d",),) == again.query("MATCH (n:Resource) RETURN n.uid").rows

    def test_it_leaves_after_its_last_client(self, tmp_path: Path) -> None:
        """Two clients hold it; nothing of it stays but the files."""
        directory = tmp_path / "store"
        with EmbeddedEngine(directory, linger_seconds=0.2):
            EmbeddedEngine(directory).close()
            assert premises.is_owned(directory)

        _wait_until_unowned(directory)
        assert not {"owner.sock", "owner.port"} & {path.name for path in directory.iterdir()}

    def test_a_second_one_is_refused_and_the_first_goes_on(
        self, store: GraphStore, tmp_path: Path
    ) -> None:
        """One directory, one owner."""
        command = [sys.executable, "-m", "topology.store.owner", str(tmp_path / "store")]

        second = subprocess.run(command, check=False, capture_output=True, timeout=60)

        assert premises.BUSY == second.returncode
        assert 0 == store.revision()

    def test_processes_that_start_at_once_share_one(self, tmp_path: Path) -> None:
        """Whoever loses the race joins."""
        command = [sys.executable, "-c", _JOIN_AND_WAIT, str(tmp_path / "store")]
        clients = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]

        owners = {client.stdout.readline() for client in clients if client.stdout}
        codes = []
        for client in clients:
            client.communicate()
            codes.append(client.returncode)

        assert 1 == len(owners)
        assert [0, 0, 0] == codes
        _wait_until_unowned(tmp_path / "store")

    def test_frozen_it_hangs_nobody(self, store: GraphStore) -> None:
        """A call ends at its deadline, and once the owner goes on, so does the store."""
        owner_pid = _owner_of(store)
        os.kill(owner_pid, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnavailable, match=r"did not answer within 0\.5 s"):
                store._engine.execute("RETURN 1", seconds=0.5)
        finally:
            os.kill(owner_pid, signal.SIGCONT)

        assert 0 == store.revision()

    def test_it_listens_on_loopback_alone_and_keeps_its_secrets(
        self, store: GraphStore, tmp_path: Path
    ) -> None:
        """One Bolt port, no HTTP; every file is its user's alone."""
        port = premises.read_port(tmp_path / "store")

        assert {("0100007F", port)} == _listening(_owner_of(store))
        assert {0o600} == {
            path.stat().st_mode & 0o777
            for path in (tmp_path / "store").rglob("*")
            if not path.is_dir()
        }

    def test_in_a_deep_directory_it_is_reached_all_the_same(self, tmp_path: Path) -> None:
        """A socket's path holds 107 bytes, and a directory's more."""
        deep = tmp_path / ("d" * 100) / ("e" * 100)

        with GraphStore(EmbeddedEngine(deep, linger_seconds=0.2)) as store:
            assert 0 == store.revision()


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Below a file there is no directory."""
    (tmp_path / "file").touch()

    with pytest.raises(CannotWrite, match=r"file/store.*Not a directory.*TOPOLOGY_DATA_DIR"):
        EmbeddedEngine(tmp_path / "file" / "store")


def test_a_directory_that_takes_no_files_is_told() -> None:
    """As one on a read-only disk; here the kernel's."""
    with pytest.raises(CannotWrite, match="cannot keep a store in '/proc/self/task'"):
        EmbeddedEngine(Path("/proc/self/task"))


def test_a_directory_of_somebody_else_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever owns it could read and change all of it."""
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(CannotWrite, match=r"belongs to user \d+, not to user \d+"):
        EmbeddedEngine(tmp_path)


def test_an_owner_that_cannot_start_says_why_in_its_clients_words(tmp_path: Path) -> None:
    """What is in the way stays; the message names the log."""
    directory = tmp_path / "store"
    directory.mkdir()
    (directory / "databases").write_text("not a directory")

    with pytest.raises(StoreUnavailable, match=r"cannot start \(.*see .*owner.log"):
        EmbeddedEngine(directory)


def test_a_system_too_old_for_the_engine_is_told_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The engine's wheels need glibc 2.34; Neo4j on another machine needs nothing here."""
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.17"))

    with pytest.raises(StoreUnavailable, match=r"this system has glibc 2.17; .*TOPOLOGY_STORE"):
        owner.own(tmp_path, linger_seconds=0)


def _owner_of(store: GraphStore) -> int:
    """Return the process id at the other end of the store's hold."""
    engine = store._engine
    assert isinstance(engine, EmbeddedEngine)
    said = engine._hold.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", said)[0])


def _wait_until_unowned(directory: Path) -> None:
    """Return when the owner's process has ended, which gives its lock back."""
    with (directory / "owner.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def _listening(pid: int) -> set[tuple[str, int]]:
    """Return the addresses, as the kernel writes them, and ports a process listens on."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        target = str(descriptor.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and inode in inodes:
                address, port = local.rsplit(":", 1)
                found.add((address[-8:], int(port, 16)))
    return found
