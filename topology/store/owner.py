"""The one process that owns an embedded store: ArcadeDB, serving Bolt on loopback.

Started by the first client (`topology.store.embedded`), joined by the others, gone a while after
the last. It takes its lock before it starts a virtual machine, and forks nothing afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

from topology.errors import CannotWrite, StoreUnavailable, TopologyError
from topology.store import premises
from topology.store.bootstrap import INDEXED, LINK_TYPES, SEED, UNIQUE
from topology.store.values import QUERY_SECONDS

DATABASE = "topology"
WRITER = "writer"
READER = "reader"
LINGER_SECONDS = 30.0
_GLIBC = (2, 34)
_HEAP_GIBIBYTES = (1, 4)
"""The least and the most heap; between them a quarter of the machine's memory."""
_MOST_MESSAGE_BYTES = 128 * 2**20  # a larger message blocks its client, at 16 MiB by default
_STOP_SECONDS = 15.0
_READ_ONLY = {
    "resultSetLimit": -1,
    "readTimeout": int(QUERY_SECONDS * 1000),
    "access": [],
    "types": {"*": {"access": ["readRecord"]}},
}
_READ_WRITE = {
    "resultSetLimit": -1,
    "readTimeout": -1,
    "access": ["updateSchema"],
    "types": {"*": {"access": ["createRecord", "readRecord", "updateRecord", "deleteRecord"]}},
}


def _heap_gibibytes() -> int:
    """Return the heap's size; the first scan of a large site is one transaction in memory."""
    least, most = _HEAP_GIBIBYTES
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(max(memory // 4 // 2**30, least), most)


class Database:
    """ArcadeDB in this process, and what of it is not reachable through Bolt."""

    def __init__(self, directory: Path, port: int) -> None:
        # Its jars and its Java runtime load here, after the lock.
        import jpype
        from arcadedb_embedded.jvm import start_jvm
        from arcadedb_embedded.server import ArcadeDBServer

        start_jvm(heap_size=f"{_heap_gibibytes()}g")
        settings = jpype.JClass("com.arcadedb.GlobalConfiguration")
        settings.TX_WAL_FLUSH.setValue(2)  # to the disk, before a commit is acknowledged
        settings.OPENCYPHER_LOAD_CSV_ALLOW_FILE_URLS.setValue(False)
        settings.OPENCYPHER_LOAD_CSV_ALLOW_REMOTE_URLS.setValue(False)
        self._server = ArcadeDBServer(
            str(directory),
            secrets.token_urlsafe(),  # root's: nobody is to log in as root
            {
                "host": "127.0.0.1",
                "http_port": "0",
                "mode": "development",  # so that operators see what is wrong with a query
                "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
                "server_logsDirectory": str(directory / "log"),
                "serverMetrics": False,
                "support_autoRegister": False,
                "bolt_host": "127.0.0.1",
                "bolt_port": port,
                "bolt_defaultDatabase": DATABASE,
                "bolt_maxMessageSize": _MOST_MESSAGE_BYTES,
            },
        )
        self._server.start()
        self._java = self._server._java_server  # noqa: SLF001 - the binding wraps no users
        self._java.getHttpServer().stopService()
        self._json = jpype.JClass("com.arcadedb.serializer.json.JSONObject")
        self._database = self._server.create_database(DATABASE)

    def set_users(self, passwords: premises.Secrets, *, anew: bool) -> None:
        """Let the writer in, and the reader into a group that may only read."""
        security = self._java.getSecurity()
        for user, password, group, rights in (
            (WRITER, passwords.writer, "readwrite", _READ_WRITE),
            (READER, passwords.reader, "readonly", _READ_ONLY),
        ):
            security.saveGroup(DATABASE, group, self._json(json.dumps(rights)))
            if security.existsUser(user):
                if not anew:
                    continue
                security.dropUser(user)
            entry = {
                "name": user,
                "password": str(security.encodePassword(password)),
                "databases": {DATABASE: [group]},
            }
            security.createUser(self._json(json.dumps(entry)))

    def set_schema(self) -> None:
        """Define what every store has; what is there already stays."""
        for label in {**UNIQUE, **INDEXED}:
            self._sql(f"CREATE VERTEX TYPE {label} IF NOT EXISTS")
        for link_type in LINK_TYPES:
            self._sql(f"CREATE EDGE TYPE {link_type} IF NOT EXISTS")
        for label, name in UNIQUE.items():
            self._index(label, name, "STRING", "UNIQUE")
        for label, names in INDEXED.items():
            for name in names:
                self._index(label, name, "LONG" if name == "seq" else "STRING", "NOTUNIQUE")
        with self._database.transaction():
            for statement in SEED:
                self._database.command("opencypher", statement)

    def prepare(self, label_sets: Iterable[list[str]]) -> None:
        """Make types for these combinations of classes: two writers that do collide."""
        for labels in label_sets:
            for label in labels:
                self._sql(f"CREATE VERTEX TYPE `{label}` IF NOT EXISTS EXTENDS Resource")
            # The engine names the type of a combination itself, when a node first has it.
            combined = "".join(f":`{label}`" for label in ("Resource", *labels))
            with self._database.transaction():
                self._database.command("opencypher", f"CREATE (n{combined} {{uid: ''}}) DELETE n")

    def end_queries(self, user: str | None = None, *, after_seconds: float = 0.0) -> None:
        """End what has been running for longer, of one user or of all."""
        for query in self._java.getRunningQueries().getRunning():
            is_meant = user is None or str(query.getUser()) == user
            if is_meant and query.getElapsedMillis() >= after_seconds * 1000:
                query.terminate("it ran over its time limit")

    def stop(self) -> None:
        """Close the database; a query that goes on would keep it open."""
        self.end_queries()
        self._server.stop()

    def _index(self, label: str, name: str, kind: str, uniqueness: str) -> None:
        self._sql(f"CREATE PROPERTY {label}.{name} IF NOT EXISTS {kind}")
        self._sql(f"CREATE INDEX IF NOT EXISTS ON {label} ({name}) {uniqueness}")

    def _sql(self, statement: str) -> None:
        self._database.command("sql", statement)


class Reception:
    """Counts the clients that hold on to the owner, and takes their requests for new classes."""

    def __init__(
        self,
        listener: socket.socket,
        *,
        linger_seconds: float,
        prepare: Callable[[list[list[str]]], None],
    ) -> None:
        self._linger_seconds = linger_seconds
        self._prepare = prepare
        self._received: dict[socket.socket, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._waking, self._bell = socket.socketpair()
        self._selector.register(self._waking, selectors.EVENT_READ, self._stop)
        self._is_open = True

    def close(self) -> None:
        """Let `serve` return; may be called from a signal handler."""
        self._bell.send(b".")

    def serve(self) -> None:
        """Return when closed, or when there has been no client for `linger_seconds`."""
        empty_since = time.monotonic()
        while self._is_open:
            left = empty_since + self._linger_seconds - time.monotonic()
            ready = self._selector.select(None if self._received else max(left, 0.0))
            for key, _ in ready:
                key.data(key.fileobj)
            if self._received:
                empty_since = time.monotonic()
            elif not ready:
                return

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, _ = listener.accept()
        except OSError:  # it has gone again
            return
        self._received[client] = b""
        self._selector.register(client, selectors.EVENT_READ, self._receive)
        self._answer(client, premises.GREETING)

    def _receive(self, client: socket.socket) -> None:
        try:
            found = client.recv(65536)
        except OSError:
            found = b""
        if not found:
            self._drop(client)
            return
        *requests, self._received[client] = (self._received[client] + found).split(b"\n")
        for request in requests:
            self._answer(client, self._outcome_of(request))

    def _outcome_of(self, request: bytes) -> bytes:
        try:
            self._prepare(json.loads(request))
        except Exception as error:  # noqa: BLE001 - Java's exceptions have no base of Python's
            return json.dumps(str(error)).encode() + b"\n"
        return b'""\n'

    def _answer(self, client: socket.socket, answer: bytes) -> None:
        try:
            client.sendall(answer)
        except OSError:
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        if self._received.pop(client, None) is not None:
            self._selector.unregister(client)
            client.close()

    def _stop(self, _: socket.socket) -> None:
        self._is_open = False


def own(directory: Path, *, linger_seconds: float) -> None:
    """Own the directory's store until nobody needs it. Never returns once the database runs."""
    os.umask(0o077)
    _check_system()
    premises.enter(directory)
    if premises.lock(directory) is None:
        sys.exit(premises.BUSY)
    os.chdir(directory)  # the engine's log directory is relative
    premises.leave(directory)  # what an owner that was killed left behind
    try:
        passwords, is_new = premises.make_secrets(directory)
    except OSError as error:
        raise premises.cannot_write(directory, error) from None
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    try:
        database = Database(directory, port)
        database.set_users(passwords, anew=is_new)
        database.set_schema()
        premises.write_port(directory, port)
        listener = premises.listen(directory)
    except Exception as error:
        raise _cannot_start(directory, error) from error
    reception = Reception(listener, linger_seconds=linger_seconds, prepare=database.prepare)
    # After the virtual machine, which has set its own by now, and crashes with it.
    signal.signal(signal.SIGTERM, lambda *_: reception.close())
    threading.Thread(target=_watch, args=[database], daemon=True).start()
    reception.serve()
    premises.leave(directory)
    listener.close()
    _leave_at_the_latest_after(_STOP_SECONDS)
    database.stop()
    os._exit(0)  # threads of the virtual machine would keep the process


def _watch(database: Database) -> None:
    """End readers' queries in time: the engine has no limit of its own that stops every one."""
    while True:
        time.sleep(0.5)
        with suppress(Exception):  # a query that ended by itself while it was looked at
            database.end_queries(READER, after_seconds=QUERY_SECONDS)


def _leave_at_the_latest_after(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, args=[70])
    timer.daemon = True
    timer.start()


def _check_system() -> None:
    name, version = platform.libc_ver()
    if name != "glibc" or tuple(map(int, version.split(".")[:2])) < _GLIBC:
        raise StoreUnavailable(
            f"the embedded store needs glibc {_GLIBC[0]}.{_GLIBC[1]} or later, and this system has "
            f"{name or 'another library'} {version}; run a Neo4j server and set TOPOLOGY_STORE to "
            "its bolt:// address"
        )


def _cannot_start(directory: Path, error: Exception) -> TopologyError:
    said = str(error).strip().partition("\n")[0]
    if "No space left" in str(error):
        return CannotWrite(
            f"the store in {str(directory)!r} cannot start: its disk is full; make room, nothing "
            "stored is lost"
        )
    return StoreUnavailable(
        f"the store in {str(directory)!r} cannot start ({said}); see "
        f"{str(directory / premises.LOG)!r}"
    )


def main(arguments: list[str] | None = None) -> None:
    """Own a store, as the command line says; what goes wrong is one line on standard output."""
    parser = argparse.ArgumentParser(prog="python -m topology.store.owner", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--linger", type=float, default=LINGER_SECONDS, metavar="SECONDS")
    chosen = parser.parse_args(arguments)
    # The engine writes to standard output, which the starter reads for the one line of ours.
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        own(chosen.directory.absolute(), linger_seconds=chosen.linger)
    except TopologyError as error:
        said.write(str(error))
        said.flush()
        os._exit(error.exit_code)  # threads of a database that half started would stay


if __name__ == "__main__":
    main()
