"""The journal: one append-only sequence of events that is both change feed and history.

An event holds what changed of one resource as two JSON merge patches (RFC 7386): `after` leads from
the resource before it to the one after, `before` leads back. Applied forward they keep a replica
true; applied backward from now they tell how it was.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Literal

from pydantic_core import to_json

from topology.delta import Change, Changes
from topology.json_form import Json, resource_from_json, resource_to_json
from topology.model import Resource

EventKind = Literal["added", "changed", "removed"]
ORDINALS = 2**20
"""Events one revision has room for: seq is the revision times this, plus the event's ordinal."""


@dataclass(frozen=True, slots=True)
class Event:
    """What one revision did to one resource."""

    event_id: str
    """128 random bits, in hex: two writers never conflict on it."""
    seq: int
    """Its place in the journal; ascending with the revision."""
    revision: int
    at: float
    """Epoch seconds."""
    uid: str
    kind: EventKind
    before: str
    """The JSON merge patch that undoes it."""
    after: str
    """The JSON merge patch that does it."""


def events_of(changes: Changes, revision: int, part: slice = slice(None)) -> tuple[Event, ...]:
    """Return the events of `changes`, committed as `revision`, in the changes' order.

    `part` takes those of some of the changes, the same as they are among those of all.
    """
    ordinals = range(len(changes.changes))[part]
    return tuple(
        _event(changes.changes[ordinal], revision, ordinal, changes.at) for ordinal in ordinals
    )


def _event(change: Change, revision: int, ordinal: int, at: float) -> Event:
    before = None if change.before is None else resource_to_json(change.before)
    after = None if change.after is None else resource_to_json(change.after)
    kind: EventKind = "added" if before is None else "removed" if after is None else "changed"
    return Event(
        event_id=secrets.token_hex(16),
        seq=revision * ORDINALS + ordinal,
        revision=revision,
        at=at,
        uid=change.uid,
        kind=kind,
        before=_text(merge_patch(after, before)),
        after=_text(merge_patch(before, after)),
    )


def redo(event: Event, held: Resource | None) -> Resource | None:
    """Return the event's resource after it, given what is `held` of it before, if anything."""
    return _patch(event.uid, held, event.after)


def undo(event: Event, held: Resource | None) -> Resource | None:
    """Return the event's resource before it, given what is `held` of it after, if anything."""
    return _patch(event.uid, held, event.before)


def _patch(uid: str, held: Resource | None, text: str) -> Resource | None:
    form = patched(None if held is None else resource_to_json(held), json.loads(text))
    return resource_from_json(uid, form) if isinstance(form, dict) else None


def merge_patch(source: Json | None, target: Json | None) -> Json | None:
    """Return the JSON merge patch (RFC 7386) that leads from `source` to `target`.

    None stands for "there is none". Neither may hold a null, which such a patch cannot say.
    """
    if source is None or target is None:
        return target
    patch: Json = {name: None for name in source if name not in target}
    for name, value in target.items():
        held = source.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            if held != value:
                patch[name] = merge_patch(held, value)
        elif held != value or type(held) is not type(value):
            patch[name] = value
    return patch


def patched(source: object, patch: object) -> object:
    """Return `source` with the JSON merge patch applied, as RFC 7386 defines it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(source) if isinstance(source, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), value)
    return result


def _text(patch: Json | None) -> str:
    try:
        return to_json(patch).decode()
    except ValueError:  # bytes that were no text, which stand in it as half surrogates
        return json.dumps(patch, ensure_ascii=False, separators=(",", ":"))
