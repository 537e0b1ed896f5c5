"""From a page's context to a response."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import ClassVar, Protocol
from urllib.parse import quote, urlencode

from flask import Response, make_response, render_template, request

from topology.answers.timestamps import rfc3339
from web.format import time_text, when_text
from web.site import site

_VERSION = version("chroma-topology")


class Page(Protocol):
    """What a template is given as `page`."""

    @property
    def template(self) -> str:
        """The template's file name."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What base.html shows around every page."""

    revision: int | None = field(metadata={"help": "Of the view, None before the first read"})
    judged: str = field(metadata={"help": "When that was judged, and how long ago, else empty"})
    clock: str = field(metadata={"help": "The time now"})
    problem: str = field(metadata={"help": "Why the view may be old, else empty"})
    at: str = field(metadata={"help": "The time it is of, as a link has it; empty: now"})
    viewed: str = field(metadata={"help": "The same for people, and how long ago, else empty"})
    live: str = field(metadata={"help": "The address of the same page as it is now"})
    tag: str = field(metadata={"help": "Its ETag, empty before the first read"})


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """templates/problem.html: an error, in words."""

    template: ClassVar[str] = "problem.html"

    title: str = field(metadata={"help": "What is wrong"})
    detail: str = field(metadata={"help": "Where, what was found, what to do"})
    request_id: str = field(default="", metadata={"help": "To be named in a report"})


def render(page: Page, status: int = 200) -> Response:
    """Return the page as a response."""
    now = site()
    view = now.view
    frame = Frame(
        revision=view.revision if view else None,
        judged=when_text(view.at, now=now.now) if view else "",
        clock=time_text(now.now, now=now.now),
        problem=(now.problem or "").rstrip("."),
        at="" if now.at is None else rfc3339(now.at),
        viewed="" if now.at is None else when_text(now.at, now=now.now),
        live=_live_address(),
        tag=page_tag(),
    )
    return make_response(render_template(page.template, page=page, frame=frame), status)


def _live_address() -> str:
    asked = urlencode([one for one in request.args.items(multi=True) if one[0] != "at"])
    path = quote(request.root_path + request.path)
    return f"{path}?{asked}" if asked else path


def page_tag() -> str:
    """Return the weak ETag of the page being asked for, "" before the first read.

    It changes with what the page may show: the graph, on Now how the scans go, and the minute,
    because ages are told in minutes. The address need not be in it: each has its own.
    """
    now = site()
    if now.view is None:
        return ""
    scans = [
        (one.scannable_id, one.version, sorted(map(str, one.status.items())))
        for one in now.scannables
        if request.endpoint == "pages.now"
    ]
    shown = (_VERSION, now.view.revision, now.at, now.problem, scans, int(now.now // 60))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
