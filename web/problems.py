"""Every kind of error a request can end with, and how each is told: as a page or as JSON.

Problem details follow RFC 9457; `type` leads to a page that says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import Flask, Response, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

from topology.errors import (
    HistoryForgotten,
    QueryRefused,
    ResourceNotFound,
    StoreUnavailable,
    TooBusy,
    UsageError,
)
from web.headers import request_id
from web.pages.rendering import ProblemPage, render

log = structlog.get_logger(__name__)

RETRY_SECONDS = "5"
"""After how long an answer may be there that is not there now; for Retry-After."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of error."""

    status: int
    title: str
    help: str
    """What it means and what to do."""


PROBLEMS = {
    "query-refused": ProblemKind(
        400,
        "The query was refused",
        "The detail says why, and line and column where. Queries read the graph for 10 seconds at "
        "most and do nothing else; the database itself refuses the rest.",
    ),
    "bad-request": ProblemKind(
        400, "The request is wrong", "The detail names the parameter; mend it and ask again."
    ),
    "forbidden": ProblemKind(
        403,
        "This cannot be asked from another site",
        "Another site's page has sent this through somebody's browser. Ask from these pages, or "
        "with a program.",
    ),
    "not-found": ProblemKind(
        404,
        "There is no such thing",
        "An id is a uid, an alias, or a label or serial that is unique. What is gone from the "
        "report is gone from here; the search finds what there is.",
    ),
    "method-not-allowed": ProblemKind(
        405, "This can only be read", "Use GET; the Allow header names what is possible."
    ),
    "too-busy": ProblemKind(
        429,
        "Too many queries are being answered",
        "A worker answers a few queries at once, so that they never keep the pages waiting. Each "
        "ends within 10 seconds; ask again after the seconds that Retry-After names.",
    ),
    "not-ready": ProblemKind(
        503,
        "The site is not known yet",
        "The store cannot be reached, or has not been read yet. The service goes on trying and "
        "recovers by itself; ask again after the seconds that Retry-After names.",
    ),
    "defect": ProblemKind(
        500,
        "This service has a defect",
        "Report it with the request id; the service's log holds the details.",
    ),
}
"""By the slug in their address."""
_RETRIED = (429, 503)
"""Statuses that name when to ask again."""
_BY_STATUS = {kind.status: slug for slug, kind in PROBLEMS.items()}


def wants_json() -> bool:
    """Return whether the request being answered is one to the API."""
    return request.path.startswith(("/api/", "/healthz", "/readyz"))


def problem_json(slug: str, detail: str, **more: object) -> Response:
    """Return problem details as a response; `more` are extension members."""
    kind = PROBLEMS[slug]
    response = jsonify(
        type=url_for("pages.problem", slug=slug),
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=request_id(),
        **more,
    )
    response.status_code = kind.status
    response.content_type = "application/problem+json"
    if kind.status in _RETRIED:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def answer(slug: str, detail: str) -> Response:
    """Return the error as whoever asked can read it."""
    if wants_json():
        return problem_json(slug, detail)
    kind = PROBLEMS[slug]
    response = render(ProblemPage(kind.title, detail, request_id()), kind.status)
    if kind.status in _RETRIED:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def handle_errors(app: Flask) -> None:
    """Make every error of `app` end in one clear answer and none in a traceback."""

    def not_found(error: ResourceNotFound | HistoryForgotten) -> Response:
        return answer("not-found", str(error))

    def not_ready(error: StoreUnavailable) -> Response:
        return answer("not-ready", str(error))

    def too_busy(error: TooBusy) -> Response:
        return answer("too-busy", str(error))

    def wrong(error: UsageError) -> Response:
        return answer("bad-request", str(error))

    def query_refused(error: QueryRefused) -> Response:
        line, column = error.place or (None, None)
        return problem_json(
            "query-refused", str(error), line=line, column=column, marked=error.marked
        )

    def refused(error: HTTPException) -> Response:
        if error.response is not None or (error.code or 500) < 400:
            return app.make_response(error.get_response())
        response = answer(_BY_STATUS.get(error.code or 500, "bad-request"), _detail_of(error))
        for name in ("Allow", "Retry-After"):
            if name in error.get_response().headers:
                response.headers[name] = error.get_response().headers[name]
        return response

    def defect(error: Exception) -> Response:
        log.error("request failed", exc_info=error, request_id=request_id(), path=request.path)
        return answer(
            "defect", f"{request.path} could not be answered; the log names request {request_id()}"
        )

    app.register_error_handler(ResourceNotFound, not_found)
    app.register_error_handler(HistoryForgotten, not_found)
    app.register_error_handler(StoreUnavailable, not_ready)
    app.register_error_handler(TooBusy, too_busy)
    app.register_error_handler(UsageError, wrong)
    app.register_error_handler(QueryRefused, query_refused)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, defect)


def _detail_of(error: HTTPException) -> str:
    if error.code == 404:
        return f"nothing has the address {request.path!r}; the pages begin at Now"
    return error.description or error.name
