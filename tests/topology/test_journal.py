"""The journal leads forward and back: what an event does, it undoes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from graph import EAST, WEST, Graph, claim
from hypothesis import given
from hypothesis import strategies as st

from topology.delta import Change, Changes
from topology.gates import Group, InputMap, Needs, Rule, Rules, Tolerates
from topology.graph.replica import Replica
from topology.journal import ORDINALS, events_of, merge_patch, patched, redo, undo
from topology.json_form import resource_from_json, resource_to_json
from topology.model import Alert, Claim, Input, LinkKind, Provision, Resource
from topology.state import EXACTLY, UNKNOWN, State

SCALARS = st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False))
FORMS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.text(),
    st.recursive(
        SCALARS | st.lists(SCALARS), lambda inner: st.dictionaries(st.text(), inner), max_leaves=10
    ),
)
EVERYTHING = Resource(
    uid="pool",
    claims={
        "array/east": Claim(
            classes=("Raid6Pool", "StoragePool"),
            label="pool 7",
            attributes={"name": "p\u202e7", "size": 2**62, "ratio": 0.5, "is_spare": True},
            own_state=UNKNOWN,
            can_fail=False,
            is_service=True,
            groups=(
                Group("disks", Tolerates(2), size=10, of=("Disk",)),
                Group("paths", Needs(1), cap=State.DEGRADED),
                Group(
                    "rules",
                    Rules((Rule("percent", Fraction(58), State.FAILED, State.CRITICAL),)),
                    weights={"d1": Fraction(1, 3)},
                ),
            ),
            inputs=(
                Input("d1", groups=("disks",), out_of_sync=("disks",)),
                Input("e1", LinkKind.AFFECTS, map=InputMap.capped(State.DEGRADED)),
            ),
            provides=(Provision("scsi_serial", "6001"),),
            alerts=(Alert("hot", "warning", "pool 7 is hot", 12.5),),
        ),
        "array/west": claim("StoragePool", parents=["d2"]),
    },
    joined=(Input("lun", LinkKind.PROVIDES, via="scsi_serial=60 01=x"),),
    most={"disks": 10},
    missing_since=3.5,
    own_since=1.0,
    own_revision=7,
    alias="the big one",
)


@given(FORMS, FORMS)
def test_a_merge_patch_leads_from_one_form_to_the_other(
    source: dict[str, Any], target: dict[str, Any]
) -> None:
    """RFC 7386, for JSON without nulls."""
    assert target == patched(source, merge_patch(source, target))


def test_a_resource_survives_its_json_form_whole() -> None:
    """Every field of every part comes back equal."""
    assert EVERYTHING == resource_from_json("pool", resource_to_json(EVERYTHING))


def test_each_event_is_numbered_in_its_revision() -> None:
    """seq = revision * 2^20 + ordinal."""
    changes = Changes(
        base=6, at=5.0, changes=(Change("a", None, EVERYTHING), Change("b", EVERYTHING, None))
    )

    events = events_of(changes, 7)

    assert [7 * ORDINALS, 7 * ORDINALS + 1] == [event.seq for event in events]
    assert ["added", "removed"] == [event.kind for event in events]


def test_a_replica_that_follows_the_journal_is_the_graph_and_undoing_it_gives_the_past() -> None:
    """Add, change, vanish, return, remove: forward it equals the graph, backward each past."""
    disks = Group("disks", Tolerates(1), of=("PhysicalDisk",))
    pool = claim(
        "StoragePool", parents=["a", "b"], of={"a": "disks", "b": "disks"}, groups=(disks,)
    )
    graph, follower = Graph(), Replica()
    past = [dict(graph.replica.resources)]
    journal = []
    for reported, scope in (
        ({"a": claim(), "b": claim(), "pool": pool}, EAST),
        ({"a": claim(own=EXACTLY[State.FAILED], alerts=(Alert("x", "error", "x", 1.0),))}, WEST),
        ({"b": claim(label="renamed"), "pool": pool}, EAST),
        ({"a": claim(), "pool": pool}, EAST),
    ):
        changes = graph.report(reported, scope=scope, is_complete=True)
        step = Changes(base=0, at=graph.now, changes=changes)
        journal.append(events_of(step, graph.replica.revision))
        past.append(dict(graph.replica.resources))

    for events, then in zip(journal, past[1:], strict=True):
        follower.follow(events)
        assert then == follower.resources
    for events, before in zip(reversed(journal), reversed(past[:-1]), strict=True):
        for event in reversed(events):
            follower.put(event.uid, undo(event, follower.get(event.uid)))
        assert before == follower.resources


def test_redoing_an_event_from_nothing_gives_the_added_resource() -> None:
    """An added event holds everything."""
    (event,) = events_of(Changes(base=0, at=1.0, changes=(Change("pool", None, EVERYTHING),)), 1)

    assert EVERYTHING == redo(event, None)
    assert undo(event, EVERYTHING) is None
