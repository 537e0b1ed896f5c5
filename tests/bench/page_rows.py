"""What each page costs a process that answers from a large site, beside a bare Flask route."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measuring import Row, alone, resident_mb, row, seconds
from flask import Flask
from web_sites import NOW, FakeJournal

from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.testing import FakeClock, session_of
from topology.graph.replica import Replica
from topology.ingest.reconcile import reconcile
from topology.live.live_topology import view_of
from topology.live.view import View
from topology.report import incidents_of
from web.app import create_app
from web.site import Site

_BROKEN = "couplet0-enc1", "couplet0-enc2-slot03"
"""An enclosure, and a disk beside it."""


def page_rows() -> Iterator[Row]:
    """Measure every page of the simulated site of 4,000 OSTs; nothing is stored."""
    site = _reference_site()
    view = site.known
    client = create_app(lambda: site).test_client()
    yield alone(f"{len(view.resources):,} resources", f"{resident_mb():,.0f} MB", "")
    bare_app = Flask("bare")
    bare_app.add_url_rule("/", view_func=lambda: "ok")
    bare = bare_app.test_client()
    beside = seconds(lambda: bare.get("/"), times=50)
    for name, address in _pages(view):
        answer = client.get(address)  # what is worked out once is not the page's
        size = f"{name}, {len(answer.data) / 1000:,.0f} kB"
        if answer.status_code != 200:
            raise ValueError(f"{address} answered {answer.status}")
        yield row(size, seconds(lambda address=address: client.get(address)), "bare route", beside)  # type: ignore[misc]


def _reference_site() -> Site:
    session = session_of(
        SimulatedSitePlugin,
        SimulatedSite(site="reference", failed=",".join(_BROKEN)),
        clock=FakeClock(NOW),
    )
    delta = session.initial_scan()
    replica = Replica()
    replica.commit(reconcile(replica, delta, at=NOW), 1)
    return Site(
        now=NOW,
        view=view_of(replica, at=NOW),
        classes={one.name: one for one in delta.classes},
        journal=FakeJournal(),
    )


def _pages(view: View) -> Iterator[tuple[str, str]]:
    enclosure, disk = map(view.find, _BROKEN)
    (filesystem,) = view.filesystems
    name = view.name(filesystem)
    controller = view.find("couplet0-ctrl0")
    yield "Now", "/"
    for incident in incidents_of(view):
        cause = view.name(incident.cause)
        yield f"Incident of {cause}", f"/incidents/{incident.incident_id}"
        yield "its table", f"/incidents/{incident.incident_id}?view=table"
    yield "Filesystem", f"/fs/{name}"
    yield "Resource, the filesystem", f"/r/{filesystem}"
    yield "Resource, a disk", f"/r/{disk}"
    yield "Search", "/resources?q=slot03"
    yield "Search by class", "/resources?class=PhysicalDisk"
    yield "Explore down from an enclosure", f"/explore?root={enclosure}"
    yield "Explore up from the filesystem", f"/explore?root={filesystem}&dir=up"
    yield "Hardware", "/hw"
    yield "Hardware, an enclosure", f"/hw/{_BROKEN[0]}"
    yield "Events", "/events"
    yield "What if a disk fails", f"/whatif?fail={view.find('couplet0-enc3-slot03')}"
    yield "What if an enclosure is pulled", f"/whatif?service={view.find('couplet1-enc0')}"
    yield "What if a controller fails", f"/whatif?fail={controller}"
    yield "What if all is repaired", f"/whatif?repair={enclosure},{disk}"
