"""One operator's query while the database answers it: its rows in order, however many they are.

At most 20,000 rows, or 10 MB of them, are fetched ahead of whoever reads them, so that no result
has to fit into memory.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Self

from neo4j import Result
from neo4j.exceptions import Neo4jError

from topology.errors import QueryRefused, TopologyError, UsageError
from topology.store.arriving import Arriving, Put
from topology.store.engine import Engine
from topology.store.metered import Meter
from topology.store.queries import refusal_of, row_of, time_is_up

Row = tuple[object, ...]
_CHUNK_ROWS = 500
_CHUNK_BYTES = 250_000
_ROWS_AHEAD = 20_000
_BYTES_AHEAD = 10_000_000
_GRACE_SECONDS = 3.0  # the database's own time limit speaks first
_QUERY_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_END_SECONDS = 0.2  # in which a query ends that the database has already answered


def mark_of(query_id: str) -> str:
    """Return the comment by which a running query is found in the database.

    Raises UsageError for an id that is not made of 8 to 64 letters, digits and hyphens.
    """
    if not _QUERY_ID.fullmatch(query_id):
        raise UsageError(
            f"query id {query_id!r} is not made of 8 to 64 letters, digits and hyphens; a UUID is"
        )
    return f"// query {query_id}."


class Asked:
    """A query and its answer, for one thread. Nothing is sent before something is asked of it.

    Of the answer at most `most_bytes` are read, and no row of more than `most_row_bytes`, counted
    as they come from the database; None is no limit.

    Its time runs from then on, whether its rows are read or not. Close it, and what still runs of
    it is ended in the database.
    """

    def __init__(
        self,
        engine: Engine,
        text: str,
        parameters: Mapping[str, object],
        *,
        seconds: float,
        query_id: str = "",
        most_row_bytes: int | None = None,
        most_bytes: int | None = None,
    ) -> None:
        self._engine = engine
        self._text = text
        self._parameters = parameters
        self._seconds = seconds
        self._mark = mark_of(query_id or uuid.uuid4().hex)
        self.row_count = 0
        """How many rows were read so far."""
        self._meter = Meter(most_row_bytes)
        self._most_bytes = most_bytes
        self.is_cut_off = False
        """The database had more rows, which were left out because of the answer's size."""
        self._columns: tuple[str, ...] = ()
        self._arriving: Arriving[list[Row]] | None = None
        self._rows = self._counted()
        self._chunks: Iterator[list[Row]] = iter(())
        self._first: list[Row] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names; the embedded engine gives none where there is no row.

        Waits for the first row. Raises QueryRefused and StoreUnavailable.
        """
        self._start()
        return self._columns

    @property
    def rows(self) -> Iterator[Row]:
        """The rows from here on, in the query's order, values such as JSON has.

        Raises QueryRefused and StoreUnavailable, also after some rows.
        """
        self._start()
        return self._rows

    def close(self) -> None:
        """End it; closing twice is closing once."""
        if self._arriving is not None and not self._arriving.close(seconds=_END_SECONDS):
            with suppress(TopologyError, Neo4jError):  # the time limit ends it in any case
                self._engine.cancel(self._mark)

    def _start(self) -> None:
        if self._arriving is None:
            deadline = time.monotonic() + self._seconds
            self._arriving = Arriving(
                self._fetch,
                patience=lambda: max(deadline - time.monotonic(), 0.0) + _GRACE_SECONDS,
                late=time_is_up,
            )
            self._chunks = iter(self._arriving)
            self._first = next(self._chunks, [])

    def _counted(self) -> Iterator[Row]:
        for chunk in chain([self._first], self._chunks):
            for row in chunk:
                self.row_count += 1
                yield row

    def _fetch(self, put: Put[list[Row]]) -> None:
        """Put all of it, or as much as is wanted; raise errors in our words."""

        def send(result: Result) -> None:
            self._columns = tuple(result.keys())
            for chunk, size in self._chunked(result):
                weight = max(len(chunk) / _ROWS_AHEAD, size / _BYTES_AHEAD)
                if not put(chunk, weight=weight):
                    break
            self._meter.end()

        try:
            self._engine.ask(
                self._text,
                self._parameters,
                send,
                mark=self._mark,
                seconds=self._seconds,
                meter=self._meter,
            )
        except Neo4jError as error:
            raise refusal_of(error, self._text, self._engine.place_in) from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise QueryRefused(
                f"the query or one of its parameters cannot be sent ({error}); whole numbers "
                "have at most 64 bits, and text is Unicode"
            ) from error

    def _chunked(self, result: Result) -> Iterator[tuple[list[Row], int]]:
        """Yield rows, some at a time, and how many bytes they were; end where it is too much."""
        chunk: list[Row] = []
        size = 0
        for record in result:
            size += self._meter.take_row()
            if self._most_bytes is not None and self._meter.bytes > self._most_bytes:
                self.is_cut_off = True
                break
            chunk.append(row_of(record))
            if len(chunk) == _CHUNK_ROWS or size >= _CHUNK_BYTES:
                yield chunk, size
                chunk, size = [], 0
        if chunk:
            yield chunk, size
