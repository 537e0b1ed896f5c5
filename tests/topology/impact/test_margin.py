"""Margins and their cut sets: the worked examples, and whatever brute force finds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product

import pytest
from builders import names, topology_of, troubled
from hypothesis import event, given
from hypothesis import strategies as st
from oracle import Document, UnsupportedCycle, cut_sets, judge
from random_layouts import conditions, layouts
from strategies import FEWER, documents, storage_sites

from topology.evaluate import layout_of
from topology.gates import Needs, Rule, Rules, Tolerates
from topology.impact import CutSets, Layout, Margin, Margins, Pick, assessment_of, design_of
from topology.impact import judge as judge_layout
from topology.state import EXACTLY, State

DEEPEST = 3


def margins_of(layout: Layout) -> Margins:
    """Return what answers for the layout."""
    design = design_of(layout)
    return Margins(layout, design, judge_layout(layout, design))


def margin(layout: Layout, uid: str) -> Margin:
    """Return the margin of one part."""
    return margins_of(layout).of(uid)


def sets_in(ways: tuple[CutSets, ...]) -> set[frozenset[str]]:
    """Write out every set that the formulas stand for."""
    return {frozenset().union(*sets) for way in ways for sets in product(*map(picked, way))}


def picked(pick: Pick) -> list[frozenset[str]]:
    """Write out every set that one pick stands for."""
    return [
        frozenset(chosen)
        for options in combinations(pick.options, pick.count)
        for chosen in product(*options)
    ]


def assert_exact(document: Document) -> None:
    """Hold number and cut sets of every resource against those that trying all sets finds."""
    try:
        judge(document)
    except UnsupportedCycle:
        event("refused")
        return
    expected = cut_sets(document, DEEPEST)

    layout = layout_of(document)
    margins = margins_of(layout)

    for uid, sets in expected.items():
        found = margins.of(uid)
        assert min(map(len, sets), default=None) == found.number, uid
        if found.number:
            event(f"margin {found.number}")
            assert sets == sets_in(found.ways), uid
        elif found.number is None:
            assert found.at_least == DEEPEST + 1


OVER_FIVE_ENCLOSURES = topology_of(
    """
    e0 --> d0 d5
    e1 --> d1 d6
    e2 --> d2 d7
    e3 --> d3 d8
    e4 --> d4 d9
    d{0..9} --> pool
    """,
    gates={"pool": Tolerates(2)},
    components=" ".join(names("d{0..9}")),
)


def test_a_pool_over_shared_enclosures_ends_with_an_enclosure_and_a_disk() -> None:
    """RAID6 8+2 over five enclosures has margin 2, not 3."""
    found = margin(OVER_FIVE_ENCLOSURES, "pool")

    assert 2 == found.number
    assert (Pick(2, tuple((f"e{n}",) for n in range(5))),) in found.ways
    others = tuple((f"d{n}",) for n in (1, 2, 3, 4, 6, 7, 8, 9))
    assert (Pick(1, (("e0",),)), Pick(1, others, "pool")) in found.ways
    assert 6 == len(found.ways)


def test_a_group_is_a_formula_and_never_enumerated() -> None:
    """Of 2,000 disks any 3 end the pool, which is more than a thousand million sets."""
    layout = topology_of("d{0..1999} --> pool --> lun", gates={"pool": Tolerates(2)})

    found = margin(layout, "lun")

    assert Margin(3, 3, ((Pick(3, tuple((f"d{n}",) for n in range(2000)), "pool"),),)) == found


@pytest.mark.parametrize(
    ("failed", "expected"), [("", 3), ("d0", 2), ("d0 d1", 1), ("d0 d1 d2", 0)]
)
def test_a_margin_counts_further_failures(failed: str, expected: int) -> None:
    """RAID6 of ten disks."""
    layout = topology_of("d{0..9} --> pool", gates={"pool": Tolerates(2)})

    assert expected == margin(troubled(layout, failed), "pool").number


def test_more_than_three_failures_are_not_looked_for() -> None:
    """RAIDZ3 ends with four."""
    layout = topology_of("d{0..9} --> pool", gates={"pool": Tolerates(3)})

    assert Margin(None, 4) == margin(layout, "pool")


def test_what_two_ways_share_is_no_way_apart() -> None:
    """Two servers reach one mirror: its disks or the servers, never one of each."""
    layout = topology_of(
        """
        a b --> mirror
        mirror s0 --> way-0
        mirror s1 --> way-1
        way-0 way-1 --> target
        """,
        gates={"mirror": Needs(1), "target": Needs(1)},
    )

    found = margin(layout, "target")

    assert {frozenset({"a", "b"}), frozenset({"s0", "s1"})} == sets_in(found.ways)


def test_a_rule_by_count_is_a_formula_too() -> None:
    """40 percent of five inputs FAILED ends it."""
    rules = Rules((Rule("percent", Fraction(40), State.FAILED, State.PARTIAL),))
    layout = topology_of("a b c d e --> fs", gates={"fs": rules})

    found = margin(layout, "fs")

    assert ((Pick(2, tuple((name,) for name in "abcde"), "fs"),),) == found.ways


def test_an_unfinished_search_says_what_it_has_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring of switches, each up by its own uplink or by a neighbour, that takes long to try."""
    monkeypatch.setattr("topology.impact.margin.JUDGED_AT_MOST", 10)
    ring = [f"s{n} u{n} --> s{(n + 1) % 4}" for n in range(4)]
    layout = topology_of("\n".join(ring), gates={f"s{n}": Needs(1) for n in range(4)})

    assert Margin(None, 2) == margin(layout, "s0")


@FEWER
@given(documents(cyclic=False))
def test_random_margins_are_those_of_trying_every_set(document: Document) -> None:
    """Every rule, cap, map, missing member and shared input there is."""
    assert_exact(document)


@FEWER
@given(documents(cyclic=True))
def test_random_margins_in_cycles_are_those_of_trying_every_set(document: Document) -> None:
    """What depends on itself is tried out."""
    assert_exact(document)


@FEWER
@given(layouts(), st.data())
def test_what_is_kept_from_one_condition_to_the_next_is_what_is_found_anew(
    layout: Layout, data: st.DataObject
) -> None:
    """Whatever fails, comes back or falls out of sync, and whichever margins were asked for."""
    site = assessment_of(layout)
    margins = Margins(site.layout, site.design, site.judgement)

    for _ in range(3):
        for uid in data.draw(st.sets(st.sampled_from(sorted(layout.parts)))):
            margins.of(uid)
        then = site.after(data.draw(conditions(site.layout)))
        margins, site = margins.after(site, then), then

    anew = margins_of(Layout(dict(site.layout.parts)))
    for uid in layout.parts:
        kept, found = margins.of(uid), anew.of(uid)
        assert (found.number, found.at_least) == (kept.number, kept.at_least)
        assert sets_in(found.ways) == sets_in(kept.ways)


def test_a_margin_shrinks_where_no_state_tells() -> None:
    """A second of four copies fails: what stands on them is DEGRADED as before, nearer its end."""
    layout = troubled(topology_of("a b c d --> mirror --> lun", gates={"mirror": Needs(1)}), "a")
    site = assessment_of(layout)
    margins = Margins(site.layout, site.design, site.judgement)
    assert 3 == margins.of("lun").number

    then = site.after({"b": replace(layout.parts["b"], own=EXACTLY[State.FAILED])})

    assert 2 == margins.after(site, then).of("lun").number


def test_a_site_that_is_built_otherwise_has_other_margins() -> None:
    """A disk is added to a mirror of two."""
    site = assessment_of(topology_of("a b --> mirror", gates={"mirror": Needs(1)}))
    margins = Margins(site.layout, site.design, site.judgement)
    assert 2 == margins.of("mirror").number

    wider = topology_of("a b c --> mirror", gates={"mirror": Needs(1)})
    then = site.after(wider.parts)

    assert 3 == margins.after(site, then).of("mirror").number


@FEWER
@given(storage_sites())
def test_random_margins_of_storage_sites_are_those_of_trying_every_pair(
    document: Document,
) -> None:
    """RAID over shared enclosures behind two servers and two paths each."""
    expected = cut_sets(document, 2)

    layout = layout_of(document)
    margins = margins_of(layout)

    for uid, sets in expected.items():
        found = margins.of(uid)
        if sets:
            assert sets == (sets_in(found.ways) if found.number else {frozenset()}), uid
        else:
            assert found.at_least == DEEPEST
