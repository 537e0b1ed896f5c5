"""Any store against a plain dictionary: the same deltas, in any order, the same answers.

The rules are those of a store's life: scopes report, take back, lose their lease and end; processes
follow, fall behind, start anew; history is asked and forgotten. The model knows nothing of Bolt.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from graph import claim
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from store_engines import emptied

from topology.delta import Delta
from topology.errors import DeltaRejected, HistoryForgotten, LeaseLost
from topology.exchange.forms import exported
from topology.exchange.whole_graph import graph_from
from topology.graph.follower import Follower
from topology.graph.past import replica_at
from topology.graph.replica import Replica
from topology.graph.slices import SlicedGraph
from topology.ingest.ingest import Ingest
from topology.ingest.reconcile import reconcile
from topology.model import Claim, Resource, Scope
from topology.state import EXACTLY, OK, State
from topology.store.graph_store import GraphStore
from topology.store.values import PUBLISHER, Lease

SCOPES = (Scope("array", "east"), Scope("smart", "west"))
UIDS = ("disk-0", "disk-1", "disk-2", "pool", "lun")
CLASSES = {"disk": ("HardDrive", "SmartDisk"), "pool": ("StoragePool",), "lun": ("LogicalDrive",)}
EXAMPLES = 60 if os.environ.get("TOPOLOGY_TEST_FAULTS") == "all" else 4


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Claim]:
    """Draw what a scope may say: some resources, each built from some of those before it."""
    said: dict[str, Claim] = {}
    for uid in draw(st.lists(st.sampled_from(UIDS), max_size=4, unique=True).map(sorted)):
        kind = uid.partition("-")[0]
        said[uid] = claim(
            draw(st.sampled_from(CLASSES[kind])),
            parents=draw(st.lists(st.sampled_from(sorted(said)), unique=True)) if said else (),
            own=draw(st.sampled_from([OK, EXACTLY[State.FAILED]])),
            provides=draw(st.sampled_from(["", "5000"])) if kind == "disk" else "",
            subscribes=draw(st.sampled_from(["", "5000"])) if kind == "lun" else "",
            label=draw(st.sampled_from(["", "a", "ü"])),
        )
    return said


class StoreMachine(RuleBasedStateMachine):
    """One store and its model, which are to say the same after every step."""

    store: GraphStore

    def __init__(self) -> None:
        super().__init__()
        emptied(self.store)
        self.now = 1000.0
        self.model = Replica()
        self.pictures: list[tuple[float, dict[str, Resource]]] = [(0.0, {})]
        self.forgotten_at = 0.0
        self.ingest = Ingest(self.store, clock=lambda: self.now)
        self.follower = Follower(self.store)
        self.leases: dict[Scope, Lease] = {}
        for scope in SCOPES:
            self.store.add_scannable(
                scope.scannable, plugin=scope.plugin, class_name="Array", settings={}
            )
            self.leases[scope] = self.store.take_lease(scope.scannable, "first")

    @rule(
        scope=st.sampled_from(SCOPES),
        said=claims(),
        is_complete=st.booleans(),
        removed=st.frozensets(st.sampled_from(UIDS), max_size=2),
    )
    def report(
        self,
        scope: Scope,
        said: dict[str, Claim],
        is_complete: bool,
        removed: frozenset[str],
    ) -> None:
        self._apply(
            Delta(
                scope,
                reported=said,
                removed=frozenset() if is_complete else removed - said.keys(),
                is_complete=is_complete,
            )
        )

    @rule(scope=st.sampled_from(SCOPES))
    def end(self, scope: Scope) -> None:
        self._apply(Delta(scope, is_complete=True, is_final=True))

    @rule(scope=st.sampled_from(SCOPES), said=claims())
    def report_after_the_lease_was_lost(self, scope: Scope, said: dict[str, Claim]) -> None:
        late = self.leases[scope]
        self.leases[scope] = self.store.take_lease(scope.scannable, "next")
        delta = Delta(scope, reported=said)
        try:
            changes = reconcile(self.model, delta, at=self.now)
        except DeltaRejected:
            return
        if changes.changes:
            with pytest.raises(LeaseLost):
                self.ingest.apply(delta, late)

    @rule()
    def another_process_goes_on(self) -> None:
        self.ingest = Ingest(self.store, clock=lambda: self.now)

    @rule()
    def follow(self) -> None:
        replica = self.follower.catch_up()
        assert self.model.resources == replica.resources

    @precondition(lambda self: len(self.pictures) > 2)
    @rule(data=st.data())
    def ask_the_past(self, data: st.DataObject) -> None:
        at, picture = data.draw(st.sampled_from(self.pictures))
        if at < self.forgotten_at:
            with pytest.raises(HistoryForgotten):
                replica_at(self.store, at)
        else:
            assert picture == replica_at(self.store, at).resources

    @precondition(lambda self: len(self.pictures) > 4)
    @rule()
    def forget(self) -> None:
        before = self.pictures[len(self.pictures) // 2][0]
        lease = self.store.take_lease(PUBLISHER, "keeper")
        while self.store.forget_events(before, lease):
            pass
        older = [at for at, _ in self.pictures if 0 < at < before]
        self.forgotten_at = max(older, default=self.forgotten_at)

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        revision, resources = self.store.read()
        assert (self.model.revision, self.model.resources) == (revision, resources)

    def teardown(self) -> None:
        graph: Any = graph_from("".join(exported(self.store, "jsonl")), "it")
        assert self.model.resources == graph.resources
        sliced = {one.uid: one for one in SlicedGraph(self.store).resources()}
        assert self.model.resources == sliced

    def _apply(self, delta: Delta) -> None:
        self.now += 1
        try:
            changes = reconcile(self.model, delta, at=self.now)
        except DeltaRejected:
            with pytest.raises(DeltaRejected):
                self.ingest.apply(delta, self.leases[delta.scope])
            return
        if changes.changes:
            self.model.commit(changes, self.model.revision + 1)
            self.pictures.append((self.now, dict(self.model.resources)))
        for _ in range(2):  # the second time it changes nothing
            revision = self.ingest.apply(delta, self.leases[delta.scope])
            assert self.model.revision == revision


@pytest.mark.parametrize(
    "engine", ["embedded_store", pytest.param("neo4j_store", marks=pytest.mark.neo4j)]
)
def test_a_store_answers_as_a_dictionary_would(engine: str, request: pytest.FixtureRequest) -> None:
    """Whatever is done to both, and in whatever order."""
    StoreMachine.store = request.getfixturevalue(engine)

    run_machine(
        StoreMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
