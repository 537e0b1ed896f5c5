"""What plugin authors test with: scans without a store, and a clock that stands still.

::

    delta = scan(KestrelPlugin, Array(address="a"))
    assert ["Disk 1", "Disk 2"] == [one.label for one in claims_of(delta, Disk)]

    with scanned(KestrelPlugin, Array(address="a")) as site:
        assert {"Pool p1": "DEGRADED"} == site.troubled()
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import StorageResource
from plugin_runtime.session.session import Session
from topology.delta import Delta
from topology.graph.replica import Replica
from topology.impact import Judgement, judge
from topology.ingest.reconcile import reconcile
from topology.live.layout import layout_of
from topology.model import Claim, Resource

__all__ = ["FakeClock", "Scanned", "claims_of", "scan", "scanned", "session_of"]

_POLL_SECONDS = 0.01


class FakeClock:
    """Epoch seconds that pass only when told to."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def session_of(
    plugin_class: type[StoragePlugin[Any]],
    root: StorageResource,
    *,
    clock: Callable[[], float] | None = None,
) -> Session:
    """Return a session that has not scanned yet, on a scannable with the values of `root`."""
    settings = {name: one for name, one in root.holding.values.items() if one is not None}
    return Session(plugin_class, type(root), settings, clock=clock or FakeClock())


def scan(plugin_class: type[StoragePlugin[Any]], root: StorageResource) -> Delta:
    """Return the report of one initial scan; whatever goes wrong is raised."""
    session = session_of(plugin_class, root)
    try:
        return session.initial_scan()
    finally:
        session.teardown()


def scanned(
    plugin_class: type[StoragePlugin[Any]],
    root: StorageResource,
    *,
    clock: Callable[[], float] | None = None,
) -> Scanned:
    """Run an initial scan and return what it found. In a `with` statement, teardown follows.

    Raises whatever goes wrong, after the teardown.
    """
    session = session_of(plugin_class, root, clock=clock)
    try:
        return Scanned(session)
    except BaseException:
        session.teardown()
        raise


def claims_of(delta: Delta, cls: type[StorageResource] | str) -> list[Claim]:
    """Return what `delta` says of the resources of a class, in the order reported."""
    name = cls if isinstance(cls, str) else cls.__name__
    return [claim for claim in delta.reported.values() if name in claim.classes]


class Scanned:
    """What a session has reported so far, judged as the service judges it.

    Resources go by their labels, which must differ from each other. What a thread of a plugin dies
    of is raised by the next `scan` or `wait_until`, at the latest when the `with` statement ends.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sessions = [session]
        self._replica = Replica()
        self._ingest(session.initial_scan())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                for session in self._sessions:
                    session.check_threads()
        finally:
            for session in self._sessions:
                session.teardown()

    def add(self, session: Session) -> None:
        """Take in what another session reports as well."""
        self._sessions.append(session)
        self._ingest(session.initial_scan())

    def scan(self, **settings: object) -> Delta:
        """Give the root new settings, run an update scan, and return what it reported.

        The report is empty where nothing has changed. A plugin without an update scan is begun anew
        for new settings, as the service does; then the report is whole.
        """
        if settings and self._session.is_asynchronous:
            self._session.teardown()
            self._session = self._sessions[0] = self._session.renewed(settings)
            delta = self._session.initial_scan()
        else:
            self._ingest(self._session.assign(settings))
            delta = self._session.update_scan()
        self._ingest(delta)
        return delta

    def scan_again(self, session: Session) -> None:
        """Take in what another session reports now."""
        self._ingest(session.update_scan())

    def wait_until(self, holds: Callable[[], bool], *, seconds: float = 60) -> None:
        """Take in what the plugin's own threads report until `holds()`.

        Raises AssertionError where it does not hold within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"what was waited for does not hold after {seconds} s; reported: "
                    f"{', '.join(self.resources)}"
                )
            time.sleep(_POLL_SECONDS)
            for session in self._sessions:
                self._ingest(session.pending())

    @property
    def resources(self) -> dict[str, Resource]:
        """Every resource by its label, in the order reported."""
        found = {one.name: one for one in self._replica.resources.values()}
        if len(found) < len(self._replica.resources):
            raise AssertionError("two resources have one label; override get_label()")
        return found

    @property
    def links(self) -> set[tuple[str, str]]:
        """Every link as labels, cause first."""
        return {
            (self._name(link.source), one.name)
            for one in self._replica.resources.values()
            for link in one.inputs
        }

    @property
    def alerts(self) -> dict[str, set[tuple[str, str]]]:
        """The alerts as (severity, message), by the label of what they are on."""
        return {
            one.name: {(alert.severity, alert.message) for alert in one.merged.alerts}
            for one in self._replica.resources.values()
            if one.merged.alerts
        }

    def states(self) -> dict[str, str]:
        """Return every resource's state in one word."""
        return {self._name(uid): one.word for uid, one in self._judged().states.items()}

    def troubled(self) -> dict[str, str]:
        """Return the states of the resources that are not OK."""
        return {label: word for label, word in self.states().items() if word != "OK"}

    def new_single_points(self) -> dict[str, set[str]]:
        """Return what each resource cannot lose any more, without those that have none."""
        points = self._judged().single_points
        return {
            self._name(uid): set(map(self._name, one.new)) for uid, one in points.items() if one.new
        }

    def single_points_by_design(self, label: str) -> set[str]:
        """Return what a resource can never lose."""
        points = self._judged().single_points.get(self.resources[label].uid)
        return set(map(self._name, points.by_design)) if points else set()

    def root_causes(self, label: str) -> set[str]:
        """Return the troubles that end in the resource's state."""
        because = self._judged().because.get(self.resources[label].uid)
        return set(map(self._name, because.root_causes)) if because else set()

    def _judged(self) -> Judgement:
        return judge(layout_of(self._replica.resources))

    def _name(self, uid: str) -> str:
        return self._replica.resources[uid].name

    def _ingest(self, delta: Delta) -> None:
        changes = reconcile(self._replica, delta, at=0.0)
        self._replica.commit(changes, self._replica.revision + 1)
