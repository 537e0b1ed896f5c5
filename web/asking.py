"""Operators' Cypher in a request: who may ask, what is kept of it, and rows as they arrive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import Response, request

from topology.audit import audited
from topology.errors import TooBusy, UsageError
from topology.store.asking import Asked
from web.site import site

_PIECE_CHARACTERS = 32_768
_OUR_OWN = ("same-origin", "none")
"""What Sec-Fetch-Site says where a page of ours asks, or somebody who typed the address."""

MOST_AT_ONCE = 4
"""Queries that a worker answers at once; its other threads are for everything else."""
MOST_BYTES = 10_000_000
"""Of a row, and of an answer that is to be held whole: as it comes from the database."""
_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


def is_from_elsewhere() -> bool:
    """Tell whether another site's page makes the browser ask; programs say nothing, and may."""
    if said := request.headers.get("Sec-Fetch-Site"):
        return said not in _OUR_OWN
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


@contextmanager
def asking(
    text: str,
    parameters: Mapping[str, object],
    *,
    query_id: str = "",
    most_bytes: int | None = MOST_BYTES,
) -> Iterator[Asked]:
    """Ask for the request being answered, and keep that it did.

    Of the answer at most `most_bytes` are read; None is no limit. Raises StoreUnavailable, TooBusy,
    and UsageError where the request is about another time than now.
    """
    forwarded = request.headers.get("X-Forwarded-For")
    origin = f"HTTP {request.remote_addr}{f', forwarded for {forwarded}' if forwarded else ''}"
    now = site()
    if now.at is not None:
        raise UsageError(
            "a query is answered by the graph as it is now; leave `at` out, or ask the events"
        )
    with (
        _slot(),
        now.asked.ask(
            text,
            parameters,
            query_id=query_id,
            most_row_bytes=MOST_BYTES,
            most_bytes=most_bytes,
        ) as asked,
        audited(
            now.audit_directory,
            text,
            who="anonymous",  # there is no sign-in yet
            origin=origin,
            row_count=lambda: asked.row_count,
        ),
    ):
        yield asked


@contextmanager
def _slot() -> Iterator[None]:
    """Be one of the few queries that are answered at once. Raises TooBusy."""
    if not _slots.acquire(blocking=False):
        raise TooBusy(
            f"{MOST_AT_ONCE} queries are being answered, which is as many as are at once; ask "
            "again in some seconds"
        )
    try:
        yield
    finally:
        _slots.release()


def cut_off(asked: Asked) -> str:
    """Return what to tell of an answer that was read in part because of its size, else ""."""
    if not asked.is_cut_off:
        return ""
    return (
        f"the answer is larger than {MOST_BYTES / 1e6:g} MB and was cut off; return less of each "
        "row, count instead, or ask for CSV, which holds all rows"
    )


def streamed(
    text: str,
    parameters: Mapping[str, object],
    written: Callable[[Asked], Iterator[str]],
    *,
    content_type: str,
    query_id: str = "",
    most_bytes: int | None = None,
) -> Response:
    """Return what `written` makes of the answer, sent as it arrives.

    Raises QueryRefused, StoreUnavailable and TooBusy before the first row. After that an error cuts
    the response off, which every client notices; a client that goes away ends the query.
    """

    def lines() -> Iterator[str]:
        with asking(text, parameters, query_id=query_id, most_bytes=most_bytes) as asked:
            asked.columns  # noqa: B018 - waits for the first row
            yield ""
            yield from _in_pieces(written(asked))

    sent = lines()
    next(sent)
    return Response(sent, content_type=content_type)


def _in_pieces(lines: Iterator[str]) -> Iterator[str]:
    """Yield the same text in pieces that are worth sending each."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _PIECE_CHARACTERS:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)
