"""The live topology: the graph in memory, judged, a moment behind the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog

from topology.errors import StoreUnavailable
from topology.follower import Follower
from topology.freshness import marked
from topology.impact import design_of, judge
from topology.impact.layout import Layout
from topology.layout import layout_of, part_of
from topology.model import Resource
from topology.replica import Replica
from topology.schema import ResourceClass
from topology.store.graph_store import GraphStore
from topology.store.values import Scannable
from topology.view import View

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
        period_seconds: float = 0.5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._period_seconds = period_seconds
        self._clock = clock
        self._follower = Follower(store)
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
        replica = self._follower.catch_up()
        self.scannables = tuple(self._store.scannables())
        view, now = self.view, self._clock()
        silent = {one.scope: one.is_silent(now) for one in self.scannables if one.heard_at}
        is_moved = view is None or view.revision != replica.revision
        if view is None or is_moved or silent != self.silent:
            self.classes = self._store.classes() if is_moved else self.classes
            self.unmarked = marked(replica, silent, at=now)
            view = view_of(replica, at=now, before=view, marked=self.unmarked)
        self.silent = silent
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


def view_of(
    replica: Replica,
    *,
    at: float,
    before: View | None = None,
    marked: Mapping[str, Resource] = MappingProxyType({}),
) -> View:
    """Judge what `replica` holds now. The view keeps its own copy.

    `marked` are resources as they are although the store does not say so yet. What has not changed
    since the view `before` is taken from it; the answer is the same.
    """
    resources = {**replica.resources, **marked}
    layout = layout_of(resources) if before is None else _layout_after(before, resources)
    is_built_alike = before is not None and _is_built_alike(before.layout, layout)
    design = before.design if before is not None and is_built_alike else design_of(layout)
    return View(
        revision=replica.revision,
        at=at,
        resources=resources,
        layout=layout,
        design=design,
        judgement=judge(layout, design),
    )


def _layout_after(before: View, resources: Mapping[str, Resource]) -> Layout:
    """Return the layout of `resources`, parts of unchanged ones as they were."""
    parts = before.layout.parts
    return Layout(
        {
            uid: parts[uid] if before.resources.get(uid) is one else part_of(one, resources)
            for uid, one in resources.items()
        }
    )


def _is_built_alike(one: Layout, other: Layout) -> bool:
    """The two differ in own states and sync at most, so have one design."""
    return one.parts.keys() == other.parts.keys() and all(
        part is other.parts[uid] or part.healthy() == other.parts[uid].healthy()
        for uid, part in one.parts.items()
    )
