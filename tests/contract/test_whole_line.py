"""From a plugin's scan to the state of a Lustre filesystem, through each engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest
from store_engines import emptied

from plugin_runtime.loading.loader import load_plugin
from plugin_runtime.session.session import Session
from plugin_runtime.testing import FakeClock
from topology.delta import Delta
from topology.errors import DeltaRejected, LeaseLost
from topology.graph.follower import Follower
from topology.graph.replica import Replica
from topology.ingest.ingest import Ingest
from topology.ingest.reconcile import reconcile
from topology.live.live_topology import LiveTopology, view_of
from topology.live.view import View
from topology.publishing.publisher import publish_states
from topology.report import rule_words
from topology.state import EXACTLY, State
from topology.store.graph_store import GraphStore
from topology.store.holder import Holder
from topology.store.values import Lease

DISK = "couplet0-enc1-slot03"
ENCLOSURE = "couplet0-enc1"


class Site:
    """A simulated site, its session and its lease on a store."""

    def __init__(self, store: GraphStore, settings: Mapping[str, object] | None = None) -> None:
        plugin = load_plugin("simulated_site")
        root_class = plugin.root_class("SimulatedSite")
        self.session = Session(plugin.plugin_class, root_class, settings or {})
        self.scannable_id = self.session.root_uid
        store.add_scannable(
            self.scannable_id, plugin=plugin.name, class_name="SimulatedSite", settings={}
        )
        self.lease: Lease = store.take_lease(self.scannable_id, "first")
        self.ingest = Ingest(store)
        self.revision = self.ingest.apply(self.session.initial_scan(), self.lease)

    def set(self, **settings: object) -> int:
        """Assign settings, scan, and apply what changed; return the revision."""
        delta = self.session.assign(settings).then(self.session.update_scan())
        self.revision = self.ingest.apply(delta, self.lease)
        return self.revision


@pytest.fixture(params=["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest) -> GraphStore:
    return emptied(request.getfixturevalue(request.param))


@pytest.fixture
def site(store: GraphStore) -> Site:
    return Site(store)


def view(store: GraphStore) -> View:
    return LiveTopology(store).refresh()


def words(of: View) -> dict[str, str]:
    return {of.name(uid): state.word for uid, state in of.judgement.states.items()}


def test_a_failed_disk_is_seen_from_the_lustre_page(store: GraphStore, site: Site) -> None:
    """disk -> pool -> LUN -> path -> device -> OST -> filesystem; the enclosures are exposed."""
    site.set(failed=DISK)

    seen = view(store)

    scratch = seen.find("scratch")
    assert EXACTLY[State.CRITICAL] == seen.state(scratch)
    assert {f"couplet0-enc{number}" for number in (0, 2, 3, 4)} == {
        seen.name(uid) for uid in seen.single_points(scratch).new
    }


@pytest.mark.parametrize("part", [DISK, ENCLOSURE, "couplet0-ctrl0", "oss0", "switch1"])
def test_a_part_that_is_pulled_is_as_lost_as_one_that_failed(
    store: GraphStore, site: Site, part: str
) -> None:
    """Every state and every single point, of every resource."""
    site.set(failed=part, removed="")
    failed = view(store)

    site.set(failed="", removed=part)

    pulled = view(store)
    assert words(failed) == words(pulled)
    assert failed.judgement.single_points == pulled.judgement.single_points
    assert pulled.resources[pulled.find(part)].missing_since is not None


def test_what_is_put_back_leaves_no_trace(store: GraphStore, site: Site) -> None:
    """Pull an enclosure and put it back: the graph is as before, but for the journal."""
    before = view(store)
    site.set(removed=ENCLOSURE)

    site.set(removed="")

    after = view(store)
    assert words(before) == words(after)
    assert before.layout == after.layout


def test_a_scan_that_says_nothing_new_writes_nothing(store: GraphStore, site: Site) -> None:
    """The revision stays where it is."""
    again = Ingest(store).apply(site.session.initial_scan(), site.lease)

    assert site.revision == again == store.revision()


def test_a_process_that_starts_later_reads_what_one_that_followed_knows(
    store: GraphStore, site: Site
) -> None:
    """The feed and the whole read agree to the last field, and so does reconciling in memory."""
    follower = Follower(store)
    follower.catch_up()
    site.set(failed=DISK)
    site.set(failed="", removed=f"{ENCLOSURE},oss0")
    site.set(removed="", predicted="couplet1-ctrl1")

    followed = follower.catch_up()

    revision, read = store.read()
    assert (revision, read) == (followed.revision, dict(followed.resources))
    fresh = Replica()
    delta = site.session.initial_scan()
    fresh.commit(reconcile(fresh, delta, at=0.0), 1)
    assert words(view_of(fresh, at=0.0)) == words(view(store))


def test_two_runtimes_with_a_scope_each_lose_nothing_to_each_other(
    store: GraphStore, site: Site
) -> None:
    """Each works its changes out again when the other was first."""
    other = Site(store, {"name": "home"})
    errors: list[BaseException] = []

    def churn(one: Site, disk: str) -> None:
        try:
            for _ in range(5):
                one.set(failed=disk)
                one.set(failed="")
            one.set(failed=disk)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=churn, args=(one, DISK)) for one in (site, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    seen = view(store)
    assert {"CRITICAL"} == {seen.state(uid).word for uid in seen.filesystems}


def test_a_runtime_that_lost_its_scope_is_refused_whole(store: GraphStore, site: Site) -> None:
    """The epoch moved on: nothing of the late report is written."""
    store.take_lease(site.scannable_id, "second")
    before = store.read()

    with pytest.raises(LeaseLost, match="does not hold scope"):
        site.set(failed=DISK)

    assert before == store.read()


def test_a_class_name_that_another_plugin_has_given_is_refused(
    store: GraphStore, site: Site
) -> None:
    """One label, one meaning."""
    delta = site.session.initial_scan()
    stranger = next(one for one in delta.classes if one.name == "SimulatedPool")
    changed = replace(delta, classes=(replace(stranger, plugin="stranger"),))

    with pytest.raises(DeltaRejected, match="declares a class 'SimulatedPool', a name that plugin"):
        site.ingest.apply(changed, site.lease)


class Rounds(threading.Event):
    """Stops after some rounds, before each of which it does a step that `live` hears of."""

    def __init__(self, live: LiveTopology, *steps: Callable[[], object]) -> None:
        super().__init__()
        self._live = live
        self._steps = list(steps)

    def wait(self, timeout: float | None = None) -> bool:
        if not self._steps:
            return True
        self._steps.pop(0)()
        self._live.refresh()
        return False


def test_what_went_and_came_back_between_two_rounds_is_published_again(
    store: GraphStore, site: Site
) -> None:
    """It is a new node, though its state is the one that was published."""

    def go_and_come_back() -> None:
        gone = Delta(site.session.scope, is_complete=True, is_final=True)
        site.ingest.apply(gone, site.lease)
        site.ingest.apply(site.session.initial_scan(), site.lease)

    live = LiveTopology(store)
    rounds = Rounds(live, lambda: None, go_and_come_back)
    publish_states(live, store, rounds, holder=Holder(store, "this process"))

    assert ((0,),) == store.query("MATCH (r:Resource) WHERE r.state IS NULL RETURN count(r)").rows


def test_what_a_silent_runtime_reported_turns_unknown_and_stays(
    store: GraphStore, site: Site
) -> None:
    """Its last scan is 61 s old; with the next one everything is as it was, without being said."""
    clock = FakeClock()
    before = words(view(store))
    seen: list[tuple[dict[str, str], int]] = []

    def heard() -> None:
        status = {"phase": "ok", "heard_at": clock.now, "period_seconds": 10}
        store.report_status(site.scannable_id, status, epoch=site.lease.epoch)

    def look() -> None:
        rows = store.query("MATCH (r:Resource) RETURN r.label, r.state, r.own_state").rows
        seen.append(
            (
                {str(label): str(state) for label, state, _ in rows},
                sum(own == "UNKNOWN" for *_, own in rows),
            )
        )

    silence = partial(clock.advance, 61)
    steps = (heard, look, silence, lambda: None, look, heard, lambda: None, look)
    live = LiveTopology(store, clock=clock)
    holder = Holder(store, "this process")
    publish_states(live, store, Rounds(live, *steps), holder=holder, clock=clock)

    assert [(before, 0), (dict.fromkeys(before, "UNKNOWN"), len(before)), (before, 0)] == seen


def test_of_what_a_silent_runtime_reported_is_said_since_when_it_was_not_heard(
    store: GraphStore, site: Site
) -> None:
    """Its runtime was killed; the reader of any page or answer is told what to look after."""
    clock = FakeClock(1_790_000_000.0)
    status = {"phase": "ok", "heard_at": clock.now, "period_seconds": 10}
    store.report_status(site.scannable_id, status, epoch=site.lease.epoch)
    live = LiveTopology(store, clock=clock)
    live.refresh()
    clock.advance(61)

    seen = live.refresh()

    said = "Simulated site scratch has not been heard of since 2026-09-21 14:13 UTC"
    assert said == rule_words(seen, seen.find("scratch"))


def test_published_states_are_those_of_the_answer_and_change_no_revision(
    store: GraphStore, site: Site
) -> None:
    """What operators ask for is what the pages show."""
    site.set(failed=DISK)
    live = LiveTopology(store, period_seconds=0.01)
    live.start()
    stopping = threading.Event()
    publisher = threading.Thread(
        target=publish_states,
        args=(live, store, stopping),
        kwargs={"holder": Holder(store, "this process"), "period_seconds": 0.01},
    )
    publisher.start()
    asked = "MATCH (r:Resource) WHERE r.state_revision = $revision RETURN r.uid, r.state"

    found: dict[str, str] = {}
    pause = threading.Event()
    for _ in range(2_000):
        rows = store.query(asked, {"revision": site.revision}).rows
        found = {str(uid): str(state) for uid, state in rows}
        if len(found) == len(store.read()[1]):
            break
        pause.wait(0.01)
    stopping.set()
    publisher.join()
    live.stop()

    assert found == {uid: one.word for uid, one in view(store).judgement.states.items()}
    assert site.revision == store.revision()
