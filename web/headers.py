"""What every response carries: security headers, a request id, and addresses of static files."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from flask import Flask, Response, g, request, url_for

_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def request_id() -> str:
    """Return the id of the request being answered, the same every time it is asked."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
    found: str = g.request_id
    return found


def add_headers(app: Flask) -> None:
    """Make every response of `app` carry the headers, and static addresses their content's hash."""
    folder = Path(app.static_folder or "")
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in folder.rglob("*")
        if path.is_file()
    }

    current = frozenset(digests.values())

    def static_url(filename: str) -> str:
        return url_for("static", filename=filename, v=digests[filename])

    def finish(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = request_id()
        is_current = request.endpoint == "static" and request.args.get("v") in current
        if is_current and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers.setdefault("Cache-Control", "no-cache")
        return response

    app.add_template_global(static_url)
    app.after_request(finish)
