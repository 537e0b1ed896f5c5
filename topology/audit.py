"""The audit log: one line of JSON for every query of an operator, wherever it was asked."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from topology.errors import TopologyError

FILE = "queries.log"
"""Its name in the data directory."""
_MOST_CHARACTERS = 10_000
_STAMPED = structlog.processors.TimeStamper(fmt="iso", utc=True)
_RENDERED = structlog.processors.JSONRenderer()


@contextmanager
def audited(
    directory: Path | None, text: str, *, who: str, origin: str, row_count: Callable[[], int]
) -> Iterator[None]:
    """Keep who asked `text` and what came of it, once the block around the query has ended.

    Its parameters are never kept. `origin` is where the question came from; `row_count` says how
    many rows were read. Without a `directory`, or where the file in it cannot be written, the line
    goes to stderr.
    """
    begun = time.monotonic()
    outcome = "cancelled"  # by an interrupt, or by a reader that went away
    try:
        yield
        outcome = "answered"
    except TopologyError as error:
        outcome = str(error)
        raise
    finally:
        _append(
            directory,
            who=who,
            origin=origin,
            outcome=outcome,
            rows=row_count(),
            milliseconds=round((time.monotonic() - begun) * 1000),
            sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            text=text[:_MOST_CHARACTERS],
        )


def _append(directory: Path | None, **fields: str | int) -> None:
    line = str(_RENDERED(None, "info", _STAMPED(None, "info", fields)))
    try:
        # Opened for each line, so that a log that was rotated away is let go.
        if directory is None:
            raise FileNotFoundError
        descriptor = os.open(directory / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())  # in one piece, whoever else writes
        finally:
            os.close(descriptor)
    except OSError:
        print(line, file=sys.stderr)
