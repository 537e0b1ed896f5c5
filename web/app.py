"""The web application: pages and API over one source of snapshots."""

from __future__ import annotations

from importlib.metadata import version

from flask import Flask, Response, g
from pydantic import ValidationError
from werkzeug.middleware.proxy_fix import ProxyFix

from topology.answers.bodies import ProblemBody
from topology.answers.timestamps import rfc3339
from web.api._openapi import flask_with_api, register
from web.api.query import api
from web.headers import add_headers
from web.metrics import metrics, time_requests
from web.operations import operations
from web.pages.routes import pages
from web.problems import handle_errors, problem_json
from web.site import EXTENSION, Site, SiteSource


def create_app(source: SiteSource) -> Flask:
    """Return the application; `source` is asked once a request, from any thread."""
    app = flask_with_api(
        __package__ or "web",
        version=version("chroma-topology"),
        problem_model=ProblemBody,
        on_invalid=_bad_request,
    )
    app.extensions[EXTENSION] = source
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.redirect_defaults = False
    app.register_blueprint(pages)
    app.register_blueprint(operations)
    app.register_blueprint(metrics)
    register(app, api)
    app.url_defaults(_keep_time)
    add_headers(app)
    time_requests(app)
    handle_errors(app)
    # A site mounts this under a path of its own; its proxy says which, and https or not.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=0, x_prefix=1)  # type: ignore[method-assign]
    return app


def _keep_time(endpoint: str, values: dict[str, object]) -> None:
    """Let the links of a page of the past lead to pages of the same time."""
    taken: Site | None = g.get("site")
    if taken is not None and taken.at is not None and endpoint.startswith(("pages.", "api.")):
        values.setdefault("at", rfc3339(taken.at))


def _bad_request(error: ValidationError) -> Response:
    errors = [
        {"parameter": ".".join(map(str, one["loc"])) or "body", "detail": one["msg"]}
        for one in error.errors()
    ]
    said = "; ".join(f"parameter {one['parameter']!r}: {one['detail']}" for one in errors)
    return problem_json("bad-request", said, errors=errors)
