"""Promises that every judgement keeps, whatever the layout."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from builders import ended_by, group, topology_of, troubled, words
from hypothesis import given, settings
from hypothesis import strategies as st
from random_layouts import layouts

from topology.gates import InputMap, Rule, Rules, Tolerates
from topology.impact import Layout, design_of, judge, path
from topology.state import Interval, State


@settings(max_examples=60, deadline=None)
@given(layouts(), st.data())
def test_worse_own_states_never_improve_any_state(layout: Layout, data: st.DataObject) -> None:
    """Judging is monotone, at both ends of every interval."""
    uid = data.draw(st.sampled_from(sorted(layout.parts)))
    own = layout.parts[uid].own
    worse = data.draw(
        st.sampled_from(
            [
                Interval(low, high)
                for low in State
                for high in State
                if own.low <= low <= high and own.high <= high
            ]
        )
    )

    before = judge(layout).states
    after = judge(Layout({**layout.parts, uid: replace(layout.parts[uid], own=worse)})).states

    for name, state in before.items():
        assert state.low <= after[name].low
        assert state.high <= after[name].high


@settings(max_examples=50, deadline=None)
@given(layouts())
def test_every_trouble_has_a_reason_that_leads_to_its_root_causes(layout: Layout) -> None:
    """Whatever is not OK at its high end is explained; what is OK is not."""
    judgement = judge(layout)

    for uid, state in judgement.states.items():
        assert (uid in judgement.because) == (state.high > State.OK)
    for uid, because in judgement.because.items():
        assert because.root_causes
        for cause in because.root_causes:
            way = path(judgement, cause, uid)
            assert (cause, uid) == (way[0], way[-1])


@settings(max_examples=60, deadline=None)
@given(layouts(), layouts())
def test_an_unrelated_component_changes_nothing(layout: Layout, other: Layout) -> None:
    """Two layouts side by side are judged as each alone."""
    beside = {
        f"x-{uid}": replace(
            part,
            uid=f"x-{uid}",
            groups=tuple(
                replace(
                    one,
                    members=tuple(f"x-{member}" for member in one.members),
                    out_of_sync=frozenset(f"x-{member}" for member in one.out_of_sync),
                )
                for one in part.groups
            ),
            maps={f"x-{source}": seen for source, seen in part.maps.items()},
        )
        for uid, part in other.parts.items()
    }

    alone = judge(layout)
    together = judge(Layout({**layout.parts, **beside}))

    for uid in layout.parts:
        assert alone.states[uid] == together.states[uid]
        assert alone.because.get(uid) == together.because.get(uid)
        assert alone.single_points.get(uid) == together.single_points.get(uid)


@settings(max_examples=60, deadline=None)
@given(layouts())
def test_every_single_point_ends_its_part_and_no_other_component_does(layout: Layout) -> None:
    """The formula and the trial agree, own states known."""
    known = {
        uid: replace(part, own=Interval(part.own.low, part.own.low))
        for uid, part in layout.parts.items()
    }
    judgement = judge(Layout(known))

    for component, part in known.items():
        if judgement.states[component].low.has_ended or not part.can_fail:
            continue
        after = judge(troubled(Layout(known), component))
        for uid, state in judgement.states.items():
            ends = after.states[uid].low.has_ended and not state.low.has_ended
            assert ends == (component in ended_by(judgement, uid))


def test_the_design_of_a_topology_serves_all_its_states() -> None:
    """What is worked out once is good for any own states."""
    layout = topology_of("d{0..3} --> pool", gates={"pool": Tolerates(1)})
    design = design_of(troubled(layout, "d0"))

    judgement = judge(troubled(layout, "d1"), design)

    assert judge(troubled(layout, "d1")) == judgement


def test_cost_follows_links_and_never_paths() -> None:
    """A ladder of 18 stacked diamonds has 55 parts and over 260,000 paths through them."""
    rungs = "\n".join(f"n{stage} --> a{stage} b{stage} --> n{stage + 1}" for stage in range(18))
    layout = topology_of(rungs)

    judgement = judge(troubled(layout, "n0"))

    assert 55 == len(layout.parts)
    assert ["FAILED"] == words(judgement, "n18")
    assert ("n0",) == judgement.because["n18"].root_causes


def test_a_long_chain_needs_no_deep_stack() -> None:
    """Two thousand parts in a row."""
    layout = topology_of(" --> ".join(f"n{number}" for number in range(2000)))

    judgement = judge(troubled(layout, "n0"))

    assert ["FAILED"] == words(judgement, "n1999")


def test_percent_is_of_the_size_and_exact() -> None:
    """29 of 50 is 58 percent, though no binary fraction says so."""
    rules = Rules((Rule("percent", Fraction(58), State.FAILED, State.FAILED),))
    layout = topology_of("n{1..50} --> v", gates={"v": rules})

    assert ["FAILED"] == words(judge(troubled(layout, "n{1..29}")), "v")
    assert ["CRITICAL"] == words(judge(troubled(layout, "n{1..28}")), "v")


def test_one_of_five_is_twenty_percent() -> None:
    """Neither more nor less, though no binary fraction is a fifth."""
    rules = Rules((Rule("percent", Fraction(20), State.FAILED, State.FAILED),))
    layout = topology_of("n{1..5} --> v", gates={"v": rules})

    assert ["FAILED"] == words(judge(troubled(layout, "n3")), "v")


def test_missing_members_count_as_failed_in_a_rule() -> None:
    """Two of four nodes are not reported: that is the half the rule asks for."""
    rules = Rules((Rule("percent", Fraction(50), State.FAILED, State.CRITICAL),))
    layout = topology_of("n0 n1 --> v", groups={"v": [group("n0 n1", rules, size=4)]})

    judgement = judge(layout)

    assert ["CRITICAL"] == words(judgement, "v")
    assert ("v",) == judgement.because["v"].root_causes


def test_a_link_may_make_less_of_an_input_and_more_of_another() -> None:
    """A map that ends the part at CRITICAL makes a component of no input, only of its trouble."""
    layout = topology_of("a b --> v", maps={"v": {"a": InputMap.shifted(1)}})

    judgement = judge(troubled(layout, own={"a": State.CRITICAL}))

    assert ["PARTIAL"] == words(judgement, "v")
