"""Servers of both engines that tests may kill, freeze and starve, and a line that can be cut."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import neo4j_server
import pytest

from topology.store import open_store
from topology.store.embedded import EmbeddedEngine
from topology.store.graph_store import GraphStore

LINGER_SECONDS = 0.2


class Breakable(Protocol):
    """A store whose server is at the test's mercy."""

    name: str
    store: GraphStore

    @property
    def pid(self) -> int:
        """The server's process, while it lives."""

    def kill(self) -> None:
        """End it without notice; it is there again when somebody needs it."""

    def stop(self) -> None:
        """End it in order; it is there again when somebody needs it."""


class Embedded:
    """The embedded engine; its clients start its owner again by themselves."""

    name = "embedded"

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = GraphStore(EmbeddedEngine(directory, linger_seconds=LINGER_SECONDS))

    @property
    def pid(self) -> int:
        engine = self.store._engine
        assert isinstance(engine, EmbeddedEngine)
        said = engine._hold.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int(struct.unpack("3i", said)[0])

    def kill(self) -> None:
        with suppress(ProcessLookupError, OSError):  # between two owners there is none
            os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        with suppress(ProcessLookupError, OSError):
            os.kill(self.pid, signal.SIGTERM)


class Neo4j:
    """A Neo4j server of the test's own, started again on its port as a service manager would."""

    name = "neo4j"

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = neo4j_server.free_port()
        neo4j_server.configure(directory, self._port)
        self._process = neo4j_server.start(directory)
        self._server = neo4j_server.with_password(self._port)
        self.settings = self._server.settings(directory)
        self.store = open_store(self.settings)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._start_again()

    def stop(self) -> None:
        self._process.terminate()
        self._start_again()

    def close(self) -> None:
        self._process.kill()
        self._ended()

    def _start_again(self) -> None:
        self._ended()
        self._process = neo4j_server.start(self._directory)

    def _ended(self) -> None:
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def breakable(engine: str, directory: Path) -> Iterator[Breakable]:
    """Yield a server of one engine with an empty store; skip where Neo4j cannot be run."""
    with ExitStack() as stack:
        if engine == "embedded":
            embedded = Embedded(directory / "store")
            stack.callback(embedded.store.close)
            yield embedded
            return
        if reason := neo4j_server.why_not():
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        server = Neo4j(directory)
        stack.callback(server.close)
        stack.callback(server.store.close)
        yield server


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process for a while: it neither runs nor ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Line:
    """A TCP line to a port on loopback, which can be cut at any byte."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._left: int | None = None
        self.cuts = 0
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut_after(self, size: int) -> None:
        """Cut the connection that carries the byte that comes after `size` more, either way."""
        with self._lock:
            self._left = size

    def close(self) -> None:
        """Take no new connection."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=[client], daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._to_port))
            with closing(server), selectors.DefaultSelector() as ready:
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in ready.select():
                        assert isinstance(key.fileobj, socket.socket)
                        found = key.fileobj.recv(65536)
                        if not found or self._is_cut(len(found)):
                            return
                        key.data.sendall(found)

    def _is_cut(self, size: int) -> bool:
        with self._lock:
            if self._left is None:
                return False
            self._left -= size
            if self._left >= 0:
                return False
            self._left = None
            self.cuts += 1
            return True
