"""The live topology: the graph in memory, judged, a moment behind the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import structlog

from topology.amended import amended
from topology.errors import StoreUnavailable
from topology.graph.follower import Follower
from topology.graph.past import replica_at
from topology.graph.replica import Replica
from topology.impact import Assessment, Margins, Part, assessment_of
from topology.ingest.freshness import marked
from topology.live.layout import layout_of, part_of
from topology.live.shown_names import shown, shown_after
from topology.live.view import View
from topology.model import Resource
from topology.schema import ResourceClass
from topology.store.graph_store import GraphStore
from topology.store.values import Scannable
from topology.uncollected import uncollected

log = structlog.get_logger(__name__)


class LiveTopology:
    """Follows one store in a thread of its own and holds the newest `View`.

    Where the store cannot be reached, the last view stays, `problem` says so, and following goes on
    by itself when the store is back.
    """

    def __init__(
        self,
        store: GraphStore,
        *,
        period_seconds: float = 0.2,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._period_seconds = period_seconds
        self._clock = clock
        self._follower = Follower(store)
        self._replica: Replica | None = None
        self._touched: set[str] = set()
        """What may differ between the replica and the view."""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.view: View | None = None
        """None until the store has been read once."""
        self.problem: str | None = None
        """Why the view may be old; None while the store answers."""
        self.scannables: tuple[Scannable, ...] = ()
        self.silent: Mapping[str, bool] = {}
        """For each scope that was ever heard, whether it has been silent for too long."""
        self.unmarked: Mapping[str, Resource] = {}
        """What became stale or fresh by that, and does not in the store yet."""
        self.classes: Mapping[str, ResourceClass] = {}

    def start(self) -> None:
        """Begin to follow. To be called after a fork, never before."""
        self._thread = threading.Thread(target=self._follow, name="live-topology", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following and wait until the thread has ended."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def refresh(self) -> View:
        """Catch up with the store now and return the view; for callers without a thread."""
        replica = self._follower.catch_up(touched=self._touched)
        self.scannables = tuple(self._store.scannables())
        view, now = self.view, self._clock()
        silent = {one.scope: one.is_silent(now) for one in self.scannables if one.heard_at}
        heard_at = {one.scope: one.heard_at for one in self.scannables if one.is_silent(now)}
        is_other = replica is not self._replica
        is_moved = view is None or is_other or view.revision != replica.revision
        if view is None or is_moved or silent != self.silent:
            self.classes = self._store.classes() if is_moved else self.classes
            unmarked = marked(replica, silent, at=now)
            if view is None or is_other:
                view = view_of(replica, at=now, marked=unmarked, heard_at=heard_at)
            else:
                self._touched |= self.unmarked.keys() | unmarked.keys()
                view = view_after(
                    view, replica, self._touched, at=now, marked=unmarked, heard_at=heard_at
                )
            self.unmarked = unmarked
        self.silent = silent
        self._replica = replica
        self._touched.clear()
        self.problem = None
        self.view = view
        return view

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self.refresh()
            except StoreUnavailable as error:
                if self.problem is None:
                    log.warning("store unavailable", problem=str(error))
                self.problem = str(error)
            except Exception:  # the thread must not end: what is shown would look live for ever
                log.exception("a defect of ours keeps the view from being renewed")
                self.problem = "a defect of ours keeps this from being renewed; the log has it"
            self._stopping.wait(self._period_seconds)


def view_at(store: GraphStore, at: float) -> View:
    """Judge the graph as it was at `at` (epoch seconds); states are worked out, never read back.

    Raises HistoryForgotten. Cost: a whole read, the events since, and a judgement of the site.
    """
    return view_of(replica_at(store, at), at=at)


def view_of(
    replica: Replica,
    *,
    at: float,
    marked: Mapping[str, Resource] = MappingProxyType({}),
    heard_at: Mapping[str, float] = MappingProxyType({}),
) -> View:
    """Judge what `replica` holds now. The view keeps its own copy. O(resources + links).

    `marked` are resources as they are although the store does not say so yet, `heard_at` when
    scopes that are silent were last heard (`View.heard_at`).
    """
    resources = {**replica.resources, **marked}
    with uncollected():
        resources |= shown(resources)
        assessment = assessment_of(layout_of(resources))
    return _view(replica, at, resources, assessment, heard_at=heard_at)


def view_after(
    before: View,
    replica: Replica,
    touched: Collection[str],
    *,
    at: float,
    marked: Mapping[str, Resource] = MappingProxyType({}),
    heard_at: Mapping[str, float] = MappingProxyType({}),
) -> View:
    """Judge what `replica` holds now, of which only `touched` may differ from the view `before`.

    The answers are those of `view_of`. Cost: what was touched, and what that reaches.
    """
    now = {uid: marked.get(uid) or replica.get(uid) for uid in touched}
    resources = amended(before.resources, now)
    renamed = shown_after(before.resources, resources, touched, replica.fed_by)
    resources = amended(resources, renamed) if renamed else resources
    held = before.layout.parts
    named = {
        user
        for uid in touched
        if (uid in held) != (uid in resources)
        for user in replica.fed_by(uid)
    }
    parts: dict[str, Part | None] = {}
    for uid in named.union(touched):
        resource = resources.get(uid)
        part = None if resource is None else part_of(resource, resources)
        if part != held.get(uid):
            parts[uid] = part
    assessment = before.assessment.after(parts) if parts else before.assessment
    margins = before.newest_margins
    view = _view(replica, at, resources, assessment, heard_at=heard_at, earlier_margins=margins)
    view.take_lists_from(before, renamed.keys() | touched)
    return view


def _view(
    replica: Replica,
    at: float,
    resources: Mapping[str, Resource],
    assessment: Assessment,
    *,
    heard_at: Mapping[str, float],
    earlier_margins: tuple[Margins, Assessment] | None = None,
) -> View:
    return View(
        revision=replica.revision,
        at=at,
        resources=resources,
        layout=assessment.layout,
        design=assessment.design,
        judgement=assessment.judgement,
        assessment=assessment,
        heard_at=heard_at,
        earlier_margins=earlier_margins,
    )
