"""Operators' Cypher over HTTP, which no snapshot answers; the API's blueprint with these routes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Response, abort, request
from pydantic import BaseModel, ConfigDict, Field

from topology.answers import bodies
from topology.answers.rows import csv_of, json_of
from topology.store.asking import Asked
from topology.store.values import QUERY_ROWS
from web.api.routes import api
from web.asking import MOST_BYTES, cut_off, is_from_elsewhere, streamed
from web.site import site

__all__ = ["api"]

_ID = r"^[A-Za-z0-9-]{8,64}$"


class CypherQuestion(BaseModel):
    """Cypher that only reads."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(max_length=100_000)
    parameters: dict[str, Any] = Field({}, description="By name, without the $")
    limit: int | None = Field(
        None, ge=1, description=f"The most rows; {QUERY_ROWS} by default as JSON, all as CSV"
    )
    query_id: str | None = Field(
        None, pattern=_ID, description="By which to cancel it; a UUID of the caller's"
    )


class QueryPath(BaseModel):
    """Which query."""

    query_id: str = Field(pattern=_ID)


class QueryBody(BaseModel):
    """The rows of a query."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = Field(description="There were more rows than the limit")
    note: str | None = Field(
        None, description="Where the answer was cut off for its size: what to do"
    )


@api.post("/query", responses={200: QueryBody, 403: bodies.ProblemBody, 429: bodies.ProblemBody})
def query(body: CypherQuestion) -> Response:
    """Answer Cypher that only reads, for 10 seconds at most; `Accept: text/csv` gives CSV."""
    _refuse_from_elsewhere()
    is_csv = request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv"

    def written(asked: Asked) -> Iterator[str]:
        if is_csv:
            return csv_of(asked.columns, islice(asked.rows, body.limit))
        return json_of(
            asked.columns,
            asked.rows,
            limit=body.limit or QUERY_ROWS,
            cut_off=lambda: cut_off(asked),
        )

    return streamed(
        body.query,
        body.parameters,
        written,
        content_type="text/csv; charset=utf-8" if is_csv else "application/json",
        query_id=body.query_id or "",
        most_bytes=None if is_csv else MOST_BYTES,
    )


@api.delete("/query/<query_id>", responses={204: None, 403: bodies.ProblemBody})
def cancel_query(path: QueryPath) -> Response:
    """End a query that is still being answered; one that is not is ignored."""
    _refuse_from_elsewhere()
    site().asked.cancel(path.query_id)
    return Response(status=204)


def _refuse_from_elsewhere() -> None:
    if is_from_elsewhere():
        abort(403, description="a query was sent by another site's page; ask from these pages")
