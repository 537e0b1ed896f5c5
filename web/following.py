"""The site as a web process knows it: followed from the moment the store can be opened.

Of all web processes one also publishes what it knows, for operators' queries. To be started in the
process that answers, after any fork: what it opens does not survive one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import lru_cache, partial

from topology.errors import TopologyError
from topology.live.live_topology import LiveTopology, view_at
from topology.live.view import View
from topology.publishing.publisher import publish_states
from topology.publishing.retention import Retention
from topology.settings import Settings
from topology.statistics import StatisticsStore
from topology.store import open_when_up
from topology.store.graph_store import GraphStore
from topology.store.holder import Holder, holder_name
from web.site import Site, site_of

_SETTLED_SECONDS = 60.0
_LEAVING_SECONDS = 2.0


class PastViews:
    """The site at earlier times; the last few that were asked for are kept. For any thread."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._kept = lru_cache(maxsize=2)(partial(view_at, store))

    def at(self, at: float) -> View:
        """Return the site as it was at a time, epoch seconds. Raises HistoryForgotten.

        What was a moment ago is not kept: a clock a little behind may still commit to it.
        """
        is_settled = at < time.time() - _SETTLED_SECONDS
        return self._kept(at) if is_settled else view_at(self._store, at)


class Following:
    """The newest snapshot of the site, at any time and from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._data_dir = settings.data_dir
        self._statistics = StatisticsStore.of(settings)
        self._followed: tuple[LiveTopology, GraphStore, PastViews] | None = None
        self._problem: str | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread that ends with the process. To be called after a fork."""
        self._thread = threading.Thread(target=self._follow, name="following", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let another process publish at once; not waited for where the store does not answer."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_LEAVING_SECONDS)

    def site(self) -> Site:
        """Return what is known now."""
        now = time.time()
        if self._followed is None:
            return Site(now=now, problem=self._problem)
        live, store, past = self._followed
        known = site_of(live, store, self._statistics, past.at, now=now)
        return replace(known, queries=store, audit_directory=self._data_dir)

    def _follow(self) -> None:
        try:
            store = open_when_up(self._settings, self._stopping, tell=self._hear)
        except TopologyError as error:  # waiting does not mend it, so the pages say it
            self._hear(error)
            return
        if store is None:
            return
        live = LiveTopology(store)
        live.start()
        self._followed = live, store, PastViews(store)
        with Holder(store, holder_name()) as holder:
            retention = Retention(store, self._settings.history_days)
            publish_states(live, store, self._stopping, holder=holder, retention=retention)

    def _hear(self, error: TopologyError) -> None:
        self._problem = str(error)
