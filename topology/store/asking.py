"""One operator's query while the database answers it: its rows in order, however many they are.

They are fetched at most 20,000 ahead of whoever reads them, so that no result has to fit into
memory.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from typing import Self

from neo4j import Result
from neo4j.exceptions import Neo4jError

from topology.errors import QueryRefused, TopologyError, UsageError
from topology.store.arriving import Arriving
from topology.store.engine import Engine
from topology.store.queries import refusal_of, row_of, time_is_up

Row = tuple[object, ...]
_CHUNK_ROWS = 500
_CHUNKS_AHEAD = 40
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
    ) -> None:
        self._engine = engine
        self._text = text
        self._parameters = parameters
        self._seconds = seconds
        self._mark = mark_of(query_id or uuid.uuid4().hex)
        self.row_count = 0
        """How many rows were read so far."""
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
                ahead=_CHUNKS_AHEAD,
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

    def _fetch(self, put: Callable[[list[Row]], bool]) -> None:
        """Put all of it; raise errors in our words."""

        def send(result: Result) -> None:
            self._columns = tuple(result.keys())
            while chunk := [row_of(record) for record in islice(result, _CHUNK_ROWS)]:
                if not put(chunk):
                    return

        try:
            self._engine.ask(
                self._text, self._parameters, send, mark=self._mark, seconds=self._seconds
            )
        except Neo4jError as error:
            raise refusal_of(error, self._text, self._engine.place_in) from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise QueryRefused(
                f"the query or one of its parameters cannot be sent ({error}); whole numbers "
                "have at most 64 bits, and text is Unicode"
            ) from error
