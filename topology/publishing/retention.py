"""Forgets history that is older than it is to be kept, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from topology.store.graph_store import GraphStore
from topology.store.values import Lease

_PERIOD_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0


class Retention:
    """Keeps one store's journal from growing for ever; for the one process that does it."""

    def __init__(
        self,
        store: GraphStore,
        history_days: float,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep `history_days` of history. `clock` gives epoch seconds."""
        self._store = store
        self._kept_seconds = history_days * _DAY_SECONDS
        self._clock = clock
        self._monotonic = monotonic
        self._next = monotonic()

    def go_on(self, lease: Lease) -> None:
        """Forget one batch where it is time; after the last one it is time again in an hour.

        Raises LeaseLost when somebody else has `lease`, StoreUnavailable to be asked again.
        """
        if self._monotonic() < self._next:
            return
        if not self._store.forget_events(self._clock() - self._kept_seconds, lease):
            self._next = self._monotonic() + _PERIOD_SECONDS
