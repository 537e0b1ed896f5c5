"""One call to a database that speaks Bolt: its deadline, its retries, its errors in our words.

What the two engines do differently is what `Engine` leaves abstract, and nothing else.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager
from typing import Any, LiteralString, Self, TypeVar

from neo4j import Auth, Driver, GraphDatabase, Result, Session, Transaction
from neo4j.exceptions import AuthError, ConstraintError, DriverError, Neo4jError

from topology.errors import DeltaRejected, StoreUnavailable, TopologyError
from topology.store.metered import Meter

T = TypeVar("T")
Parameters = Mapping[str, object]
SECONDS = 15.0
"""How long a small call may take before the store counts as unavailable."""
_FIRST_PAUSE = 0.01  # a second, the driver's own, let four writers wait for three
_LONGEST_PAUSE = 0.5
_CANCEL = """
SHOW TRANSACTIONS YIELD transactionId AS running, currentQuery AS text
WHERE text STARTS WITH $mark
TERMINATE TRANSACTIONS running YIELD message
RETURN message"""

# What the driver logs of a lost connection is raised too, and then said once, in our words.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


class Engine(ABC):
    """A database behind Bolt. Safe to call from any thread."""

    address: str
    """For people: where it is."""

    @property
    @abstractmethod
    def driver(self) -> Driver:
        """The connection pool of the user who writes."""

    def session(self) -> Session:
        """Return a session in which may be written."""
        return self.driver.session()

    @abstractmethod
    def operator_session(self) -> Session:
        """Return a session in which the database itself refuses to write."""

    @abstractmethod
    def admit(self, query: str) -> None:
        """Raise QueryRefused for what the database would let a reader do and we do not."""

    @abstractmethod
    def place_in(self, query: str, line: int, column: int) -> tuple[int, int]:
        """Return the line and column of `query`, from 1, that the database calls by these numbers.

        The query stood behind a line of ours.
        """

    @abstractmethod
    def prepare(self, label_sets: Collection[tuple[str, ...]]) -> None:
        """Make room for nodes with these combinations of classes, `Resource` left out of each."""

    @abstractmethod
    def missing_definitions(self) -> list[str]:
        """Return which constraints and indexes, in words, are not there though they should be."""

    @abstractmethod
    def recover(self) -> None:
        """After a lost connection: do what makes the next attempt succeed, if anything can."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def run(self, work: Callable[[Transaction], T], *, seconds: float = SECONDS) -> T:
        """Do `work` in one transaction and return its result once that is committed.

        `work` may run several times: after a conflict, and after a lost connection, when it may
        already have been committed. Raises StoreUnavailable after `seconds`.
        """
        deadline = time.monotonic() + seconds

        def attempt() -> T:
            with self.session() as session, session.begin_transaction() as transaction:
                result = work(transaction)
                transaction.commit()
                return result

        try:
            return within(
                seconds, lambda: self._repeat(attempt, deadline), lambda: self.silent(seconds)
            )
        except Neo4jError as error:
            raise self._in_our_words(error) from error

    def ask(
        self,
        query: str,
        parameters: Parameters,
        send: Callable[[Result], None],
        *,
        mark: str,
        seconds: float,
        meter: Meter,
    ) -> None:
        """Run an operator's `query` where nothing can be written, and `send` its result.

        It runs for `seconds` at most, sending included, and `cancel` knows it by `mark`, a comment
        on one line; `meter` counts what comes. An error of the database is left as it is; before
        anything was sent, what may help is tried again.
        """

        @contextmanager
        def begun() -> Iterator[Result]:
            self.admit(query)
            with (
                self.operator_session() as session,
                meter.on(transaction := session.begin_transaction(timeout=seconds)),
                transaction,
            ):
                yield transaction.run(f"{mark}\n{query}", dict(parameters))

        self._send(begun, send)

    def stream(self, text: LiteralString, send: Callable[[Result], None]) -> None:
        """Run one statement that reads, and `send` its result while more of it arrives.

        Before anything was sent, what may help is tried again. No deadline holds: whoever calls
        this has one. Raises StoreUnavailable.
        """

        @contextmanager
        def begun() -> Iterator[Result]:
            with self.session() as session, session.begin_transaction() as transaction:
                yield transaction.run(text)

        try:
            self._send(begun, send)
        except Neo4jError as error:
            raise self._in_our_words(error) from error

    def _send(
        self,
        begun: Callable[[], AbstractContextManager[Result]],
        send: Callable[[Result], None],
    ) -> None:
        is_sending = False

        def attempt() -> None:
            nonlocal is_sending
            with begun() as result:
                result.peek()
                is_sending = True
                send(result)

        self._repeat(attempt, time.monotonic() + SECONDS, may_again=lambda: not is_sending)

    def cancel(self, mark: str) -> None:
        """End the operator's query that begins with `mark`; one that is not there is ignored."""

        def attempt() -> None:
            with self.operator_session() as session:
                session.run(_CANCEL, {"mark": mark}).consume()

        within(
            SECONDS,
            lambda: self._repeat(attempt, time.monotonic() + SECONDS),
            lambda: self.silent(SECONDS),
        )

    def execute(
        self, text: LiteralString, parameters: Parameters | None = None, *, seconds: float = SECONDS
    ) -> list[dict[str, Any]]:
        """Run one statement in a transaction of its own and return its rows."""
        return self.run(
            lambda transaction: [
                dict(row) for row in transaction.run(text, dict(parameters or {}))
            ],
            seconds=seconds,
        )

    def _repeat(
        self,
        attempt: Callable[[], T],
        deadline: float,
        *,
        may_again: Callable[[], bool] = lambda: True,
    ) -> T:
        """Return what `attempt` returns, tried again until `deadline` while that may help."""
        longest = _FIRST_PAUSE
        while True:
            try:
                return attempt()
            except (Neo4jError, DriverError) as error:
                # Also of a pool that another thread has closed, because it recovered meanwhile.
                is_lost = isinstance(error, DriverError)
                pause = random.uniform(0, longest)  # noqa: S311 - jitter, not a secret
                is_over = time.monotonic() + pause > deadline or not may_again()
                if is_over or not (is_lost or error.is_retryable()):
                    if is_lost:
                        raise self._in_our_words(error) from error
                    raise
            if is_lost:
                self.recover()
            time.sleep(pause)
            longest = min(2 * longest, _LONGEST_PAUSE)

    def _in_our_words(self, error: Neo4jError | DriverError) -> TopologyError:
        said = _text_of(error)
        match error:
            case AuthError():
                return StoreUnavailable(
                    f"the store at {self.address} refused the user or password ({said}); check "
                    "TOPOLOGY_STORE_USER and TOPOLOGY_STORE_PASSWORD_FILE"
                )
            case ConstraintError():
                return DeltaRejected(
                    f"the store at {self.address} already holds what was to be added ({said}); "
                    "read it again"
                )
            case DriverError():
                return StoreUnavailable(
                    f"cannot reach the store at {self.address} ({said}); check that it runs and "
                    "what TOPOLOGY_STORE says"
                )
            case _:
                return StoreUnavailable(
                    f"the store at {self.address} failed ({said}); see its log, and whether its "
                    "disk is full"
                )

    def silent(self, seconds: float) -> StoreUnavailable:
        """Return what to raise when there was no answer for `seconds`."""
        return StoreUnavailable(
            f"the store at {self.address} did not answer within {seconds:g} s; check that it runs "
            "and is not overloaded"
        )


def open_driver(
    address: str, auth: Auth | None, *, connections: int = 64, connect_seconds: float = 5.0
) -> Driver:
    """Return a pool of at most so many connections to a server; nothing is contacted yet."""
    return GraphDatabase.driver(
        address,
        auth=auth,
        connection_timeout=connect_seconds,
        connection_acquisition_timeout=2 * connect_seconds,
        max_connection_pool_size=connections,
        notifications_min_severity="OFF",  # a class nobody has reported yet is no news
    )


def within(seconds: float, work: Callable[[], T], late: Callable[[], TopologyError]) -> T:
    """Return what `work` returns, or raise `late()` when it takes longer than `seconds`.

    A frozen server answers no deadline of the driver's, so `work` runs in a thread of its own,
    which is left behind when it is late.
    """
    outcome = begun(work)
    if not wait([outcome], timeout=seconds).done:
        raise late()
    return outcome.result()


def begun(work: Callable[[], T]) -> Future[T]:
    """Do `work` in a thread of its own, which nothing waits for at the end of the process."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is asked for
            outcome.set_exception(error)

    threading.Thread(target=run, name="store-call", daemon=True).start()
    return outcome


def _text_of(error: Neo4jError | DriverError) -> str:
    """Return the line that says most: the server's first, or the last cause the driver names."""
    if isinstance(error, Neo4jError) and error.message:
        return error.message.strip().partition("\n")[0]
    return str(error).strip().rpartition("\n")[2]
