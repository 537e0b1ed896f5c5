"""The embedded store from a client's side: start its owner process or join it, and stay with it.

Any number of processes do this with one directory at any time; there is one owner at a time.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from neo4j import Driver, Session, basic_auth
from neo4j.exceptions import Neo4jError

from topology.errors import CannotWrite, QueryRefused, StoreUnavailable, TopologyError
from topology.store import premises
from topology.store.engine import SECONDS, Engine, open_driver
from topology.store.owner import LINGER_SECONDS, READER, WRITER
from topology.store.queries import refusal_of

_START_SECONDS = 60.0
_PAUSE_SECONDS = 0.05
_LEADING = re.compile(r"(?:\s|//[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_ERRORS: tuple[type[TopologyError], ...] = (CannotWrite, StoreUnavailable)
"""What an owner that cannot start exits with, each by its own code."""


class EmbeddedEngine(Engine):
    """ArcadeDB in an owner process of this machine, reached like a server."""

    def __init__(self, directory: Path, *, linger_seconds: float = LINGER_SECONDS) -> None:
        self._directory = directory.absolute()
        self._linger_seconds = linger_seconds
        self._prepared: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self.address = str(self._directory)
        premises.enter(self._directory)
        self._join()

    @property
    def driver(self) -> Driver:
        """The writer's pool; another one after `recover`."""
        return self._driver

    def operator_session(self) -> Session:
        """Return a session of the reader, who may not write; the engine ignores READ mode."""
        return self._reader.session()

    def admit(self, query: str) -> None:
        """Admit what the engine has a plan for.

        The reader's rights refuse what writes. But readers may also see and end what other readers
        run, and such statements have no plan.
        """
        try:
            with self.operator_session() as session:
                plan = session.run(f"EXPLAIN {query[_start_of(query) :]}").consume().plan
        except Neo4jError as error:
            raise refusal_of(error, query, self.place_in) from error
        if plan is None:
            raise QueryRefused(
                "the query was refused: operators' queries read the graph and nothing else; leave "
                "SHOW, TERMINATE and administration out"
            )

    def prepare(self, label_sets: Collection[tuple[str, ...]]) -> None:
        """Ask the owner for types: they need SQL, which Bolt does not carry here."""
        wanted = [labels for labels in label_sets if labels not in self._prepared]
        if not wanted:
            return
        request = json.dumps(wanted).encode() + b"\n"
        complaint = self._request(request)
        if complaint is None:
            self.recover()
            complaint = self._request(request)
        if complaint != "":
            raise StoreUnavailable(
                f"the store in {self.address!r} cannot add classes ({complaint or 'it ended'}); "
                f"see {premises.LOG} there"
            )
        self._prepared.update(wanted)

    def place_in(self, query: str, line: int, column: int) -> tuple[int, int]:
        """Count from where the engine does: behind all that only comments and spaces precede."""
        *before, last = query[: _start_of(query)].split("\n")
        return line + len(before), column + 1 + (len(last) if line == 1 else 0)

    def missing_definitions(self) -> list[str]:
        """Return none: the owner defines all of them at every start, or does not start."""
        return []

    def recover(self) -> None:
        """Start or join an owner where the one we held on to is gone."""
        with self._lock:
            if self._is_closed or premises.is_alive(self._hold):
                return
            self._let_go()
            self._join()

    def close(self) -> None:
        """Close the connections and let the owner go; closing twice is closing once."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._let_go()

    def _let_go(self) -> None:
        self._driver.close()
        self._reader.close()
        self._hold.close()

    def _join(self) -> None:
        self._hold, port = self._owner()
        address = f"bolt://127.0.0.1:{port}"
        passwords = premises.load_secrets(self._directory)
        self._driver, self._reader = (
            open_driver(address, basic_auth(user, password))
            for user, password in ((WRITER, passwords.writer), (READER, passwords.reader))
        )

    def _owner(self) -> tuple[socket.socket, int]:
        """Return a hold on an owner that is ready, started by us if need be, and its port."""
        deadline = time.monotonic() + _START_SECONDS
        started: _StartedOwner | None = None
        while time.monotonic() < deadline:
            try:
                hold = premises.connect(self._directory, seconds=SECONDS)
            except TimeoutError:
                break
            if hold is not None:
                try:
                    return hold, premises.read_port(self._directory)
                except (OSError, ValueError):  # it has just left, or somebody damaged the file
                    hold.close()
            if started is None or started.has_ended:
                if started and started.complaint:
                    raise started.complaint
                if not premises.is_owned(self._directory):
                    started = _StartedOwner(self._directory, self._linger_seconds)
            time.sleep(_PAUSE_SECONDS)
        raise StoreUnavailable(
            f"the store in {self.address!r} does not get ready; see {premises.LOG} there, and end "
            "the process that owns it if it hangs"
        )

    def _request(self, request: bytes) -> str | None:
        """Ask the owner and return its complaint, empty for none; None where it is gone."""
        try:
            connection = premises.connect(self._directory, seconds=SECONDS)
            if connection is None:
                return None
            with closing(connection), connection.makefile("rb") as answers:
                connection.sendall(request)
                answer = answers.readline()
        except TimeoutError:
            raise self.silent(SECONDS) from None
        except OSError:
            return None
        return str(json.loads(answer)) if answer else None


def _start_of(query: str) -> int:
    """Return where what the engine reads of a query begins."""
    leading = _LEADING.match(query)
    return leading.end() if leading else 0


class _StartedOwner:
    """An owner process that this one started; it may outlive it."""

    def __init__(self, directory: Path, linger_seconds: float) -> None:
        command = [sys.executable, "-m", "topology.store.owner", str(directory)]
        try:
            with premises.open_private(directory / premises.LOG, "a") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [*command, "--linger", str(linger_seconds)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,  # an interrupt at the terminal is not meant for it
                )
        except OSError as error:
            raise premises.cannot_write(directory, error) from None
        self._said = ""
        # Attended to its end, which is nobody else's to notice if it comes before ours.
        self._attendant = threading.Thread(target=self._attend, name="store-owner", daemon=True)
        self._attendant.start()

    @property
    def has_ended(self) -> bool:
        """It is no more."""
        return not self._attendant.is_alive()

    @property
    def complaint(self) -> TopologyError | None:
        """What kept it from starting; None where it was another owner, or nothing."""
        code = self._process.returncode
        if code in (0, premises.BUSY):
            return None
        kind = next((one for one in _ERRORS if one.exit_code == code), None)
        if kind is not None and self._said:
            return kind(self._said)
        return StoreUnavailable(
            f"the store's owner process ended at its start with code {code}; see {premises.LOG} in "
            "its directory"
        )

    def _attend(self) -> None:
        self._said, _ = self._process.communicate()
