"""One session's report, ingested in memory and judged: a plugin's whole way without a store."""

from __future__ import annotations

from plugin_runtime.session import Session
from topology.delta import Delta
from topology.impact import Judgement, judge
from topology.layout import layout_of
from topology.model import Resource
from topology.reconcile import reconcile
from topology.replica import Replica


class Scanned:
    """What a session has reported so far. Resources go by their labels, which must be unique."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._replica = Replica()
        self._ingest(session.initial_scan())

    def add(self, session: Session) -> None:
        """Take in what another session reports as well."""
        self._ingest(session.initial_scan())

    def scan(self, **settings: object) -> Delta:
        """Give the root new settings, scan again, and return what the scan reported."""
        self._ingest(self._session.assign(settings))
        delta = self._session.update_scan()
        self._ingest(delta)
        return delta

    def scan_again(self, session: Session) -> None:
        """Take in what another session reports now."""
        self._ingest(session.update_scan())

    @property
    def resources(self) -> dict[str, Resource]:
        """Every resource by its label."""
        found = {one.name: one for one in self._replica.resources.values()}
        assert len(found) == len(self._replica.resources)
        return found

    @property
    def links(self) -> set[tuple[str, str]]:
        """Every link as labels, cause first."""
        return {
            (self._name(link.source), one.name)
            for one in self._replica.resources.values()
            for link in one.inputs
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
