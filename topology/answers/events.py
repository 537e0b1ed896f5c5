"""Bodies of events, and how a journal's event becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Literal

from pydantic import Field

from topology.answers.bodies import Body
from topology.answers.history import label_in, said_of
from topology.answers.timestamps import rfc3339
from topology.journal import Event
from topology.live.view import View

_LIKE_A_UID = re.compile(r"\S+-[a-z2-7]{24}\S*")
"""As `resource_uid` makes them, and as collisions qualify them."""


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


def event_bodies(
    view: View, events: Iterable[Event], latest_of: Callable[[str], Sequence[Event]]
) -> list[EventBody]:
    """Return events as people read them, in their order.

    `view` names what is there. What is gone has the name it had last, in the newest of its events
    that `latest_of` gives; it is asked once for each uid.
    """

    @cache
    def name(uid: str) -> str:
        if uid in view.resources:
            return view.name(uid)
        return next((label for one in latest_of(uid) if (label := label_in(one))), uid)

    def told(word: str) -> str:
        return name(word) if word in view.resources or _LIKE_A_UID.fullmatch(word) else word

    return [_body(event, name(event.uid), told) for event in events]


def _body(event: Event, label: str, told: Callable[[str], str]) -> EventBody:
    return EventBody(
        seq=event.seq,
        revision=event.revision,
        at=rfc3339(event.at),
        uid=event.uid,
        label=label,
        kind=event.kind,
        said=[" ".join(map(told, phrase.split(" "))) for phrase in said_of(event)],
    )
