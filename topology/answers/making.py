"""From a view to the bodies of its answers."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypedDict, cast

from topology.answers import bodies
from topology.answers.bodies import StateWord
from topology.answers.causes import sole_causes
from topology.answers.timestamps import rfc3339
from topology.impact import path
from topology.live.view import View
from topology.masked import MASKED, masked
from topology.model import Alert, alert_order
from topology.report import (
    Incident,
    incident_at,
    incidents_of,
    margin_sentence,
    ranked_servers,
    rule_words,
    service_sentence,
    single_points_sentence,
    site_sentence,
    trouble_words,
    weak_words,
)
from topology.schema import ResourceClass
from topology.state import OK, Interval
from topology.store.values import Scannable

_WAYS = 100


class Moment(TypedDict):
    """Which view an answer is from."""

    revision: int
    as_of: str


def moment_of(view: View) -> Moment:
    """Return which view an answer is from."""
    return {"revision": view.revision, "as_of": rfc3339(view.at)}


def brief_body(view: View, uid: str) -> bodies.BriefBody:
    """Return what names a resource, and its published state."""
    return bodies.BriefBody(**_brief(view, uid))


def resource_bodies(view: View, uids: Iterable[str]) -> list[bodies.ResourceBody]:
    """Return resources as lists show them, in the order of `uids`."""
    return [bodies.ResourceBody(**_row(view, uid)) for uid in uids]


def detail_body(view: View, uid: str) -> bodies.ResourceDetailBody:
    """Return everything about a resource. Cost: its links."""
    resource = view.resources[uid]
    claim = resource.merged
    reason = view.judgement.because.get(uid)
    missing = resource.missing_since
    return bodies.ResourceDetailBody(
        **_row(view, uid),
        alias=resource.alias,
        classes=list(claim.classes),
        attributes=dict(claim.attributes),
        is_service=claim.is_service,
        can_fail=claim.can_fail,
        reporters=sorted(resource.claims),
        missing_since=None if missing is None else rfc3339(missing),
        own_since=rfc3339(resource.own_since) if resource.own_since else None,
        root_causes=list(reason.root_causes) if reason else [],
        inputs=[
            bodies.InputBody(
                source=one.source,
                kind=one.kind.value,
                groups=list(one.groups),
                out_of_sync=list(one.out_of_sync),
                via=one.via,
            )
            for one in resource.inputs
        ],
        downstream=sorted(view.downstream.get(uid, ())),
        servers=list(ranked_servers(view, uid)),
        alerts=alert_bodies(view, [uid]),
        single_points=points_body(view, uid),
        margin=margin_body(view, uid),
        **moment_of(view),
    )


def status_body(view: View) -> bodies.StatusBody:
    """Return what is broken and what it hits."""
    incidents = incidents_of(view)
    return bodies.StatusBody(
        sentence=site_sentence(view, incidents),
        services=[brief_body(view, uid) for uid in view.ends],
        incidents=[incident_body(view, one) for one in incidents],
        **moment_of(view),
    )


def impact_body(view: View, uid: str) -> bodies.ImpactBody:
    """Return what a resource's trouble does downstream. Cost: the links of what it reaches."""
    affected = view.affected_by(uid)
    incident = incident_at(view, uid)
    is_cause = view.resources[uid].own_state != OK or weak_words(view, uid)
    trouble = f"{view.name(uid)} {trouble_words(view, uid)}."
    lead = trouble if is_cause else service_sentence(view, uid)
    spared = "It affects no service." if view.services else "It affects nothing else."
    effect = incident.effect if incident else spared
    return bodies.ImpactBody(
        **_row(view, uid),
        sentence=f"{lead} {effect}",
        affected=resource_bodies(view, affected),
        paths=_paths(view, uid, affected),
        **moment_of(view),
    )


def causes_body(view: View, uid: str) -> bodies.CausesBody:
    """Return why a resource is in its state."""
    reason = view.judgement.because.get(uid)
    causes = reason.root_causes if reason else ()
    soles = sole_causes(view.assessment, uid)
    return bodies.CausesBody(
        uid=uid,
        sentence=service_sentence(view, uid),
        state=_word(view.state(uid)),
        because_of=list(reason.inputs) if reason else [],
        rule=rule_words(view, uid),
        root_causes=[_cause(view, cause, uid, is_sole=soles[cause]) for cause in causes],
        **moment_of(view),
    )


def filesystem_body(view: View, uid: str) -> bodies.FilesystemBody:
    """Return a filesystem with its targets counted by state."""
    inputs = {one.source for one in view.resources[uid].inputs if one.source in view.resources}
    targets = [one for one in inputs if view.resources[one].merged.is_service]
    return bodies.FilesystemBody(
        **_brief(view, uid),
        sentence=service_sentence(view, uid),
        targets=dict(Counter(_word(view.state(one)) for one in targets)),
    )


def points_body(view: View, uid: str) -> bodies.PointsBody:
    """Return a resource's single points of failure."""
    points = view.single_points(uid)
    return bodies.PointsBody(
        by_design=list(points.by_design),
        new=list(points.new),
        has_ended=view.state(uid).low.has_ended,
        sentence=single_points_sentence(view, uid),
    )


def single_points_body(view: View, uid: str) -> bodies.SinglePointsBody:
    """Return a resource's single points of failure as an answer of their own."""
    return bodies.SinglePointsBody(
        **points_body(view, uid).model_dump(), margin=margin_body(view, uid), **moment_of(view)
    )


def margin_body(view: View, uid: str) -> bodies.MarginBody:
    """Return how many further failures a resource survives."""
    margin = view.margins.of(uid)
    return bodies.MarginBody(
        number=margin.number,
        at_least=margin.at_least,
        ways=[
            [
                bodies.PickBody(any=one.count, options=[list(o) for o in one.options], of=one.of)
                for one in way
            ]
            for way in margin.ways[:_WAYS]
        ],
        is_complete=margin.is_complete and len(margin.ways) <= _WAYS,
        sentence=margin_sentence(view, uid),
    )


def incident_body(view: View, incident: Incident) -> bodies.IncidentBody:
    """Return an open incident."""
    return bodies.IncidentBody(
        id=incident.incident_id,
        cause=brief_body(view, incident.cause),
        sentence=incident.sentence,
        since=rfc3339(incident.since),
        services=[brief_body(view, uid) for uid in incident.services],
        affected_count=len(incident.affected),
    )


def alert_bodies(view: View, uids: Iterable[str]) -> list[bodies.AlertBody]:
    """Return the alerts of `uids`, worst first, then the oldest, then by resource."""
    found = [(uid, one) for uid in uids for one in view.resources[uid].merged.alerts]
    found.sort(key=lambda one: (alert_order(one[1]), one[0]))
    return [alert_body(uid, one) for uid, one in found]


def alert_body(uid: str, alert: Alert) -> bodies.AlertBody:
    """Return an alert on the resource `uid`."""
    return bodies.AlertBody(
        resource=uid,
        id=alert.condition,
        severity=alert.severity,
        message=alert.message,
        since=rfc3339(alert.since),
    )


def class_body(declared: ResourceClass) -> bodies.ClassBody:
    """Return a resource class."""
    return bodies.ClassBody.model_validate(
        asdict(declared)
        | {
            "bases": list(declared.bases),
            "charts": [asdict(one) | {"series": list(one.series)} for one in declared.charts],
            "attributes": [
                asdict(one) | {"choices": list(one.choices)} for one in declared.attributes
            ],
        }
    )


def scannable_body(
    scannable: Scannable, classes: Mapping[str, ResourceClass]
) -> bodies.ScannableBody:
    """Return a scannable; passwords among its settings stay here."""
    declared = classes.get(scannable.class_name)
    secret = declared.secret_names if declared else frozenset()
    return bodies.ScannableBody(
        id=scannable.scannable_id,
        plugin=scannable.plugin,
        class_name=scannable.class_name,
        settings={
            **masked(scannable.settings),
            **dict.fromkeys(secret & scannable.settings.keys(), MASKED),
        },
        version=scannable.version,
        last_sign_of_life=rfc3339(scannable.beat) if scannable.beat else None,
        status=dict(scannable.status),
    )


def _word(state: Interval) -> StateWord:
    return cast("StateWord", state.word)


def _brief(view: View, uid: str) -> dict[str, Any]:
    resource = view.resources[uid]
    state = view.state(uid)
    return {
        "uid": uid,
        "class_name": resource.class_name,
        "label": resource.name,
        "state": state.word,
        "low": state.low.name,
        "high": state.high.name,
    }


def _row(view: View, uid: str) -> dict[str, Any]:
    reason = view.judgement.because.get(uid)
    return {
        **_brief(view, uid),
        "own_state": view.resources[uid].own_state.word,
        "because_of": list(reason.inputs) if reason else [],
        "rule": rule_words(view, uid),
    }


def _cause(view: View, cause: str, uid: str, *, is_sole: bool | None) -> bodies.CauseBody:
    resource = view.resources[cause]
    incident = incident_at(view, cause) if resource.own_state != OK else None
    return bodies.CauseBody(
        uid=cause,
        class_name=resource.class_name,
        label=resource.name,
        own_state=_word(resource.own_state),
        since=rfc3339(resource.own_since),
        incident=incident.incident_id if incident else None,
        is_sole=is_sole,
        path=list(path(view.judgement, cause, uid)),
    )


def _paths(view: View, cause: str, affected: Collection[str]) -> list[list[str]]:
    """Return one shortest way along which trouble travels to each service among `affected`."""
    came_from = {cause: ""}
    waiting = deque([cause])
    members = frozenset(affected)
    while waiting:
        source = waiting.popleft()
        for user in view.downstream.get(source, ()):
            if user in members and user not in came_from and view.passes_on(source, user):
                came_from[user] = source
                waiting.append(user)
    return [_way_back(came_from, uid) for uid in affected if uid in view.design.ends]


def _way_back(came_from: Mapping[str, str], end: str) -> list[str]:
    way = [end]
    while came_from[way[-1]]:
        way.append(came_from[way[-1]])
    return way[::-1]
