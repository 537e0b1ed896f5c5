"""Because of what, by which rule, and where it began."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from builders import group, topology_of, troubled

from topology.errors import ResourceNotFound
from topology.gates import InputMap, Needs, Rule, Rules, Tolerates
from topology.impact import Because, judge, path, services_ended_by
from topology.state import State

POOL = topology_of("d{0..9} --> pool --> lun", gates={"pool": Tolerates(2)})


def said(because: Because) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the rule in words, the inputs and the root causes."""
    return str(because.rule), because.inputs, because.root_causes


def test_a_failed_disk_and_what_its_pool_tolerates_are_the_reason() -> None:
    """One of ten has failed, and one more may."""
    judgement = judge(troubled(POOL, "d4"))

    assert ("1 of 10 failed, tolerates 2", ("d4",), ("d4",)) == said(judgement.because["pool"])
    assert ("1 of 1 weak, needs it", ("pool",), ("d4",)) == said(judgement.because["lun"])


def test_no_more_inputs_are_named_than_force_the_state() -> None:
    """Three failed disks end the pool; the fourth and fifth add nothing."""
    judgement = judge(troubled(POOL, "d9 d7 d5 d3 d1"))

    assert ("d1", "d3", "d5") == judgement.because["pool"].inputs
    assert "5 of 10 failed, tolerates 2" == str(judgement.because["pool"].rule)


def test_the_worst_input_is_named_before_the_first_by_id() -> None:
    """A series is as bad as its worst input."""
    layout = topology_of("a b c --> v")

    judgement = judge(troubled(layout, "c", own={"a": State.PARTIAL, "b": State.DEGRADED}))

    assert ("2 of 3 failed, needs all", ("c",), ("c",)) == said(judgement.because["v"])


def test_own_trouble_as_bad_as_any_input_needs_no_input_as_reason() -> None:
    """The lun itself has failed, and so has its pool."""
    judgement = judge(troubled(POOL, "lun d0 d1 d2"))

    assert ("its own state is FAILED", (), ("lun",)) == said(judgement.because["lun"])


def test_a_shared_root_cause_is_named_once() -> None:
    """power --> e0, e1 --> four disks --> pool: one fault on two ways."""
    layout = topology_of(
        """
        power --> e0 --> d0 d1
        power --> e1 --> d2 d3
        d{0..3} --> pool
        """,
        gates={"pool": Tolerates(1)},
    )

    judgement = judge(troubled(layout, "power"))

    assert ("power",) == judgement.because["pool"].root_causes
    assert ("power", "e0", "d0", "pool") == path(judgement, "power", "pool")


def test_two_causes_of_one_symptom_are_both_named_worst_first() -> None:
    """A failed server and a weak pool meet in one target."""
    layout = topology_of(
        "s0 s1 pool --> target",
        groups={"target": [group("s0 s1", Needs(1)), group("pool")]},
    )

    judgement = judge(troubled(layout, "s0", own={"pool": State.CRITICAL}))

    assert "pool, s1 each end it now" == str(judgement.because["target"].rule)
    assert ("s0", "pool") == judgement.because["target"].inputs
    assert ("s0", "pool") == judgement.because["target"].root_causes


def test_an_unknown_own_state_is_a_root_cause() -> None:
    """The reason is told for the worse end of the interval."""
    judgement = judge(troubled(POOL, "d0 d1", unknown="d2"))

    assert ("its own state is UNKNOWN", (), ("d2",)) == said(judgement.because["d2"])
    assert ("d0", "d1", "d2") == judgement.because["pool"].root_causes


def test_the_lack_of_members_begins_at_the_part_that_lacks_them() -> None:
    """Nobody reports three of ten disks: there is no disk to name."""
    layout = topology_of(
        "d{0..6} --> pool --> lun",
        groups={"pool": [group("d{0..6}", Tolerates(2), size=10)]},
    )

    judgement = judge(layout)

    assert "3 of 10 failed (3 missing), tolerates 2" == str(judgement.because["pool"].rule)
    assert () == judgement.because["pool"].inputs
    assert ("pool",) == judgement.because["lun"].root_causes
    assert ("pool", "lun") == path(judgement, "pool", "lun")


def test_failed_members_are_named_beside_those_that_are_missing() -> None:
    """Of ten, one is not reported and one has failed; three may be lost."""
    layout = topology_of(
        "d{0..8} --> pool", groups={"pool": [group("d{0..8}", Tolerates(3), size=10)]}
    )

    judgement = judge(troubled(layout, "d4"))

    reason = ("2 of 10 failed (1 missing), tolerates 3", ("d4",), ("d4", "pool"))
    assert reason == said(judgement.because["pool"])


def test_a_rule_gate_tells_its_count() -> None:
    """Two of five compute nodes are 40 percent, exactly what the rule asks for."""
    rules = Rules((Rule("percent", Fraction(40), State.FAILED, State.PARTIAL),))
    layout = topology_of("n{0..4} --> service", gates={"service": rules})

    judgement = judge(troubled(layout, "n1 n3"))

    assert ("40 % at FAILED or worse, 40 % gives PARTIAL", ("n1", "n3"), ("n1", "n3")) == said(
        judgement.because["service"]
    )


def test_the_heaviest_inputs_are_the_fewest_that_reach_a_weight() -> None:
    """Weights 1, 1 and 3: the third alone reaches 3."""
    rules = Rules((Rule("weight", Fraction(3), State.FAILED, State.FAILED),))
    heavy = replace(group("a b c", rules), weights={"c": Fraction(3)})
    layout = topology_of("a b c --> v", groups={"v": [heavy]})

    judgement = judge(troubled(layout, "a b c"))

    assert ("c",) == judgement.because["v"].inputs


def test_trouble_that_a_link_ignores_is_no_reason() -> None:
    """The fan is nothing to the lun; the pool is."""
    layout = topology_of("fan pool --> lun", maps={"lun": {"fan": InputMap.ignore()}})

    judgement = judge(troubled(layout, "fan pool"))

    assert ("pool",) == judgement.because["lun"].inputs


def test_trouble_too_slight_to_be_seen_on_the_way_is_still_the_root_cause() -> None:
    """pair is OK while one of its two is; top cannot bear pair being DEGRADED, so b ends it now."""
    both = Rules((Rule("count", Fraction(2), State.CRITICAL, State.CRITICAL),))
    any_at_all = Rules((Rule("count", Fraction(1), State.DEGRADED, State.PARTIAL),))
    layout = topology_of("a b --> pair --> top", gates={"pair": both, "top": any_at_all})

    judgement = judge(troubled(layout, own={"a": State.CRITICAL}))

    assert ("b ends it now", (), ("a",)) == said(judgement.because["top"])
    assert ("a", "top") == path(judgement, "a", "top")


def test_a_path_is_asked_for_from_a_cause_only() -> None:
    """d5 is well, so nothing leads from it to the lun."""
    judgement = judge(troubled(POOL, "d4"))

    with pytest.raises(ResourceNotFound, match="'d5' is no cause of the state of 'lun'"):
        path(judgement, "d5", "lun")


def test_a_component_names_the_services_it_ends() -> None:
    """The inverse of single points: the enclosure ends both targets, each pool one."""
    layout = topology_of(
        """
        enclosure p0 --> ost0
        enclosure p1 --> ost1
        """,
        services="ost0 ost1",
    )

    ended = services_ended_by(layout, judge(layout))

    assert {"enclosure": ("ost0", "ost1"), "p0": ("ost0",), "p1": ("ost1",)} == ended
