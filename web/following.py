"""The site as a web process knows it: followed from the moment the store can be opened.

To be started in the process that answers, after any fork: what it opens does not survive one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import lru_cache, partial

from topology.errors import TopologyError
from topology.live import LiveTopology, view_at
from topology.settings import Settings
from topology.statistics import StatisticsStore
from topology.store import open_when_up
from topology.store.graph_store import GraphStore
from topology.view import View
from web.site import Site, site_of

_SETTLED_SECONDS = 60.0


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

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._follow, name="following", daemon=True).start()

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
            store = open_when_up(self._settings, threading.Event(), tell=self._hear)
        except TopologyError as error:  # waiting does not mend it, so the pages say it
            self._hear(error)
            return
        if store is not None:
            live = LiveTopology(store)
            live.start()
            self._followed = live, store, PastViews(store)

    def _hear(self, error: TopologyError) -> None:
        self._problem = str(error)
