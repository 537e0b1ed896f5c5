"""Keeps a replica true to the store by following the journal."""

from __future__ import annotations

from topology.graph.replica import Replica
from topology.store.graph_store import GraphStore
from topology.uncollected import uncollected


class Follower:
    """One replica of one store. One thread at a time may use it."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._incarnation = ""
        self.replica: Replica | None = None
        """None until the first `catch_up`."""

    def catch_up(self, *, touched: set[str] | None = None) -> Replica:
        """Bring the replica to the store's revision and return it.

        The uids of what events changed are added to `touched`, as far as they were followed also
        where this fails. Where the whole graph was read, another replica is returned than before.
        Reads the whole graph at first, and again where the journal no longer reaches back far
        enough, or where the store was put back to what it was earlier. Raises StoreUnavailable; the
        replica is then as it was. Cost: the events since the last call, or the whole graph.
        """
        span = self._store.span()
        replica = self.replica
        if replica is None or span.incarnation != self._incarnation:
            return self._read(span.incarnation)
        if span.revision < replica.revision:
            return self._read(span.incarnation)
        while replica.revision < span.revision:
            events = self._store.events_since(replica.revision)
            # Asked after them: what was forgotten before they were read is known here.
            span = self._store.span()
            if span.kept_since > replica.revision + 1:
                return self._read(span.incarnation)
            followed = replica.follow(events)
            if touched is not None:
                touched |= followed
            if not events:  # revisions without any: of classes alone
                replica.revision = span.revision
        return replica

    def _read(self, incarnation: str) -> Replica:
        with uncollected(are_kept=True):
            revision, resources = self._store.read()
            self.replica = Replica(resources.values(), revision=revision)
        self._incarnation = incarnation
        return self.replica
