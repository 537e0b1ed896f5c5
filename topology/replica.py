"""An in-memory copy of the graph at one revision, with the indexes that reconciling needs.

One thread owns a replica. It changes only through `follow` and `put`; what it holds is frozen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from topology.delta import Changes
from topology.journal import Event, redo
from topology.model import QUALIFIED, Provision, Resource

_NONE: frozenset[str] = frozenset()


class Replica:
    """Every resource by uid, as of `revision`."""

    def __init__(self, resources: Iterable[Resource] = (), *, revision: int = 0) -> None:
        self.revision = revision
        self._resources: dict[str, Resource] = {}
        self._fed_by: dict[str, set[str]] = defaultdict(set)
        self._of_scope: dict[str, set[str]] = defaultdict(set)
        self._providers: dict[Provision, set[str]] = defaultdict(set)
        self._subscribers: dict[Provision, set[str]] = defaultdict(set)
        self._apart: dict[str, set[str]] = {}
        for resource in resources:
            self.put(resource.uid, resource)

    @property
    def resources(self) -> Mapping[str, Resource]:
        """A read-only view of what is held now."""
        return MappingProxyType(self._resources)

    def get(self, uid: str) -> Resource | None:
        """Return the resource, None where there is none."""
        return self._resources.get(uid)

    def fed_by(self, uid: str) -> AbstractSet[str]:
        """Return the uids of the resources that have `uid` as an input."""
        return self._fed_by.get(uid, _NONE)

    def of_scope(self, scope: str) -> AbstractSet[str]:
        """Return the uids of what `scope` claims, missing members included."""
        return self._of_scope.get(scope, _NONE)

    def apart(self, uid: str) -> AbstractSet[str]:
        """Return the qualified uids under which colliding claims on `uid` are kept apart."""
        return self._apart.get(uid, _NONE)

    @property
    def all_apart(self) -> AbstractSet[str]:
        """The uids whose claims are kept apart."""
        return self._apart.keys()

    def providers(self, provision: Provision) -> AbstractSet[str]:
        """Return the uids of the resources that provide it."""
        return self._providers.get(provision, _NONE)

    def subscribers(self, provision: Provision) -> AbstractSet[str]:
        """Return the uids of the resources that subscribe to it."""
        return self._subscribers.get(provision, _NONE)

    def put(self, uid: str, resource: Resource | None) -> None:
        """Hold `resource` under `uid` from now on; None forgets it."""
        held = self._resources.pop(uid, None)
        claimed, mark, _ = uid.partition(QUALIFIED)
        if held is not None:
            for under in self._index_entries(held):
                under.discard(uid)
            if mark:
                self._apart[claimed].discard(uid)
                if not self._apart[claimed]:
                    del self._apart[claimed]
        if resource is not None:
            self._resources[uid] = resource
            if mark:
                self._apart.setdefault(claimed, set()).add(uid)
            for under in self._index_entries(resource):
                under.add(uid)

    def follow(self, events: Iterable[Event]) -> set[str]:
        """Apply the journal's next events, in their order, and return the uids they touch."""
        touched = set()
        for event in events:
            self.put(event.uid, redo(event, self.get(event.uid)))
            self.revision = event.revision
            touched.add(event.uid)
        return touched

    def commit(self, changes: Changes, revision: int) -> None:
        """Apply what was just committed as `revision`."""
        for change in changes.changes:
            self.put(change.uid, change.after)
        self.revision = revision

    def _index_entries(self, resource: Resource) -> Iterator[set[str]]:
        for one in resource.inputs:
            yield self._fed_by[one.source]
        for scope in resource.claims:
            yield self._of_scope[scope]
        for provision in resource.merged.provides:
            yield self._providers[provision]
        for provision in resource.merged.subscribes:
            yield self._subscribers[provision]
