"""A site that changes all the time, and what must be true of its store whatever happened."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from contract.test_whole_line import Site

from topology.delta import Delta
from topology.doctor import examined
from topology.errors import StoreUnavailable
from topology.graph.replica import Replica
from topology.ingest.ingest import Ingest
from topology.ingest.reconcile import reconcile
from topology.model import Resource
from topology.store.graph_store import GraphStore

PARTS = ("couplet0-enc0", "couplet0-enc1", "couplet0-ctrl0", "oss0", "couplet0-enc1-slot03")
PATIENCE_SECONDS = 600


@dataclass
class Load:
    """Changes a site again and again until told to stop; every change is insisted on."""

    site: Site
    dice: random.Random
    acknowledged: list[int] = field(default_factory=list)
    """The revisions that the store has acknowledged, in order."""
    unavailable: int = 0
    """How often the store could not be reached and the change was applied again."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _moved: threading.Condition = field(default_factory=threading.Condition)
    _error: BaseException | None = None

    def during(self, faults: Callable[[], None]) -> None:
        """Write while `faults` happen; raise what the writer raised."""
        thread = threading.Thread(target=self._write, name="load")
        thread.start()
        try:
            faults()
        finally:
            self._stopping.set()
            thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "the writer hangs"
        if self._error is not None:
            raise self._error

    def wait_for(self, more: int) -> None:
        """Return when that many more changes are acknowledged, and into the next one."""
        with self._moved:
            wanted = len(self.acknowledged) + more
            is_so = self._moved.wait_for(
                lambda: len(self.acknowledged) >= wanted or self._error is not None,
                PATIENCE_SECONDS,
            )
        assert is_so, "the writer does not go on"
        threading.Event().wait(self.dice.uniform(0, 0.1))  # so that it strikes anywhere in a write

    def settle(self) -> None:
        """Bring the site back to what a fresh scan finds."""
        self._insist(lambda: self.site.set(failed="", removed=""))

    def _write(self) -> None:
        try:
            while not self._stopping.is_set():
                self._insist(self.dice.choice([self._fail, self._pull, self._scan_anew]))
            self.settle()
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            self._error = error
        with self._moved:
            self._moved.notify_all()

    def _fail(self) -> int:
        return self.site.set(failed=self.dice.choice(PARTS), removed="")

    def _pull(self) -> int:
        return self.site.set(failed="", removed=self.dice.choice(PARTS))

    def _scan_anew(self) -> int:
        """Remove everything and report it again: the most that one scope can write."""
        one = self.site
        one.ingest.apply(Delta(one.session.scope, is_complete=True, is_final=True), one.lease)
        return one.ingest.apply(one.session.initial_scan(), one.lease)

    def _insist(self, change: Callable[[], int]) -> None:
        """Do it until it is acknowledged; the second time with all that the site is."""
        while True:
            try:
                revision = change()
            except StoreUnavailable:
                self.unavailable += 1
                change = self._whole
                continue
            with self._moved:
                self.acknowledged.append(revision)
                self._moved.notify_all()
            return

    def _whole(self) -> int:
        # What the lost delta said is in the session alone by now.
        return self.site.ingest.apply(self.site.session.initial_scan(), self.site.lease)


def assert_sound(store: GraphStore, load: Load) -> None:
    """Nothing acknowledged is lost, nothing is torn, and the graph is what a fresh scan gives."""
    assert load.acknowledged == sorted(load.acknowledged)
    revision, resources = store.read()
    assert revision >= load.acknowledged[-1]
    journalled = {event.revision for event in store.events(limit=10**7)}
    lost = set(load.acknowledged) - journalled
    assert not lost, f"acknowledged, and not in the journal: {sorted(lost)}"
    damage = [one for one in examined(store) if one.grade == "damage"]
    assert not damage
    assert as_scanned_first(load.site) == {uid: timeless(one) for uid, one in resources.items()}


def as_scanned_first(site: Site) -> dict[str, Resource]:
    """Return the graph that a first scan of the site makes in an empty store."""
    fresh = Replica()
    fresh.commit(reconcile(fresh, site.session.initial_scan(), at=0.0), 1)
    return {uid: timeless(one) for uid, one in fresh.resources.items()}


def timeless(one: Resource) -> Resource:
    """Return the resource without what depends on when it was first seen so."""
    return replace(one, own_since=0.0, own_revision=0)


def loaded(store: GraphStore, seed: int) -> Load:
    """Return a load on an empty store; equal seeds give equal loads."""
    return Load(Site(store), random.Random(seed))  # noqa: S311 - a test's dice


def reopened(load: Load, store: GraphStore) -> None:
    """Let the load go on through another connection to the same store."""
    load.site.ingest = Ingest(store)
