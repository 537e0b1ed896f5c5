"""From a journal's event to the body of it."""

from __future__ import annotations

from topology.answers.bodies import EventBody
from topology.answers.timestamps import rfc3339
from topology.history import label_in, said_of
from topology.journal import Event
from topology.view import View


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
