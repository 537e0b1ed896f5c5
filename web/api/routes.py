"""Addresses of the JSON API. Every answer is read from one snapshot; nothing here writes."""

from __future__ import annotations

import hashlib

from flask import Response, current_app, g, jsonify, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from topology.answers import bodies
from topology.answers import making as answers
from topology.answers.bodies import StateWord
from topology.answers.events import EventListBody, event_bodies
from topology.answers.statistics import StatisticsBody
from topology.answers.supposing import SuppositionBody, supposition_body
from topology.errors import ResourceNotFound, UsageError
from topology.live.selection import selection_of
from topology.report import incidents_of, site_sentence
from web.api._openapi import QueryModel, api_blueprint, description_of
from web.api.cursor import cursor_of, page_of, text_in
from web.api.kept import KeptAnswers
from web.pages.events import events_found, seq_in
from web.pages.what_if import Question
from web.site import site

api = api_blueprint(
    __name__,
    url_prefix="/api/v1",
    responses=dict.fromkeys((400, 404, 503), bodies.ProblemBody),
)


class TimeQuery(QueryModel):
    """As of when; an unknown parameter is an error."""

    model_config = ConfigDict(extra="forbid")

    at: str = Field("", max_length=40, description="As it was then: a time of RFC 3339; else now")


class ResourceQuery(TimeQuery):
    """Which resources, and which page of them."""

    class_name: str = Field("", alias="class", description="A class or one of its bases")
    state: StateWord | None = Field(None, description="The published state's word")
    q: str = Field("", max_length=200, description="Part of a name, uid or serial")
    limit: int = Field(50, ge=1, le=1000)
    cursor: str = Field("", max_length=200, description="`next` of the page before")


class EventQuery(TimeQuery):
    """Which events, and which page of them."""

    uid: str = Field("", description="Of one resource, also one that is gone; else of all")
    limit: int = Field(50, ge=1, le=1000)
    cursor: str = Field("", max_length=200, description="`next` of the page before")


class SpanQuery(QueryModel):
    """Which span of time, both ends in RFC 3339 with a time zone."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(None, description="By default an hour before its end")
    until: AwareDatetime | None = Field(None, description="By default now")


class SuppositionQuestion(BaseModel):
    """What to suppose; ids of any kind."""

    model_config = ConfigDict(extra="forbid")

    fail: list[str] = Field([], description="These fail")
    service: list[str] = Field([], description="These are pulled")
    repair: list[str] = Field([], description="These are sound again")
    max: int | None = Field(None, ge=1, description="At most so many in `safe_together`")


class ResourcePath(BaseModel):
    """Which resource."""

    uid: str = Field(description="A uid, an alias, or a label or serial that is unique")


def _json(body: BaseModel) -> Response:
    g.is_of_view = "revision" in type(body).model_fields
    return _response(_text(body))


def _text(body: BaseModel) -> str:
    return body.model_dump_json(by_alias=True)


def _response(text: str) -> Response:
    return Response(text, content_type="application/json")


_impacts = KeptAnswers(lambda view, uid: _text(answers.impact_body(view, uid)))


@api.after_request
def conditional(response: Response) -> Response:
    """Tag answers by revision, or by content where they have none, and answer 304 when known."""
    if response.status_code == 200 and not response.is_streamed:
        view = site().view
        tag = (
            f"r{view.revision}"
            if view and g.get("is_of_view")
            else hashlib.sha256(response.get_data()).hexdigest()[:16]
        )
        response.set_etag(tag, weak=True)
        response.make_conditional(request)
    return response


@api.get("/openapi.json", doc_ui=False)
def openapi() -> Response:
    """Return this API's description."""
    return jsonify(description_of(current_app))


@api.get("/resources", responses={200: bodies.ResourceListBody})
def list_resources(query: ResourceQuery) -> Response:
    """List resources by uid."""
    view = site().known
    found = sorted(
        selection_of(
            view, class_name=query.class_name, state=query.state or "", text=query.q.strip()
        )
    )
    page, cursor = page_of(found, after=query.cursor, limit=query.limit)
    items = answers.resource_bodies(view, page)
    return _json(
        bodies.ResourceListBody(items=items, next=cursor or None, **answers.moment_of(view))
    )


@api.get("/resources/<uid>", responses={200: bodies.ResourceDetailBody})
def resource(path: ResourcePath, query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """Return everything about one resource."""
    view = site().known
    return _json(answers.detail_body(view, view.find(path.uid)))


@api.get("/resources/<uid>/statistics", responses={200: StatisticsBody})
def statistics(path: ResourcePath, query: SpanQuery) -> Response:
    """Return the numbers a resource reported over a span: by default the last hour."""
    now = site()
    until = now.now if query.until is None else query.until.timestamp()
    since = until - 3600 if query.since is None else query.since.timestamp()
    if since >= until:
        raise UsageError("since must be before until; swap them, or leave both out")
    return _json(now.statistics_of(now.known.find(path.uid), since=since, until=until))


@api.get("/resources/<uid>/impact", responses={200: bodies.ImpactBody})
def impact(path: ResourcePath, query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """Return what a resource's present trouble does downstream."""
    view = site().known
    g.is_of_view = True
    return _response(_impacts.of(view, view.find(path.uid)))


@api.get("/resources/<uid>/causes", responses={200: bodies.CausesBody})
def causes(path: ResourcePath, query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """Return why a resource is in its state, back to the root causes."""
    view = site().known
    return _json(answers.causes_body(view, view.find(path.uid)))


@api.get("/filesystems", responses={200: bodies.FilesystemListBody})
def filesystems(query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """List the Lustre filesystems by name."""
    view = site().known
    items = [answers.filesystem_body(view, uid) for uid in view.filesystems]
    return _json(bodies.FilesystemListBody(items=items, **answers.moment_of(view)))


@api.get("/filesystems/<uid>/single-points", responses={200: bodies.SinglePointsBody})
def single_points(path: ResourcePath, query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """Return the components whose failure alone ends a filesystem now."""
    view = site().known
    uid = view.find(path.uid)
    if uid not in view.filesystems:
        raise ResourceNotFound(
            f"{path.uid!r} is a {view.resources[uid].class_name}, no LustreFilesystem; "
            "take an id that /api/v1/filesystems lists"
        )
    return _json(answers.single_points_body(view, uid))


@api.get("/incidents", responses={200: bodies.IncidentListBody})
def list_incidents(query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """List open incidents, worst first."""
    view = site().known
    incidents = incidents_of(view)
    return _json(
        bodies.IncidentListBody(
            sentence=site_sentence(view, incidents),
            items=[answers.incident_body(view, one) for one in incidents],
            **answers.moment_of(view),
        )
    )


@api.get("/alerts", responses={200: bodies.AlertListBody})
def alerts(query: TimeQuery) -> Response:  # noqa: ARG001 - `site` reads it
    """List the alerts that hold now, worst first."""
    view = site().known
    return _json(
        bodies.AlertListBody(
            items=answers.alert_bodies(view, view.resources), **answers.moment_of(view)
        )
    )


@api.get("/events", responses={200: EventListBody})
def events(query: EventQuery) -> Response:
    """List what changed, newest first."""
    before = seq_in(text_in(query.cursor)) if query.cursor else None
    found, is_last = events_found(site(), query.uid, limit=query.limit, before=before)
    return _json(
        EventListBody(
            items=event_bodies(site().known, found, site().latest_of),
            next=None if is_last else cursor_of(str(found[-1].seq)),
        )
    )


@api.post("/what-if", responses={200: SuppositionBody})
def what_if(body: SuppositionQuestion) -> Response:
    """Return the site as it would be; nothing is stored."""
    return _supposition(body)


@api.post("/safe-to-remove", responses={200: SuppositionBody})
def safe_to_remove(body: SuppositionQuestion) -> Response:
    """Return whether every service survives; the same answer as `what-if`."""
    return _supposition(body)


def _supposition(body: SuppositionQuestion) -> Response:
    view = site().known
    asked = Question(tuple(body.fail), tuple(body.service), tuple(body.repair))
    if asked.is_empty:
        raise UsageError("nothing to suppose; name ids under fail, service or repair")
    found = asked.found_in(view)
    return _json(
        supposition_body(
            view, fail=found.fail, service=found.service, repair=found.repair, most=body.max
        )
    )


@api.get("/classes", responses={200: bodies.ClassListBody})
def classes() -> Response:
    """List the resource classes, by name."""
    known = site().classes
    return _json(
        bodies.ClassListBody(items=[answers.class_body(known[name]) for name in sorted(known)])
    )


@api.get("/scannables", responses={200: bodies.ScannableListBody})
def scannables() -> Response:
    """List what is scanned, and how that goes."""
    now = site()
    items = [answers.scannable_body(one, now.classes) for one in now.scannables]
    return _json(bodies.ScannableListBody(items=items))
