"""Addresses of the pages. All that a page shows is in its query string, so it can be shared."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from topology.answers.rows import csv_of
from web.asking import is_from_elsewhere, streamed
from web.pages.events import EventsPage, seq_in
from web.pages.explore import ExplorePage, depth_in, direction_in
from web.pages.filesystem import filesystem_page_of, full_in
from web.pages.filesystems import FilesystemsPage
from web.pages.hardware import EnclosurePage, HardwarePage
from web.pages.incident import ClosedIncidentPage, incident_page_of
from web.pages.now import NowPage
from web.pages.query import asking_of, limits_text, query_page_of
from web.pages.rendering import ProblemPage, page_tag, render
from web.pages.resource import ResourcePage, span_in
from web.pages.resources import ResourcesPage
from web.pages.rows import page_in
from web.pages.what_if import Question, WhatIfPage, most_in
from web.problems import PROBLEMS, RETRY_SECONDS
from web.site import site

pages = Blueprint("pages", __name__)

_QUERY = ("fail", "service", "repair", "root", "dir", "depth", "hide", "open")
"""What a page with an impact path is told by; anything else in a query is let go."""


@pages.app_template_global()
def unfold_url(uid: str) -> str:
    """Return this page's address with one more group unfolded."""
    return _url_with(open=[*request.args.getlist("open"), uid])


def _url_with(**changed: list[str]) -> str:
    """Return this page's address with some of its query otherwise."""
    known = {name: texts for name in _QUERY if (texts := request.args.getlist(name))}
    values: dict[str, Any] = (request.view_args or {}) | known | changed
    return url_for(str(request.endpoint), **values)


@pages.before_request
def unchanged() -> Response | None:
    """Answer 304, without making the page, to whoever has it as it would be."""
    if _is_answer_of_the_store():
        return None
    return Response(status=304) if request.if_none_match.contains_weak(page_tag()) else None


@pages.after_request
def tagged(response: Response) -> Response:
    """Tell by which ETag the page can be asked for again."""
    tag = page_tag()
    if tag and response.status_code in {200, 304} and not _is_answer_of_the_store():
        response.set_etag(tag, weak=True)
    return response


@pages.get("/")
def now() -> Response:
    """Show what is broken, what it hits, and what to do first."""
    return render(NowPage.of(site()))


@pages.get("/incidents/<incident_id>")
def incident(incident_id: str) -> Response:
    """Show one root cause and all it hits; 410 where it is over."""
    page = incident_page_of(
        site(),
        incident_id,
        unfolded=frozenset(request.args.getlist("open")),
        is_table=request.args.get("view") == "table",
    )
    return render(page, 410 if isinstance(page, ClosedIncidentPage) else 200)


@pages.get("/fs")
def filesystems() -> BaseResponse:
    """Show every filesystem; where there is one, lead to it."""
    page = FilesystemsPage.of(site())
    if len(page.filesystems) == 1:
        return redirect(url_for("pages.filesystem", name=page.filesystems[0].key))
    return render(page)


@pages.get("/fs/<name>")
def filesystem(name: str) -> Response:
    """Show a filesystem by its name or id."""
    page = filesystem_page_of(
        site(),
        name,
        full=full_in(request.args.get("targets", "")),
        number=page_in(request.args.get("page", "")),
    )
    return render(page)


@pages.get("/r/<uid>")
def resource(uid: str) -> Response:
    """Show a resource by its uid, alias, label or serial."""
    span = span_in(request.args.get("span", "hour"))
    return render(ResourcePage.of(site(), site().known.find(uid), span=span))


@pages.get("/resources")
def resources() -> Response:
    """Show what a search finds."""
    page = ResourcesPage.of(
        site(),
        text=request.args.get("q", "").strip(),
        class_name=request.args.get("class", ""),
        state=request.args.get("state", ""),
    )
    return render(page)


@pages.get("/explore")
def explore() -> Response:
    """Show what a resource depends on, or what depends on it."""
    page = ExplorePage.of(
        site(),
        request.args.get("root", "").strip(),
        is_up=direction_in(request.args.get("dir", "down")),
        depth=depth_in(request.args.get("depth", "")),
        hidden=_ids("hide"),
        unfolded=frozenset(request.args.getlist("open")),
        is_table=request.args.get("view") == "table",
    )
    return render(page)


@pages.get("/hw")
def hardware() -> Response:
    """Show every enclosure's slots."""
    return render(HardwarePage.of(site(), number=page_in(request.args.get("page", ""))))


@pages.get("/hw/<name>")
def enclosure(name: str) -> Response:
    """Show one enclosure's slots and the parts in it."""
    return render(EnclosurePage.of(site(), name))


@pages.get("/events")
def events() -> Response:
    """Show what changed, newest first; 503 where the store that keeps it is down."""
    before = request.args.get("before", "")
    page = EventsPage.of(
        site(), request.args.get("uid", "").strip(), before=seq_in(before) if before else None
    )
    response = render(page, 503 if page.problem else 200)
    if page.problem:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


pages.add_app_template_global(limits_text)


@pages.get("/query")
def query() -> Response:
    """Show a question in Cypher and its answer; 400 where it was refused."""
    page = query_page_of(request.args, is_from_elsewhere=is_from_elsewhere())
    return render(page, 400 if page.problem else 200)


@pages.get("/query.csv")
def query_csv() -> Response:
    """Send all rows of a question as they arrive; 403 where another site's page asks."""
    if is_from_elsewhere():
        abort(403, description="a query was asked by another site's page; ask from the Query page")
    asked = asking_of(request.args)
    response = streamed(
        asked.text,
        asked.values(),
        lambda found: csv_of(found.columns, found.rows),
        content_type="text/csv; charset=utf-8",
    )
    response.headers["Content-Disposition"] = "attachment; filename=query.csv"
    return response


def _is_answer_of_the_store() -> bool:
    """Tell whether no snapshot's tag says if the page would be the same."""
    return request.endpoint in {"pages.query", "pages.query_csv"} and bool(request.args)


@pages.get("/whatif")
def what_if() -> Response:
    """Show the site as it would be; 404 where an id names nothing."""
    page = WhatIfPage.of(
        site(),
        Question(
            _ids("fail"),
            _ids("service"),
            _ids("repair"),
            inputs_of=_ids("inputs_of"),
            most=most_in(request.args.get("max", "").strip()),
        ),
        unfolded=frozenset(request.args.getlist("open")),
    )
    return render(page, 404 if page.problem else 200)


def _ids(name: str) -> tuple[str, ...]:
    """Return the ids under one name of the query, which repeats or holds several with commas."""
    parts = (part.strip() for text in request.args.getlist(name) for part in text.split(","))
    return tuple(part for part in parts if part)


@pages.get("/problems/<slug>")
def problem(slug: str) -> Response:
    """Explain one kind of error of the API."""
    if slug not in PROBLEMS:
        return render(ProblemPage("No such problem type", f"{slug!r} names none."), 404)
    kind = PROBLEMS[slug]
    return render(ProblemPage(f"{kind.title} ({kind.status})", kind.help))
