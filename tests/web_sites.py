"""Sites for the tests of the web: a simulated one in any trouble, judged as the service would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from flask.testing import FlaskClient
from graph import EAST, Graph

from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.testing import FakeClock, session_of
from topology.builtin_classes import BUILTIN_CLASSES
from topology.delta import Delta
from topology.errors import StoreUnavailable
from topology.graph.replica import Replica
from topology.ingest.reconcile import reconcile
from topology.journal import Event, events_of
from topology.live.live_topology import view_of
from topology.model import Claim
from topology.schema import ResourceClass
from topology.state import UNKNOWN
from topology.store.values import Scannable
from web.app import create_app
from web.site import Site

NOW = 1_790_000_000.0
"""When every page of these sites is looked at, epoch seconds."""
BEGUN = NOW - 840
"""When their trouble began."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a simulated site, by labels joined with commas."""

    failed: str = ""
    removed: str = ""
    silent: str = ""
    """Parts whose own state is unknown."""
    rebuilding: str = ""


CANONICAL = {
    "disk": Trouble("couplet0-enc1-slot03"),
    "pool": Trouble("couplet0-enc0-slot00,couplet0-enc1-slot00,couplet0-enc2-slot00"),
    "enclosure": Trouble("couplet0-enc1"),
    "controller": Trouble("couplet0-ctrl0"),
    "both-servers": Trouble("oss0,oss1"),
    "mdt0": Trouble("couplet0-enc2-slot08,couplet0-enc3-slot08"),
    "mdt1": Trouble("couplet0-enc4-slot08,couplet0-enc0-slot09"),
    "two-causes": Trouble("couplet0-enc1-slot03,couplet0-ctrl1"),
    "missing-disk": Trouble(removed="couplet0-enc1-slot03"),
    "unknown": Trouble(silent="couplet0-enc1-slot03,couplet0-enc2-slot03"),
}
"""The failures whose pages are kept as golden files, by name."""
HEALTHY = Trouble()


@dataclass(frozen=True, slots=True)
class FakeJournal:
    """Events in memory, oldest first, or a store that is down."""

    recorded: Sequence[Event] = ()
    problem: str = ""

    def events(
        self, uid: str | None = None, *, limit: int = 100, before: int = 2**62
    ) -> Sequence[Event]:
        """Return them as the store does."""
        if self.problem:
            raise StoreUnavailable(self.problem)
        newest = (one for one in reversed(self.recorded) if one.seq < before)
        return [one for one in newest if uid in (None, one.uid)][:limit]


@cache
def simulated(trouble: Trouble = HEALTHY, *, couplets: int = 1) -> Site:
    """Return a small simulated site after a healthy scan and then one with this trouble."""
    session = session_of(
        SimulatedSitePlugin, SimulatedSite(couplets=couplets), clock=FakeClock(BEGUN)
    )
    replica = Replica()
    classes: dict[str, ResourceClass] = {}
    recorded: list[Event] = []
    healthy = session.initial_scan()
    settings: Mapping[str, object] = {
        "couplets": couplets,
        "failed": trouble.failed,
        "removed": trouble.removed,
        "rebuilding": trouble.rebuilding,
    }
    session.assign(settings)
    scans = (healthy, session.update_scan(), _silenced(healthy, trouble.silent.split(",")))
    for at, delta in zip((NOW - 86_400, BEGUN, BEGUN), scans, strict=True):
        changes = reconcile(replica, delta, at=at)
        replica.commit(changes, replica.revision + 1)
        recorded += events_of(changes, replica.revision)
        classes |= {one.name: one for one in delta.classes}
    scannable = Scannable(
        scannable_id=session.root_uid,
        plugin="simulated_site",
        class_name="SimulatedSite",
        settings=settings,
        epoch=1,
        holder="test",
        beat=NOW - 2,
        status={"phase": "ok", "version": 1, "heard_at": NOW - 4, "scan_seconds": 0.1},
    )
    return Site(
        now=NOW,
        view=view_of(replica, at=BEGUN + 1),
        scannables=(scannable,),
        classes=classes,
        journal=FakeJournal(recorded),
    )


def _silenced(delta: Delta, labels: Iterable[str]) -> Delta:
    """Return a report in which the parts with these labels say nothing of their state."""
    wanted = set(labels)
    reported = {
        uid: replace(claim, own_state=UNKNOWN)
        for uid, claim in delta.reported.items()
        if claim.label in wanted
    }
    return Delta(scope=delta.scope, reported=reported)


def site_of_claims(claims: Mapping[str, Claim]) -> Site:
    """Return a site in which one scope reports exactly `claims`, by uid; targets are services."""
    graph = Graph()
    graph.report(
        {
            uid: replace(claim, is_service=BUILTIN_CLASSES[claim.classes[0]].is_service)
            for uid, claim in claims.items()
        },
        scope=EAST,
    )
    return Site(now=NOW, view=view_of(graph.replica, at=BEGUN))


def client_of(site: Site) -> FlaskClient:
    """Return a client of the application that answers from `site`."""
    return create_app(lambda: site).test_client()
