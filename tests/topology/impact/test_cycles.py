"""Cycles: nobody holds up himself, and what shares a fate shares it."""

from __future__ import annotations

import pytest
from builders import ended_by, group, topology_of, troubled, words

from topology.gates import InputMap, Needs
from topology.impact import design_of, judge, path
from topology.state import State

TWO_SWITCHES = topology_of(
    """
    up1 sw2 --> sw1
    up2 sw1 --> sw2
    sw1 sw2 --> host
    """,
    gates={"sw1": Needs(1), "sw2": Needs(1), "host": Needs(1)},
    components="sw1 sw2 host",
)

STACK = topology_of("power --> a --> b --> c --> a", components="a b c")


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ("", ["OK", "OK", "OK"]),
        ("up1", ["CRITICAL", "CRITICAL", "CRITICAL"]),
        ("up1 up2", ["FAILED", "FAILED", "FAILED"]),
    ],
)
def test_two_switches_do_not_keep_each_other_up(failed: str, expected: list[str]) -> None:
    """Each has its uplink or the other; once both uplinks are gone nothing is left."""
    judgement = judge(troubled(TWO_SWITCHES, failed))

    assert expected == words(judgement, "sw1 sw2 host")


def test_the_last_uplink_is_a_single_point_of_all_behind_it() -> None:
    """up1 has failed: sw1 lives on sw2, and both on up2."""
    judgement = judge(troubled(TWO_SWITCHES, "up1"))

    assert {"sw1", "sw2", "up2"} == ended_by(judgement, "sw1")
    assert {"host", "sw2", "up2"} == ended_by(judgement, "host")


def test_both_uplinks_are_the_root_causes_in_a_cycle() -> None:
    """The because-of links run in a circle and still lead to what has failed."""
    judgement = judge(troubled(TWO_SWITCHES, "up1 up2"))

    assert ("up1", "up2") == judgement.because["host"].root_causes
    assert ("up1", "sw1", "host") == path(judgement, "up1", "host")


def test_a_series_in_a_circle_shares_one_fate() -> None:
    """power --> a --> b --> c --> a: any of them takes all three with it."""
    judgement = judge(troubled(STACK, "b"))

    assert ["FAILED", "FAILED", "FAILED"] == words(judgement, "a b c")
    assert ("b",) == judgement.because["a"].root_causes
    assert ("b", "c", "a") == path(judgement, "b", "a")


def test_a_circle_of_series_is_up_when_nothing_is_wrong() -> None:
    """Sharing a fate is not being down; all four end each of the three."""
    judgement = judge(STACK)

    assert ["OK", "OK", "OK"] == words(judgement, "a b c")
    assert {"a", "b", "c", "power"} == ended_by(judgement, "c")


def test_what_cannot_pass_makes_no_shared_fate() -> None:
    """The way back is capped below PARTIAL, so b never pulls a down."""
    layout = topology_of(
        "a --> b --> a", components="a b", maps={"a": {"b": InputMap.capped(State.CRITICAL)}}
    )

    judgement = judge(troubled(layout, "b"))

    assert ["DEGRADED", "FAILED"] == words(judgement, "a b")
    assert {"a"} == ended_by(judgement, "a")


def test_a_fate_may_be_shared_at_partial_and_not_at_failed() -> None:
    """The way back is capped at PARTIAL: b's failure takes a part of a, not the whole."""
    layout = topology_of(
        "a --> b --> a", components="a b", maps={"a": {"b": InputMap.capped(State.PARTIAL)}}
    )

    judgement = judge(troubled(layout, "b"))

    assert ["PARTIAL", "FAILED"] == words(judgement, "a b")


def test_lesser_trouble_goes_round_a_cycle_and_ends() -> None:
    """A weak supply is felt by all three, once."""
    judgement = judge(troubled(STACK, own={"power": State.DEGRADED}))

    assert ["DEGRADED", "DEGRADED", "DEGRADED"] == words(judgement, "a b c")
    assert ("power",) == judgement.because["c"].root_causes


def test_the_reason_in_a_cycle_is_the_input_nearest_to_the_fault() -> None:
    """a fails with b, b with a or c, c with the fault: a must not be blamed on itself."""
    layout = topology_of(
        """
        fault --> z
        z --> y --> a --> z
        b --> a --> b
        """
    )

    judgement = judge(troubled(layout, "fault"))

    for uid in ("z", "y", "a", "b"):
        assert ("fault",) == judgement.because[uid].root_causes
        assert "fault" == path(judgement, "fault", uid)[0]


def test_a_cycle_that_nothing_holds_up_is_named_and_shares_its_fate() -> None:
    """Three that each need one of the others: up only because they are assumed to be."""
    layout = topology_of(
        "b c --> a\na c --> b\na b --> c",
        gates={"a": Needs(1), "b": Needs(1), "c": Needs(1)},
        components="a b c",
    )

    design = design_of(layout)

    assert (frozenset("abc"),) == design.order.cycles[0].unsupported[State.FAILED]
    assert ["OK", "OK", "OK"] == words(judge(layout, design), "a b c")
    assert ["FAILED", "FAILED", "FAILED"] == words(judge(troubled(layout, "b"), design), "a b c")


def test_a_member_out_of_sync_in_a_cycle_counts_as_failed() -> None:
    """Sharing a fate does not put a member back in sync."""
    layout = topology_of("a --> b --> a", groups={"b": [group("a", out_of_sync="a")]})

    judgement = judge(layout)

    assert ["FAILED", "FAILED"] == words(judgement, "a b")
    assert ("a",) == judgement.because["b"].root_causes


def test_trouble_that_grows_round_a_cycle_began_at_the_lesser_trouble() -> None:
    """a makes more of b's trouble and b of a's: a was merely weak."""
    layout = topology_of(
        "a --> b --> a",
        maps={"a": {"b": InputMap.shifted(1)}, "b": {"a": InputMap.shifted(1)}},
    )

    judgement = judge(troubled(layout, own={"a": State.DEGRADED}))

    assert ["FAILED", "FAILED"] == words(judgement, "a b")
    assert ("a",) == judgement.because["b"].root_causes
