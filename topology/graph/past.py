"""The graph as it was: the journal's events undone, from now back."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from topology.errors import HistoryForgotten
from topology.graph.replica import Replica
from topology.journal import ORDINALS, undo
from topology.store.graph_store import GraphStore

_PAGE = 10_000


def replica_at(store: GraphStore, at: float) -> Replica:
    """Return the graph as it was at `at` (epoch seconds), after all that was committed by then.

    Times are those of the clocks that committed; where one stepped back, the newest revision of at
    most that time is meant. Before the first revision the graph is empty. Raises HistoryForgotten
    for a time of which events are no longer kept. Cost: a whole read, and the events since.
    """
    _refuse_forgotten(store, at)
    revision, resources = store.read()
    before = (revision + 1) * ORDINALS
    while page := store.events(before=before, limit=_PAGE):
        for event in page:
            if event.at <= at:
                return Replica(resources.values(), revision=event.revision)
            held = undo(event, resources.pop(event.uid, None))
            if held is not None:
                resources[event.uid] = held
        before = page[-1].seq
    _refuse_forgotten(store, at)  # it may have been while we read
    return Replica(resources.values(), revision=store.span().before_first)


def _refuse_forgotten(store: GraphStore, at: float) -> None:
    span = store.span()
    if span.kept_since and at < span.forgotten_at:
        raise HistoryForgotten(
            f"history is kept since {_text(span.forgotten_at)}, and {_text(at)} was asked for; ask "
            "for a later time, or raise history_days to keep more from now on"
        )


def _text(at: float) -> str:
    if not math.isfinite(at):
        return "the beginning" if at < 0 else "the end"
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
