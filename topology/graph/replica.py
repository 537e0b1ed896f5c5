"""An in-memory copy of the graph at one revision, with the indexes that reconciling needs.

One thread owns a replica. It changes only through `follow` and `put`; what it holds is frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from topology.delta import Changes
from topology.journal import Event, redo
from topology.model import QUALIFIED, Provision, Resource

K = TypeVar("K")
_NONE: frozenset[str] = frozenset()


class Replica:
    """Every resource by uid, as of `revision`."""

    def __init__(self, resources: Iterable[Resource] = (), *, revision: int = 0) -> None:
        self.revision = revision
        self._resources: dict[str, Resource] = {}
        self._fed_by: _Index[str] = _Index()
        self._of_scope: _Index[str] = _Index()
        self._providers: _Index[Provision] = _Index()
        self._subscribers: _Index[Provision] = _Index()
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
        return self._fed_by.of(uid)

    def of_scope(self, scope: str) -> AbstractSet[str]:
        """Return the uids of what `scope` claims, missing members included."""
        return self._of_scope.of(scope)

    def apart(self, uid: str) -> AbstractSet[str]:
        """Return the qualified uids under which colliding claims on `uid` are kept apart."""
        return self._apart.get(uid, _NONE)

    @property
    def all_apart(self) -> AbstractSet[str]:
        """The uids whose claims are kept apart."""
        return self._apart.keys()

    def providers(self, provision: Provision) -> AbstractSet[str]:
        """Return the uids of the resources that provide it."""
        return self._providers.of(provision)

    def subscribers(self, provision: Provision) -> AbstractSet[str]:
        """Return the uids of the resources that subscribe to it."""
        return self._subscribers.of(provision)

    def put(self, uid: str, resource: Resource | None) -> None:
        """Hold `resource` under `uid` from now on; None forgets it."""
        held = self._resources.pop(uid, None)
        claimed, mark, _ = uid.partition(QUALIFIED)
        if held is not None:
            for index, key in self._index_keys(held):
                index.discard(key, uid)
            if mark:
                self._apart[claimed].discard(uid)
                if not self._apart[claimed]:
                    del self._apart[claimed]
        if resource is not None:
            self._resources[uid] = resource
            if mark:
                self._apart.setdefault(claimed, set()).add(uid)
            for index, key in self._index_keys(resource):
                index.add(key, uid)

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

    def _index_keys(self, resource: Resource) -> Iterator[tuple[_Index[Any], object]]:
        for one in resource.inputs:
            yield self._fed_by, one.source
        for scope in resource.claims:
            yield self._of_scope, scope
        for provision in resource.merged.provides:
            yield self._providers, provision
        for provision in resource.merged.subscribes:
            yield self._subscribers, provision


class _Index(Generic[K]):
    """Sets of uids by what leads to them. Most hold one uid, which takes no set."""

    def __init__(self) -> None:
        self._uids: dict[K, str | set[str]] = {}

    def of(self, key: K) -> AbstractSet[str]:
        held = self._uids.get(key, _NONE)
        return frozenset([held]) if isinstance(held, str) else held

    def add(self, key: K, uid: str) -> None:
        held = self._uids.setdefault(key, uid)
        if isinstance(held, set):
            held.add(uid)
        elif held != uid:
            self._uids[key] = {held, uid}

    def discard(self, key: K, uid: str) -> None:
        held = self._uids.get(key)
        if isinstance(held, set):
            held.discard(uid)
        if held == uid or not held:
            self._uids.pop(key, None)
