"""The one door in: what sessions say is reconciled with the graph and committed whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from topology.delta import Changes, Delta
from topology.errors import DeltaRejected, StoreUnavailable
from topology.graph.follower import Follower
from topology.graph.replica import Replica
from topology.ingest.acceptance import acceptance_of
from topology.ingest.alias import alias_of
from topology.ingest.collisions import held_as, reconsidered
from topology.ingest.freshness import freshness_of
from topology.ingest.reconcile import reconcile
from topology.schema import ResourceClass
from topology.store.graph_store import GraphStore
from topology.store.values import Lease, RevisionMoved
from topology.uncollected import uncollected

_ATTEMPTS = 50  # other writers commit in milliseconds; losing this often means something is wrong


class Ingest:
    """Applies deltas to one store. One thread may use it; several processes may each have one."""

    def __init__(self, store: GraphStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._follower = Follower(store)
        self._classes: Mapping[str, ResourceClass] = {}
        """As last read: again whenever a delta has one that is not among them."""

    def apply(self, delta: Delta, lease: Lease) -> int:
        """Make `delta` true and return the revision at which it is; equal deltas change nothing.

        Raises DeltaRejected, with nothing applied, for a parent cycle, a class name that another
        plugin has given to an unrelated class, or (LeaseLost) a scope that another runtime holds
        now. Raises StoreUnavailable when it is not known to be applied: apply it again.
        """
        return self._commit(
            lambda replica: self._with_new_classes(reconcile(replica, delta, at=self._clock())),
            lease,
        )

    def accept(self, uid: str, lease: Lease) -> int:
        """Forget a missing member for an administrator and return the revision.

        Raises UsageError where it is still reported, StoreUnavailable as `apply` does.
        """
        return self._commit(lambda replica: acceptance_of(replica, uid, at=self._clock()), lease)

    def rename(self, uid: str, alias: str, lease: Lease) -> int:
        """Call a resource by `alias` for an administrator, empty for none; return the revision.

        Raises UsageError where another is called so, StoreUnavailable as `apply` does.
        """
        return self._commit(lambda replica: alias_of(replica, uid, alias, at=self._clock()), lease)

    def mark(self, silent: Mapping[str, bool], lease: Lease) -> int:
        """Make stale what silent scopes claim and fresh what others do; return the revision.

        What collides by that, or no longer does, is placed anew in revisions of its own. `silent`
        is by scope. Raises LeaseLost and StoreUnavailable as `apply` does.
        """
        touched: set[str] = set()

        def marking(replica: Replica) -> Changes:
            changes = freshness_of(replica, silent, at=self._clock())
            touched.update(change.uid for change in changes.changes)
            return changes

        revision = self._commit(marking, lease)
        for delta in reconsidered(self._follower.catch_up(), touched):
            revision = self._commit(partial(self._placed_anew, delta), lease)
        return revision

    def held_as(self, uid: str, scope: str) -> str:
        """Return the uid under which the graph, as of the last commit, has what `scope` claims."""
        replica = self._follower.replica
        return uid if replica is None else held_as(replica, uid, scope)

    def _placed_anew(self, delta: Delta, replica: Replica) -> Changes:
        return reconcile(replica, delta, at=self._clock())

    def _commit(self, changes_of: Callable[[Replica], Changes], lease: Lease) -> int:
        """Work changes out against the newest revision until they are committed at that one."""
        for _ in range(_ATTEMPTS):
            replica = self._follower.catch_up()
            with uncollected():
                changes = changes_of(replica)
                if not changes.changes and not changes.classes:
                    return replica.revision
                try:
                    revision = self._store.commit(changes, lease)
                except RevisionMoved:
                    continue
                replica.commit(changes, revision)
                return revision
        raise StoreUnavailable(
            f"the graph changed under each of {_ATTEMPTS} attempts to change scope "
            f"{lease.scannable_id}; try again"
        )

    def _with_new_classes(self, changes: Changes) -> Changes:
        if all(self._classes.get(one.name) == one for one in changes.classes):
            return replace(changes, classes=())
        # Another process may have added some; what it adds from now on moves the revision.
        self._classes = self._store.classes()
        new = tuple(one for one in changes.classes if self._classes.get(one.name) != one)
        for one in new:
            held = self._classes.get(one.name)
            if held is not None and held.plugin != one.plugin:
                raise DeltaRejected(
                    f"plugin {one.plugin!r} declares a class {one.name!r}, a name that plugin "
                    f"{held.plugin or 'built-in'!r} has given to another; rename one of them"
                )
        return replace(changes, classes=new)
