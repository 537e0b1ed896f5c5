"""Stores for tests: emptied between tests, and looked into without their own reading code."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from topology.delta import Change, Changes
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store.bootstrap import SEED
from topology.store.graph_store import GraphStore
from topology.store.values import ADMIN, Lease


def emptied(store: GraphStore) -> GraphStore:
    """Return `store` as it was when it was new."""
    raw(store, "MATCH (n) DETACH DELETE n")
    for statement in SEED:
        raw(store, statement)
    return store


def raw(store: GraphStore, text: str, **parameters: object) -> list[dict[str, Any]]:
    """Run a statement past the store, as its writer."""
    return store._engine.execute(text, parameters, seconds=60)


class Writer:
    """Commits to a store what tests want there, under a lease taken for it."""

    def __init__(self, store: GraphStore) -> None:
        self.store = store
        self.lease: Lease = store.take_lease(ADMIN, "test")

    def put(self, *resources: Resource, classes: Iterable[ResourceClass] = ()) -> int:
        """Commit that these are as given, whether new or changed; return the revision."""
        held = self.store.read()[1]
        return self.commit(
            *(Change(one.uid, held.get(one.uid), one) for one in resources), classes=classes
        )

    def remove(self, *uids: str) -> int:
        """Commit that these are gone; return the revision."""
        held = self.store.read()[1]
        return self.commit(*(Change(uid, held[uid], None) for uid in uids))

    def commit(
        self, *changes: Change, classes: Iterable[ResourceClass] = (), at: float | None = None
    ) -> int:
        """Commit `changes` at the store's revision, as of `at` or now; return the new one."""
        return self.store.commit(
            Changes(
                base=self.store.revision(),
                at=time.time() if at is None else at,
                changes=changes,
                classes=tuple(classes),
            ),
            self.lease,
        )
