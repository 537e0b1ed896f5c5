"""Keeps a replica true to the store by following the journal."""

from __future__ import annotations

from topology.replica import Replica
from topology.store.graph_store import GraphStore


class Follower:
    """One replica of one store. One thread at a time may use it."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.replica: Replica | None = None
        """None until the first `catch_up`."""

    def catch_up(self) -> Replica:
        """Bring the replica to the store's revision and return it.

        Reads the whole graph at first, and again where the journal does not reach back far enough
        or the store was put back to an earlier revision. Raises StoreUnavailable; the replica is
        then as it was. Cost: the events since the last call, or the whole graph.
        """
        replica = self.replica
        if replica is None:
            return self._read()
        revision = self._store.revision()
        if revision < replica.revision:
            return self._read()
        while revision > replica.revision:
            events = self._store.events_since(replica.revision)
            if not events or events[0].revision != replica.revision + 1:
                return self._read()
            replica.follow(events)
        return replica

    def _read(self) -> Replica:
        revision, resources = self._store.read()
        self.replica = Replica(resources.values(), revision=revision)
        return self.replica
