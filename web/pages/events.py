"""The Events page: what changed, and when, newest first; asked of the store, not of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from topology.answers.events import EventBody, event_bodies
from topology.errors import ResourceNotFound, StoreUnavailable, UsageError
from topology.journal import Event
from web.format import age_text, time_text
from web.site import Site

_ROWS = 50
_NEWEST = 2**62
"""No event has so great a seq."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """What one revision did to one resource."""

    at: str = field(metadata={"help": "When"})
    revision: int = field(metadata={"help": "The store's revision since then"})
    uid: str = field(metadata={"help": "Of the resource"})
    name: str = field(metadata={"help": "What people call it, or called it"})
    is_there: bool = field(metadata={"help": "It has a page still"})
    said: tuple[str, ...] = field(metadata={"help": "What became of it, in words"})


@dataclass(frozen=True, slots=True)
class EventsPage:
    """templates/events.html: the journal for people."""

    template: ClassVar[str] = "events.html"

    title: str = field(metadata={"help": "When anything changed last"})
    text: str = field(metadata={"help": "Whose events these are, as it was asked; empty: all"})
    rows: tuple[EventRow, ...] = field(metadata={"help": "Newest first"})
    older: int | None = field(metadata={"help": "Before which seq to go on, None at the end"})
    is_newest: bool = field(metadata={"help": "Nothing newer is left out"})
    problem: str = field(metadata={"help": "Why there is no answer, else empty"})

    @classmethod
    def of(cls, site: Site, text: str, *, before: int | None) -> EventsPage:
        """Ask the store. Raises ResourceNotFound where `text` names nothing that ever was."""
        is_newest = before is None
        try:
            found, is_last = events_found(site, text, limit=_ROWS, before=before)
            bodies = event_bodies(site.known, found, site.latest_of)
        except StoreUnavailable as error:
            if site.view is None:
                raise
            return cls("The events cannot be read now.", text, (), None, is_newest, str(error))
        rows = tuple(_row(site, one, body) for one, body in zip(found, bodies, strict=True))
        age = age_text(site.now - found[0].at) if found else ""
        return cls(
            title=_title(rows, age=age, is_of_one=bool(text), is_newest=is_newest),
            text=text,
            rows=rows,
            older=None if is_last else found[-1].seq,
            is_newest=is_newest,
            problem="",
        )


def events_found(
    site: Site, text: str, *, limit: int, before: int | None
) -> tuple[Sequence[Event], bool]:
    """Return a page of events, newest first, and whether it is the last one.

    `text` is an id of any kind, also the uid of what is gone; "" stands for all. Raises
    ResourceNotFound where it names neither, and StoreUnavailable.
    """
    unknown: ResourceNotFound | None = None
    uid = text
    try:
        uid = site.known.find(text) if text else ""
    except ResourceNotFound as error:
        unknown = error
    seq = _NEWEST if before is None else before
    found = site.events(uid or None, limit=limit + 1, before=seq)
    if unknown and not found:
        raise unknown
    return found[:limit], len(found) <= limit


def seq_in(text: str) -> int:
    """Return the seq that an address or a cursor holds. Raises UsageError for anything else."""
    if not (text.isascii() and text.isdecimal() and int(text) <= _NEWEST):
        raise UsageError(f"{text!r} is no place in the journal; begin with the newest events")
    return int(text)


def _title(rows: Sequence[EventRow], *, age: str, is_of_one: bool, is_newest: bool) -> str:
    if not rows:
        return "Nothing has been recorded yet." if is_newest else "There are no older events."
    name = rows[0].name
    if not is_newest:
        return f"What changed {age} ago and earlier{f' of {name}' if is_of_one else ''}."
    if is_of_one:
        return f"{name} last changed {age} ago."
    return f"The last change was {age} ago, of {name}."


def _row(site: Site, event: Event, body: EventBody) -> EventRow:
    return EventRow(
        at=time_text(event.at, now=site.now),
        revision=event.revision,
        uid=event.uid,
        name=body.label,
        is_there=event.uid in site.known.resources,
        said=tuple(body.said),
    )
