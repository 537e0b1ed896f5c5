"""The graph at one revision, a slice at a time: what needs all of it, but not at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from topology.journal import undo
from topology.model import Resource
from topology.store.graph_store import GraphStore


class SlicedGraph:
    """The graph at the revision at which this was made, however the store goes on.

    Of what is read later, the events since are undone: that gives the revision back whole, also
    where a change was read in part.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.revision = store.revision()
        uids = set(store.uids())
        for event in store.undoing(self.revision):
            if event.kind == "added":
                uids.discard(event.uid)
            elif event.kind == "removed":
                uids.add(event.uid)
        self.uids = frozenset(uids)
        """Of every resource."""

    def resources(self) -> Iterator[Resource]:
        """Yield every resource once, in no order. Raises StoreUnavailable, also after some."""
        left = set(self.uids)
        for found in self._store.slices():
            held = {uid: one for uid, one in found.items() if uid in left}
            left -= held.keys()
            yield from self._undone(held)
        yield from self._undone(dict.fromkeys(left))

    def _undone(self, found: Mapping[str, Resource | None]) -> Iterator[Resource]:
        held = dict(found)
        if held:
            for event in self._store.undoing(self.revision):
                if event.uid in held:
                    held[event.uid] = undo(event, held[event.uid])
        yield from (one for one in held.values() if one is not None)
