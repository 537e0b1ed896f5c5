"""Sites for the tests of the web: a simulated one in any trouble, judged as the service would."""

from __future__ import annotations

from functools import cache

from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.testing import FakeClock, session_of
from topology.live import view_of
from topology.reconcile import reconcile
from topology.replica import Replica
from topology.store.values import Scannable
from topology.view import View
from web.site import Site

NOW = 1_790_000_000.0
"""When every page of these sites is looked at, epoch seconds."""
BEGUN = NOW - 840
"""When their trouble began."""


@cache
def simulated(failed: str = "", removed: str = "", couplets: int = 1) -> Site:
    """Return a small simulated site after a healthy scan and then one with this trouble."""
    root = SimulatedSite(couplets=couplets)
    session = session_of(SimulatedSitePlugin, root, clock=FakeClock(BEGUN))
    replica = Replica()
    classes = {}
    healthy = session.initial_scan()
    settings = {"couplets": couplets, "failed": failed, "removed": removed}
    session.assign(settings)
    for at, delta in ((BEGUN - 86_400, healthy), (BEGUN, session.update_scan())):
        changes = reconcile(replica, delta, at=at)
        replica.commit(changes, replica.revision + 1)
        classes |= {one.name: one for one in delta.classes}
    scannable = Scannable(
        scannable_id=session.root_uid,
        plugin="simulated_site",
        class_name="SimulatedSite",
        settings=settings,
        epoch=1,
        holder="test",
        beat=NOW - 2,
        status={"phase": "ok", "version": 1, "at": NOW - 4, "error": "", "scan_seconds": 0.1},
    )
    return Site(
        now=NOW, view=view_of(replica, at=BEGUN + 1), scannables=(scannable,), classes=classes
    )


def view_in(site: Site) -> View:
    """Return the view of a site that has one."""
    return site.known
