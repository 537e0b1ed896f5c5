"""How much the driver receives of an answer, and an end to a row that is too large.

The driver takes in a row whole, however large, before it hands it over, and knows no limit. So the
connection's socket is stood in for by one that counts. Nothing else of ours reaches into the
driver; `tests/contract/test_bounds.py` holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neo4j import Transaction
from neo4j.exceptions import DriverError

from topology.errors import QueryRefused

_MOST_LEFT_BYTES = 1_000_000
"""Of rows that nobody wants any more: a new connection takes as long as these."""


class Meter:
    """Counts what one query is answered with, in bytes as they come over the connection."""

    def __init__(self, most_row_bytes: int | None = None) -> None:
        self._most_row_bytes = most_row_bytes
        self._row_bytes = 0
        self._has_ended = False
        self.bytes = 0
        """Of all rows taken so far."""

    def take_row(self) -> int:
        """Return the bytes of the row that has just come, and begin to count the next one."""
        taken, self._row_bytes = self._row_bytes, 0
        self.bytes += taken
        return taken

    def end(self) -> None:
        """Want no more: what still comes is let pass, or the connection let go if it is much."""
        self.take_row()
        self._most_row_bytes, self._has_ended = _MOST_LEFT_BYTES, True

    def count(self, received: int) -> None:
        """Count some bytes; raises OSError once a row has too many."""
        self._row_bytes += received
        if self._is_over:
            raise OSError("a row is too large")

    @contextmanager
    def on(self, transaction: Transaction) -> Iterator[None]:
        """Count what comes until this transaction is closed, which is to happen in the block.

        Raises QueryRefused for a row that is too large.
        """
        inbox: Any = transaction._connection.inbox  # noqa: SLF001 - see above
        socket = inbox._socket  # noqa: SLF001
        inbox._socket = _Counted(socket, self)  # noqa: SLF001
        try:
            yield
        except DriverError as error:
            if not self._is_over:
                raise
            if not self._has_ended:
                raise row_too_large(self._most_row_bytes or 0) from error
        finally:
            inbox._socket = socket  # noqa: SLF001

    @property
    def _is_over(self) -> bool:
        return self._most_row_bytes is not None and self._row_bytes > self._most_row_bytes


def row_too_large(most_bytes: int) -> QueryRefused:
    """Return what to raise for a row of more than so many bytes."""
    return QueryRefused(
        f"a row of the answer is larger than {most_bytes / 1e6:g} MB; return fewer or shorter "
        "lists, or UNWIND them into rows, or ask with `topology cypher`"
    )


class _Counted:
    """The part of a socket that the driver reads rows by."""

    def __init__(self, socket: Any, meter: Meter) -> None:  # noqa: ANN401 - the driver's own
        self._socket = socket
        self._meter = meter

    def recv_into(self, buffer: memoryview, nbytes: int) -> int:
        received: int = self._socket.recv_into(buffer, nbytes)
        self._meter.count(received)
        return received
