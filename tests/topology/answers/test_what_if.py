"""Questions about a site that is not so: what if, and is it safe to remove."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import topology_of, troubled
from hypothesis import given
from hypothesis import strategies as st
from random_layouts import layouts
from strategies import FEWER

from topology.answers.what_if import Removal, Verdict, safe_to_remove, supposed, what_if
from topology.gates import Needs, Tolerates
from topology.impact import Assessment, Layout, assessment_of, judge
from topology.state import EXACTLY, State

SITE = topology_of(
    """
    a{0..3} --> pool-a --> ost-a --> fs
    b{0..3} --> pool-b --> ost-b --> fs
    fan --> shelf
    """,
    gates={"pool-a": Tolerates(2), "pool-b": Tolerates(2)},
    services="ost-a ost-b fs",
)
"""Two targets, each on four disks of which two may fail, and a fan that no service feels."""
SHELF = topology_of("psu{0..1} --> shelf --> disk{0..1}", gates={"shelf": Needs(1)})
"""Two disks that nothing needs, behind supplies of which one is enough; no service is known."""


def removal(layout: Layout, parts: str, *, most: int | None = None) -> Removal:
    return safe_to_remove(assessment_of(layout), parts.split(), most=most)


@pytest.mark.parametrize(
    ("already", "parts", "verdict"),
    [
        ("", "shelf", Verdict.SAFE),
        ("", "fan", Verdict.SAFE_DEGRADES),
        ("fan", "fan", Verdict.SAFE),
        ("", "a0", Verdict.SAFE_DEGRADES),
        ("", "a0 b0", Verdict.SAFE_DEGRADES),
        ("", "a0 a1", Verdict.RISKY),
        ("a0", "a1", Verdict.RISKY),
        ("a0", "b0", Verdict.SAFE_DEGRADES),
        ("a0 a1", "a2", Verdict.UNSAFE),
        ("", "a0 a1 a2", Verdict.UNSAFE),
        ("a0", "a0", Verdict.SAFE),
        ("a0 a1 a2", "a3", Verdict.SAFE_DEGRADES),
        ("a0 a1 a2", "b0 b1 b2", Verdict.UNSAFE),
    ],
)
def test_a_removal_is_as_safe_as_what_it_leaves_to_the_services(
    already: str, parts: str, verdict: Verdict
) -> None:
    """What has failed already may be pulled; one more in the same pool may not."""
    assert verdict is removal(troubled(SITE, already), parts).verdict


@pytest.mark.parametrize(
    ("already", "parts", "verdict"),
    [
        ("", "psu0", Verdict.RISKY),
        ("psu0", "psu1", Verdict.UNSAFE),
        ("psu0 psu1", "psu1", Verdict.SAFE),
        ("", "disk0", Verdict.UNSAFE),
        ("disk0", "disk0", Verdict.SAFE),
    ],
)
def test_where_no_service_is_known_what_nothing_else_needs_is_judged(
    already: str, parts: str, verdict: Verdict
) -> None:
    """The last working supply ends both disks, whoever uses them."""
    assert verdict is removal(troubled(SHELF, already), parts).verdict


def test_parts_that_only_need_each_other_are_judged_where_no_service_is_known() -> None:
    """Nothing is at the end but a cycle: its parts are."""
    ring = topology_of("feed --> switch-1 --> switch-2 --> switch-1")

    assert Verdict.UNSAFE is removal(ring, "feed").verdict


def test_what_ends_although_no_service_needs_it_is_named() -> None:
    """The shelf of the fan; the fan itself is what was asked about."""
    (reason,) = removal(SITE, "fan").reasons

    assert ("shelf", "becomes FAILED, which no service notices") == (reason.resource, reason.text)


@FEWER
@given(layouts(), st.data())
def test_nothing_else_ends_by_a_removal_that_is_safe(drawn: Layout, data: st.DataObject) -> None:
    """Whatever the layout, what is a service and what is unknown: what-if is never worse.

    Where no service is known, what is removed does not end either.
    """
    uids = sorted(drawn.parts)
    services = data.draw(st.sets(st.sampled_from(uids)))
    parts = {uid: replace(one, is_service=uid in services) for uid, one in drawn.parts.items()}
    before = assessment_of(Layout(parts))
    gone = data.draw(st.sets(st.sampled_from(uids), min_size=1))

    answer = safe_to_remove(before, gone)

    after = what_if(before, fail=gone).after
    ended = _ended(after) - _ended(before) - {(uid, end) for uid in gone for end in ("low", "high")}
    spared = {uid for uid, _ in _ended(after) - _ended(before) if uid in before.design.ends}
    assert answer.verdict is not Verdict.SAFE or not (ended or spared)
    together = what_if(before, fail=answer.safe_together).after
    assert not before.design.ends & {uid for uid, _ in _ended(together) - _ended(before)}


@FEWER
@given(layouts(), st.data())
def test_removing_more_is_never_less_of_a_risk(drawn: Layout, data: st.DataObject) -> None:
    """Whatever the layout and what is a service. What ends apart is not held against removing it,
    so SAFE and SAFE_DEGRADES count as equal."""
    uids = sorted(drawn.parts)
    services = data.draw(st.sets(st.sampled_from(uids)))
    parts = {
        uid: replace(part, is_service=uid in services, own=EXACTLY[part.own.high])
        for uid, part in drawn.parts.items()
    }
    before = assessment_of(Layout(parts))
    fewer = data.draw(st.sets(st.sampled_from(uids), min_size=1))
    more = fewer | data.draw(st.sets(st.sampled_from(uids)))

    verdicts = [safe_to_remove(before, removed).verdict for removed in (fewer, more)]

    few, many = (max(Verdict.SAFE_DEGRADES, verdict or Verdict.SAFE) for verdict in verdicts)
    assert few <= many


def _ended(site: Assessment) -> set[tuple[str, str]]:
    """Return what has ended at best, and what at worst."""
    states = site.judgement.states.items()
    return {(uid, "low") for uid, one in states if one.low.has_ended} | {
        (uid, "high") for uid, one in states if one.high.has_ended
    }


def test_the_reasons_name_each_service_and_the_largest_part_that_is_safe() -> None:
    """Three disks of one pool end it; any one of them may go."""
    answer = removal(SITE, "a0 a1 a2")

    assert [("fs", "becomes FAILED"), ("ost-a", "becomes FAILED")] == [
        (one.resource, one.text) for one in answer.reasons
    ]
    assert answer.safe_together == ("a0",)
    assert dict.fromkeys(["a0", "a1", "a2"], Verdict.SAFE_DEGRADES) == answer.alone


def test_what_is_unknown_makes_the_verdict_unknown_where_it_matters() -> None:
    """At best two of four are left to lose, at worst none."""
    assert removal(troubled(SITE, "a0", unknown="a1"), "a2").verdict is None
    assert removal(troubled(SITE, "a0", unknown="a1"), "shelf").verdict is Verdict.SAFE


def test_what_may_have_ended_already_is_no_reason_to_pull_the_rest() -> None:
    """At worst the pool is lost whatever is pulled; at best two more of its disks end it."""
    silent = troubled(SITE, "a0", unknown="a1 a2 a3")

    assert ((), None) == (removal(silent, "a1 a2").safe_together, removal(silent, "a1 a2").verdict)


def test_a_removal_of_many_parts_keeps_what_is_safe_together() -> None:
    """More than can be tried subset by subset: kept greedily, still safe."""
    many = topology_of("d{0..29} --> pool --> fs", gates={"pool": Tolerates(14)}, services="fs")

    kept = removal(many, " ".join(f"d{number}" for number in range(30))).safe_together

    assert len(kept) == 13
    assert removal(many, " ".join(kept)).verdict is Verdict.SAFE_DEGRADES


@pytest.mark.parametrize(
    ("most", "expected"), [(1, ("a0",)), (2, ("a0", "b0")), (3, ("a0", "b0")), (9, ("a0", "b0"))]
)
def test_no_more_are_named_than_were_asked_for(most: int, expected: tuple[str, ...]) -> None:
    """Of each pool one disk may go, for a second makes it critical."""
    answer = removal(SITE, "a0 a1 b0 b1", most=most)

    assert expected == answer.safe_together
    assert answer.is_largest


def test_a_few_of_very_many_are_proven_to_be_the_most() -> None:
    """Of thirty disks two: as many as were asked for."""
    many = topology_of("d{0..29} --> pool --> fs", gates={"pool": Tolerates(14)}, services="fs")

    answer = removal(many, " ".join(f"d{number}" for number in range(30)), most=2)

    assert (2, True) == (len(answer.safe_together), answer.is_largest)


def test_what_is_in_service_explains_its_own_trouble_and_no_other() -> None:
    """a0 is in service while three disks of the other pool fail."""
    states = supposed(assessment_of(SITE), fail=["a0"]).judgement.states

    assert EXACTLY[State.DEGRADED] == states["ost-a"]
    assert EXACTLY[State.OK] == states["ost-b"]


def test_what_if_shows_what_changes_and_stores_nothing() -> None:
    """One more disk of a weakened pool: everything above it, and what is exposed."""
    layout = troubled(SITE, "a0")
    before = assessment_of(layout)

    answer = what_if(before, fail=["a1"])

    assert {"a1", "pool-a", "ost-a", "fs"} <= set(answer.changed)
    assert answer.after.judgement.states["fs"] == EXACTLY[State.CRITICAL]
    assert before.judgement.states["fs"] == EXACTLY[State.DEGRADED] == judge(layout).states["fs"]


def test_what_if_it_were_repaired_is_the_site_before_it_failed() -> None:
    """Repair takes back a failure whole."""
    answer = what_if(assessment_of(troubled(SITE, "a0 a1")), repair=["a0", "a1"])

    assert answer.after.judgement == judge(SITE)
