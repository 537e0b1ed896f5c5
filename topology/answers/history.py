"""What events say, in words: the journal for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from topology.journal import Event

_FIELDS = {
    "own_state": "own state",
    "label": "label",
    "can_fail": "can fail",
    "is_service": "is a service",
    "is_hearsay": "is hearsay",
    "is_stale": "is stale",
}


def label_in(event: Event) -> str | None:
    """Return what the resource was called, None where the event does not say."""
    for text in (event.after, event.before):
        for claim in _claims(text).values():
            if isinstance(claim, dict) and "label" in claim:
                return str(claim["label"])
    return None


def said_of(event: Event) -> tuple[str, ...]:
    """Return what became of the resource, a phrase for each thing that did."""
    if event.kind != "changed":
        return (event.kind,)
    before, after = _patch(event.before), _patch(event.after)
    return tuple(_changes(before, after)) or ("changed",)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if after.get("missing_since") is not None:
        yield "missing from the report"
    elif before.get("missing_since") is not None:
        yield "reported again"
    if "alias" in after:
        yield f"alias {before.get('alias') or 'none'} -> {after['alias'] or 'none'}"
    was, becomes = _claims(before), _claims(after)
    for scope in sorted(was.keys() | becomes.keys()):
        one, other = was.get(scope), becomes.get(scope)
        if one is None:
            yield f"reported by {scope} too"
        elif other is None:
            yield f"no longer reported by {scope}"
        else:
            yield from _claim_changes(one, other)
    for key, was_link, link in _entries(before, after, "joined"):
        yield _link_words(key, was_link, link)


def _claim_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, words in _FIELDS.items():
        if name in after:
            yield f"{words} {before.get(name)} -> {after[name]}"
    for name, was, value in _entries(before, after, "attributes"):
        yield f"{name} {_shown(was)} -> {_shown(value)}"
    for condition, _, alert in _entries(before, after, "alerts"):
        if alert is None:
            yield f"alert {condition} ended"
        elif "message" in alert:
            yield f"alert: {alert['message']}"
    for key, was, link in _entries(before, after, "inputs"):
        yield _link_words(key, was, link)
    if "groups" in before or "groups" in after:
        yield "its groups changed"


def _entries(
    before: Mapping[str, Any], after: Mapping[str, Any], name: str
) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs under `name`, as key, then and now; None where there is none."""
    was, becomes = before.get(name) or {}, after.get(name) or {}
    for key in {**was, **becomes}:
        yield key, was.get(key), becomes.get(key)


def _link_words(key: str, before: object, after: object) -> str:
    kind, source, *_ = key.split(" ")
    if isinstance(after, dict) and before is not None and "out_of_sync" in after:
        return f"{source} is {'not ' if after['out_of_sync'] else ''}in sync"
    words = "gone" if after is None else "new" if before is None else "changed"
    return f"{kind} from {source} {words}"


def _shown(value: object) -> str:
    if value == "":
        return "empty"
    return "unset" if value is None else str(value)


def _claims(patch: str | Mapping[str, Any]) -> Mapping[str, Any]:
    form = _patch(patch) if isinstance(patch, str) else patch
    return form.get("claims") or {}


def _patch(text: str) -> Mapping[str, Any]:
    form = json.loads(text)
    return form if isinstance(form, dict) else {}
