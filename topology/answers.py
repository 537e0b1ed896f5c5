"""Answers as JSON: one form for the command line and the API.

Times are RFC 3339 in UTC, states the six words with both ends of the interval beside them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from topology.report import (
    Incident,
    incidents_of,
    own_words,
    rule_words,
    service_sentence,
    single_points_sentence,
    site_sentence,
)
from topology.view import View

Answer = dict[str, Any]


def status_answer(view: View) -> Answer:
    """Return what is broken and what it hits."""
    incidents = incidents_of(view)
    return _at(view) | {
        "sentence": site_sentence(view, incidents),
        "services": [resource_brief(view, uid) for uid in view.ends],
        "incidents": [incident_answer(view, one) for one in incidents],
    }


def incident_answer(view: View, incident: Incident) -> Answer:
    """Return one open root cause and what it reaches."""
    return {
        "id": incident.incident_id,
        "sentence": incident.sentence,
        "since": timestamp(incident.since),
        "cause": resource_brief(view, incident.cause),
        "services": [resource_brief(view, uid) for uid in incident.services],
        "affected": [resource_brief(view, uid) for uid in incident.affected],
    }


def impact_answer(view: View, uid: str) -> Answer:
    """Return why a resource is as it is, and what its trouble does downstream."""
    services = [one for one in view.affected_by(uid) if view.resources[one].merged.is_service]
    said = [service_sentence(view, one) for one in services if one in view.filesystems]
    return (
        _at(view)
        | explained(view, uid)
        | {
            "sentence": " ".join([f"{view.name(uid)} {own_words(view.resources[uid])}.", *said]),
            "affected": [explained(view, one) for one in view.affected_by(uid)],
        }
    )


def resource_answer(view: View, uid: str) -> Answer:
    """Return everything about one resource."""
    resource = view.resources[uid]
    points = view.single_points(uid)
    return (
        _at(view)
        | explained(view, uid)
        | {
            "classes": list(resource.merged.classes),
            "alias": resource.alias,
            "attributes": dict(resource.merged.attributes),
            "reporters": sorted(resource.claims),
            "missing_since": None
            if resource.missing_since is None
            else timestamp(resource.missing_since),
            "alerts": [
                {
                    "id": one.condition,
                    "severity": one.severity,
                    "message": one.message,
                    "since": timestamp(one.since),
                }
                for one in resource.merged.alerts
            ],
            "upstream": [
                resource_brief(view, one.source) | {"kind": str(one.kind)}
                for one in resource.inputs
                if one.source in view.resources
            ],
            "downstream": [
                resource_brief(view, one)
                for one in view.sorted_by_name(view.downstream.get(uid, ()))
            ],
            "single_points": {"by_design": list(points.by_design), "new": list(points.new)},
            "single_points_sentence": single_points_sentence(view, uid),
        }
    )


def explained(view: View, uid: str) -> Answer:
    """Return a resource in brief with its own state and, where it is not OK, the reasons."""
    because = view.judgement.because.get(uid)
    return resource_brief(view, uid) | {
        "own_state": view.resources[uid].own_state.word,
        "because": None
        if because is None
        else {
            "rule": rule_words(view, uid),
            "inputs": list(because.inputs),
            "root_causes": list(because.root_causes),
        },
    }


def resource_brief(view: View, uid: str) -> Answer:
    """Return what names a resource, and its published state."""
    resource = view.resources[uid]
    state = view.state(uid)
    return {
        "uid": uid,
        "class": resource.class_name,
        "label": resource.name,
        "state": state.word,
        "low": state.low.name,
        "high": state.high.name,
    }


def timestamp(at: float) -> str:
    """Return epoch seconds as RFC 3339 in UTC, to the second."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _at(view: View) -> Answer:
    return {"revision": view.revision, "as_of": timestamp(view.at)}
