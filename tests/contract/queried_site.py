"""The site that operators' queries are tried on: simulated, in trouble, alike on every engine."""

from __future__ import annotations

import time

from contract.resources import resource
from store_engines import Writer, emptied

from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.testing import FakeClock, session_of
from topology.delta import Change, Changes
from topology.graph.replica import Replica
from topology.ingest.reconcile import reconcile
from topology.live.live_topology import view_of
from topology.live.view import View
from topology.publishing.published import published_of
from topology.store.graph_store import GraphStore
from topology.store.values import PUBLISHER

NOW = time.time()
HEALTHY_AT = NOW - 2 * 86_400
BROKEN_AT = NOW - 60.0
"""When its trouble began, epoch seconds; before that it was scanned once, healthy."""
TROUBLE = {
    "failed": "couplet0-enc1-slot03,couplet1-enc2,oss1",
    "predicted": "couplet0-enc3-slot01",
    "rebuilding": "couplet0-enc4-slot00",
    "removed": "couplet0-enc0-slot02",
}
SPARE = (resource("spare-1"), resource("lun-spare", "LogicalDrive"))
"""What nothing depends on."""


def fill(store: GraphStore) -> View:
    """Make `store` hold the site, its history and its published states; return how it is judged."""
    writer = Writer(emptied(store))
    root = SimulatedSite(couplets=2, osts=3)
    session = session_of(SimulatedSitePlugin, root, clock=FakeClock(BROKEN_AT))
    store.add_scannable(
        session.root_uid, plugin="simulated_site", class_name="SimulatedSite", settings={}
    )
    lease = store.take_lease(session.root_uid, "runtime-1")
    replica = Replica()
    healthy = session.initial_scan()
    broken = session.assign({"couplets": 2, "osts": 3, **TROUBLE}).then(session.update_scan())
    for at, delta in ((HEALTHY_AT, healthy), (BROKEN_AT, broken)):
        changes = reconcile(replica, delta, at=at)
        replica.commit(changes, store.commit(changes, lease))
    store.report_status(session.root_uid, {"phase": "failing", "at": NOW}, epoch=lease.epoch)
    spare = [Change(one.uid, None, one) for one in SPARE]
    store.commit(Changes(base=store.revision(), at=BROKEN_AT, changes=tuple(spare)), writer.lease)
    revision, resources = store.read()
    view = view_of(Replica(resources.values(), revision=revision), at=NOW)
    store.publish(published_of(view), revision, store.take_lease(PUBLISHER, "serve-1"))
    return view
