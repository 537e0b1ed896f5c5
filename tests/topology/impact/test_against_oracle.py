"""Whatever the layout, the product answers as the oracle does."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from oracle import Document, UnsupportedCycle, judge
from strategies import FEWER, documents, storage_sites

from topology.errors import InvalidFile
from topology.evaluate import answer_of, checked_design_of, layout_of, with_failed
from topology.impact import Margins
from topology.impact import judge as judge_layout

UNSUPPORTED = "nothing outside holds up"


def answered(document: Document, *fail: str) -> dict[str, Any]:
    """Return what the product prints for a document and a hypothesis."""
    layout = layout_of(document)
    design = checked_design_of(layout, "the layout")
    failed = with_failed(layout, fail)
    judgement = judge_layout(failed, design)
    return answer_of(judgement, Margins(failed, design, judgement))


def assumed(document: Document, *fail: str) -> Document:
    """Return the document in which the hypothesis is fact."""
    return {
        **document,
        "resources": [
            {**one, "state": "FAILED"} if one["id"] in fail else one
            for one in document["resources"]
        ],
    }


def assert_same(document: Document, *fail: str) -> None:
    """Hold the product's answer against the oracle's, which is also that a cycle is refused."""
    try:
        expected = judge(assumed(document, *fail))
    except UnsupportedCycle:
        event("refused")
        with pytest.raises(InvalidFile, match=UNSUPPORTED):
            answered(document, *fail)
        return

    found = answered(document, *fail)

    assert expected["states"] == found["states"]
    assert expected["single_points"] == found["single_points"]
    assert ended(expected) == ended(found)
    assert expected["because"].keys() == found["because"].keys()
    for uid, causes in expected["because"].items():
        named = found["because"][uid]["root_causes"]
        assert named, f"{uid} has no root cause"
        assert set(named) <= causes


def ended(answer: dict[str, Any]) -> set[str]:
    return {uid for uid, margin in answer["margin"].items() if margin == 0}


@given(st.data())
def test_random_layouts_are_judged_by_the_definition(data: st.DataObject) -> None:
    """Layouts without cycles, as described and after any further failures."""
    document = data.draw(documents(cyclic=False))
    uids = [one["id"] for one in document["resources"]]

    assert_same(document)
    assert_same(document, *data.draw(st.lists(st.sampled_from(uids), max_size=3)))


@given(st.data())
def test_random_cycles_are_judged_by_the_definition(data: st.DataObject) -> None:
    """Cycles of series and of redundant links; those that nothing holds up are refused."""
    document = data.draw(documents(cyclic=True))
    uids = [one["id"] for one in document["resources"]]

    assert_same(document)
    assert_same(document, *data.draw(st.lists(st.sampled_from(uids), max_size=3)))


@FEWER
@given(st.data())
def test_random_storage_sites_are_judged_by_the_definition(data: st.DataObject) -> None:
    """RAID over shared enclosures, failover pairs and two paths: what a real site looks like."""
    document = data.draw(storage_sites())
    uids = [one["id"] for one in document["resources"]]

    assert_same(document, *data.draw(st.lists(st.sampled_from(uids), max_size=2)))


def test_every_hypothesis_about_a_small_site_is_judged_by_the_definition() -> None:
    """mirror of (a, b), a in e1, b in e2, served by s1 or s2."""
    pairs = ["e1 a", "e2 b", "a md", "b md", "md dev1", "md dev2", "s1 dev1", "s2 dev2"]
    pairs += ["dev1 ost", "dev2 ost"]
    links = [dict(zip(("from", "to"), pair.split(), strict=True)) for pair in pairs]
    uids = sorted({end for link in links for end in link.values()})
    document: Document = {
        "resources": [{"id": uid, "can_fail": uid not in {"md", "ost"}} for uid in uids],
        "links": links,
        "groups": [
            {"of": "md", "inputs": ["a", "b"], "tolerates": 1},
            {"of": "ost", "inputs": ["dev1", "dev2"], "needs": 1},
        ],
    }

    for failed in combinations_with_replacement(uids, 2):
        assert_same(document, *failed)


def test_a_series_cycle_is_one_thing_whatever_its_maps_make_of_partial() -> None:
    """b and d need each other and nothing else, so on the healthy site both are up."""
    assert_same(
        {
            "resources": [{"id": "b"}, {"id": "d"}],
            "links": [
                {"from": "b", "to": "d", "map": {"shift": 1}},
                {"from": "d", "to": "b", "map": {"table": {"PARTIAL": "CRITICAL"}}},
            ],
        }
    )


def test_an_uplink_lost_by_its_map_holds_no_switch_up_from_within_the_cycle() -> None:
    """x is only DEGRADED, but arrives at sw1 as FAILED; sw1 --> x is harmless, yet a cycle."""
    links: list[Document] = [
        {"from": "x", "to": "sw1", "map": {"fixed": "FAILED"}},
        {"from": "sw1", "to": "x", "map": {"cap": "DEGRADED"}},
        {"from": "sw1", "to": "sw2"},
        {"from": "sw2", "to": "sw1"},
        {"from": "y", "to": "sw2"},
    ]
    document: Document = {
        "resources": [
            {"id": "x", "state": "DEGRADED"},
            {"id": "y", "state": "FAILED"},
            {"id": "sw1"},
            {"id": "sw2"},
        ],
        "links": links,
        "groups": [
            {"of": "sw1", "inputs": ["x", "sw2"], "needs": 1},
            {"of": "sw2", "inputs": ["y", "sw1"], "needs": 1},
        ],
    }

    assert_same(document)
    assert {"low": "FAILED", "high": "FAILED"} == answered(document)["states"]["sw1"]


def test_what_lacks_members_is_a_root_cause_in_a_cycle_too() -> None:
    """i lacks two of three and c is the third, which needs i."""
    assert_same(
        {
            "resources": [{"id": "c"}, {"id": "i"}],
            "links": [{"from": "c", "to": "i"}, {"from": "i", "to": "c"}],
            "groups": [{"of": "i", "inputs": ["c"], "size": 3, "tolerates": 2}],
        }
    )


def test_trouble_that_grows_round_a_cycle_is_led_back_to_where_it_began() -> None:
    """d only weakens b; g makes that FAILED, and b gets it back."""
    document: Document = {
        "resources": [{"id": "b"}, {"id": "d", "state": "DEGRADED"}, {"id": "g"}],
        "links": [
            {"from": "d", "to": "b"},
            {"from": "b", "to": "g", "map": {"fixed": "FAILED"}},
            {"from": "g", "to": "b"},
        ],
    }

    assert_same(document)
    assert ["d"] == answered(document)["because"]["b"]["root_causes"]


def test_what_arms_a_rule_upstream_is_the_root_cause_of_a_new_single_point() -> None:
    """e is CRITICAL, so b would be the second of two: c CRITICAL, and a ended by its own rule."""
    document: Document = {
        "resources": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "e", "state": "CRITICAL"}],
        "links": [
            {"from": "b", "to": "c"},
            {"from": "e", "to": "c"},
            {"from": "c", "to": "a"},
        ],
        "groups": [
            {"of": "a", "inputs": ["c"], "rules": [rule(1, "DEGRADED", "PARTIAL")]},
            {"of": "c", "inputs": ["b", "e"], "rules": [rule(2, "CRITICAL", "CRITICAL")]},
        ],
    }

    assert_same(document)
    assert ["e"] == answered(document)["because"]["a"]["root_causes"]


def rule(count: int, at: str, gives: str) -> Document:
    return {"count": count, "at": at, "gives": gives}
