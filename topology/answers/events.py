"""Bodies of events, and how a journal's event becomes one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from topology.answers.bodies import Body
from topology.answers.timestamps import rfc3339
from topology.history import label_in, said_of
from topology.journal import Event
from topology.view import View


class EventBody(Body):
    """What one revision did to one resource."""

    seq: int
    revision: int
    at: str
    uid: str
    label: str
    kind: Literal["added", "changed", "removed"]
    said: list[str] = Field(description="What became of it, in words")


class EventListBody(Body):
    """One page of events, newest first."""

    items: list[EventBody]
    next: str | None = Field(description="Cursor of the next page, null on the last")


def event_body(view: View, event: Event) -> EventBody:
    """Return an event as people read it; `view` lends the names of what is there still."""
    uid = event.uid
    label = view.name(uid) if uid in view.resources else label_in(event) or uid
    said = [
        " ".join(view.name(word) if word in view.resources else word for word in phrase.split(" "))
        for phrase in said_of(event)
    ]
    return EventBody(
        seq=event.seq,
        revision=event.revision,
        at=rfc3339(event.at),
        uid=uid,
        label=label,
        kind=event.kind,
        said=said,
    )
