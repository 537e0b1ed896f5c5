"""Writes published states back to the store for operators' Cypher; nothing reads them back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from topology.errors import LeaseLost, StoreUnavailable
from topology.ingest.ingest import Ingest
from topology.live.live_topology import LiveTopology
from topology.live.view import View
from topology.publishing.published import published_of
from topology.publishing.retention import Retention
from topology.store.graph_store import GraphStore
from topology.store.holder import Holder
from topology.store.values import PUBLISHER, Lease, Published

_Dated = tuple[Published, int]
"""What is published, and the revision of the own state: another where it was added anew."""

log = structlog.get_logger(__name__)


def publish_states(
    live: LiveTopology,
    store: GraphStore,
    stopping: threading.Event,
    *,
    holder: Holder,
    retention: Retention | None = None,
    period_seconds: float = 0.5,
    clock: Callable[[], float] = time.time,
) -> None:
    """Keep the published states in `store` those that `live` knows until `stopping` is set.

    Somebody else lets `live` follow that store. Of all processes that do this one has the
    publisher's lease and writes, the others wait for it to end. It also makes stale what scopes
    reported that `live` calls silent, and fresh again when they are heard, as of `clock`, epoch
    seconds. Only what changed is written. A store that cannot be reached is tried again. The one
    that writes also forgets history that `retention` does not keep.
    """
    publisher = _Publisher(live, store, holder, retention, clock)
    is_late = False
    while not stopping.wait(period_seconds):
        try:
            publisher.go_on()
        except StoreUnavailable as error:
            if not is_late:
                log.warning("published states are late", problem=str(error))
            is_late = True
            continue
        except Exception:  # states that stay as they are would look true for ever
            log.exception("a defect of ours keeps states from being published")
            continue
        is_late = False
    publisher.stop()


class _Publisher:
    """What one process has published, while it is the one that does."""

    def __init__(
        self,
        live: LiveTopology,
        store: GraphStore,
        holder: Holder,
        retention: Retention | None,
        clock: Callable[[], float],
    ) -> None:
        self._live = live
        self._store = store
        self._holder = holder
        self._retention = retention
        self._clock = clock
        self._lease: Lease | None = None
        self._published: Mapping[str, _Dated] = {}
        self._revision: int | None = None
        self._marking: Ingest | None = None
        """There while something is to be marked: it holds a graph of its own."""

    def go_on(self) -> None:
        """Publish what is new, where it is this process that publishes."""
        view = self._live.view
        if view is None:
            return
        held = self._store.held(PUBLISHER)
        if self._lease is None or self._lease.epoch != held.epoch:
            self._lease = self._holder.take(PUBLISHER, held)
            self._published, self._revision = {}, None  # another may have published since
        if self._lease is None:
            return
        with suppress(LeaseLost):  # the next round will see who has it
            self._mark(self._lease)
            if view.revision != self._revision:
                self._publish(view, self._lease)
            if self._retention is not None:
                self._retention.go_on(self._lease)

    def _mark(self, lease: Lease) -> None:
        if not self._live.unmarked:
            self._marking = None
            return
        self._marking = self._marking or Ingest(self._store, clock=self._clock)
        self._marking.mark(self._live.silent, lease)

    def stop(self) -> None:
        """Let another publish at once."""
        if self._lease is not None:
            with suppress(LeaseLost, StoreUnavailable):
                self._store.release(self._lease)

    def _publish(self, view: View, lease: Lease) -> None:
        wanted = {
            uid: (published, view.resources[uid].own_revision)
            for uid, published in published_of(view).items()
        }
        changed = {uid: one[0] for uid, one in wanted.items() if self._published.get(uid) != one}
        self._store.publish(changed, view.revision, lease)
        self._published, self._revision = wanted, view.revision
