"""Writes published states back to the store for operators' Cypher; nothing reads them back."""

from __future__ import annotations

import threading

import structlog

from topology.errors import StoreUnavailable
from topology.live import LiveTopology
from topology.state import Interval
from topology.store.graph_store import GraphStore

_Published = tuple[Interval, int]
"""A state and the revision of the own state: another one where the resource was added anew."""

log = structlog.get_logger(__name__)


def publish_states(
    store: GraphStore, stopping: threading.Event, *, period_seconds: float = 0.5
) -> None:
    """Keep the published states in `store` those of its newest revision until `stopping` is set.

    Only what changed is written. A store that cannot be reached is tried again.
    """
    live = LiveTopology(store)
    published: dict[str, _Published] = {}
    revision: int | None = None
    is_late = False
    while not stopping.wait(period_seconds):
        try:
            view = live.refresh()
            if view.revision == revision:
                continue
            wanted = {
                uid: (state, view.resources[uid].own_revision)
                for uid, state in view.judgement.states.items()
            }
            changed = {uid: one[0] for uid, one in wanted.items() if published.get(uid) != one}
            store.publish(changed, view.revision)
        except StoreUnavailable as error:
            if not is_late:
                log.warning("published states are late", problem=str(error))
            is_late = True
            continue
        published, revision, is_late = wanted, view.revision, False
