"""Addresses for machines that look after this service: is it alive, can it answer."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from topology.answers.timestamps import rfc3339
from web.problems import problem_json
from web.site import site

operations = Blueprint("operations", __name__)


@operations.get("/healthz")
def healthz() -> Response:
    """Answer as long as the process does; the store is not asked."""
    return jsonify(status="ok")


@operations.get("/readyz")
def readyz() -> Response:
    """Answer 200 while the site is followed, else 503 with the reasons."""
    now = site()
    reasons = [now.problem] if now.problem else []
    if now.view is None:
        reasons.append("the site has not been read yet")
    if now.view is None or reasons:
        return problem_json("not-ready", "; ".join(reasons), reasons=reasons)
    return jsonify(status="ready", revision=now.view.revision, as_of=rfc3339(now.view.at))
