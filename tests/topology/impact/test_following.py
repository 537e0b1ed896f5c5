"""Judging what a change reaches is judging everything anew, whatever changes and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from builders import topology_of, troubled, words
from hypothesis import given, settings
from hypothesis import strategies as st
from random_layouts import GATE_OF_ONE, Changes, conditions, layouts, parts

from topology.gates import Tolerates
from topology.impact import (
    Assessment,
    InputGroup,
    Layout,
    Part,
    assessment_of,
    following,
    judge,
    wide,
)
from topology.impact.evaluation import wide_counts_of
from topology.state import EXACTLY, OK, State

FAILED = EXACTLY[State.FAILED]


@pytest.fixture(autouse=True, scope="module")
def _small_sites_take_every_way() -> Iterator[None]:
    """Groups are wide from three members on; a test says itself how many parts are few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide, "WIDE", 2)
        yield


def after(assessment: Assessment, changes: Changes, *, few: int) -> Assessment:
    """Judge on, one by one while a change reaches at most `few` parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "FEW", few)
        return assessment.after(changes)


@st.composite
def rebuilds(draw: st.DrawFn, layout: Layout) -> Changes:
    """Parts that are new, built otherwise, or gone with the links that led from them."""
    uids = sorted(layout.parts)
    gone = draw(st.sampled_from([*uids[1:], ""]))
    kept = [uid for uid in uids if uid != gone]
    changes: dict[str, Part | None] = {
        uid: replace(part, groups=tuple(groups_without(part, gone)))
        for uid, part in layout.parts.items()
        if uid != gone and any(gone in group.members for group in part.groups)
    }
    if gone:
        changes[gone] = None
    for uid in draw(st.lists(st.sampled_from([*kept, "new", "other"]), unique=True, max_size=2)):
        changes[uid] = draw(parts(uid, kept))
    return changes


def groups_without(part: Part, gone: str) -> Iterator[InputGroup]:
    for group in part.groups:
        members = tuple(uid for uid in group.members if uid != gone)
        if len(members) == len(group.members):
            yield group
        elif members:
            gate = GATE_OF_ONE if len(members) == 1 else group.gate
            yield replace(group, members=members, gate=gate, out_of_sync=frozenset())


@settings(max_examples=50, deadline=None)
@given(layouts(), st.data())
def test_following_states_is_judging_anew(layout: Layout, data: st.DataObject) -> None:
    """Own states and sync, three batches of them, whether many parts are reached or few."""
    assessment = assessment_of(layout)

    for _ in range(3):
        changes = data.draw(conditions(assessment.layout))
        assessment = after(assessment, changes, few=data.draw(st.sampled_from([0, 3, 250])))

        assert judge(Layout(dict(assessment.layout.parts))) == assessment.judgement


@settings(max_examples=50, deadline=None)
@given(layouts(), st.data())
def test_following_the_topology_is_judging_anew(layout: Layout, data: st.DataObject) -> None:
    """Resources, links and groups come, change and go, with own states in between."""
    assessment = assessment_of(layout)

    for _ in range(2):
        assessment = assessment.after(data.draw(rebuilds(assessment.layout)))
        assessment = assessment.after(data.draw(conditions(assessment.layout)))

        assert judge(Layout(dict(assessment.layout.parts))) == assessment.judgement


@settings(max_examples=50, deadline=None)
@given(layouts(), st.data())
def test_what_is_counted_on_is_what_a_recount_gives(layout: Layout, data: st.DataObject) -> None:
    """Inputs by state, and what ends how many of them, of every group that counts as wide."""
    assessment = assessment_of(layout)

    for _ in range(3):
        if data.draw(st.booleans()):
            assessment = assessment.after(data.draw(rebuilds(assessment.layout)))
        changes = data.draw(conditions(assessment.layout))
        assessment = after(assessment, changes, few=data.draw(st.sampled_from([3, 250])))

        for outlook in (assessment.low, assessment.high):
            evaluation = outlook.evaluation
            recount = wide_counts_of(evaluation.condition, evaluation.gate)
            assert recount.tolist() == evaluation.wide_counts.tolist()
            points = replace(outlook.sets, known={})
            for term in outlook.terms.wide.index:
                assert points.times(term) == outlook.sets.times(term)


@settings(max_examples=25, deadline=None)
@given(layouts(), st.data())
def test_the_order_of_events_does_not_matter(layout: Layout, data: st.DataObject) -> None:
    """One at a time forwards, one at a time backwards, all in one batch."""
    changes = list(data.draw(conditions(layout)).items())
    before = assessment_of(layout)

    forwards = backwards = before
    for uid, part in changes:
        forwards = forwards.after({uid: part})
    for uid, part in reversed(changes):
        backwards = backwards.after({uid: part})

    assert forwards.judgement == before.after(dict(changes)).judgement
    assert backwards.judgement == forwards.judgement


@settings(max_examples=25, deadline=None)
@given(layouts(), st.data())
def test_raising_and_clearing_changes_nothing(layout: Layout, data: st.DataObject) -> None:
    """What was true before is true again."""
    before = assessment_of(layout)
    changes = data.draw(conditions(layout))

    cleared = before.after(changes).after({uid: layout.parts[uid] for uid in changes})

    assert before.judgement == cleared.judgement


def test_an_assessment_stays_what_it_was() -> None:
    """Readers keep what they hold, whatever is judged from it meanwhile."""
    layout = topology_of("d{0..9} --> pool --> lun", gates={"pool": Tolerates(2)})
    before = assessment_of(layout)
    one_failed = before.after({"d0": replace(layout.parts["d0"], own=FAILED)})

    before.after({f"d{number}": replace(layout.parts["d0"], own=FAILED) for number in range(4)})

    assert ["OK", "OK"] == words(before.judgement, "pool lun")
    assert ["DEGRADED", "DEGRADED"] == words(one_failed.judgement, "pool lun")


def test_a_wide_filesystem_gains_and_loses_single_points() -> None:
    """Sixty mirrors: of each that lost a disk, the other disk ends the filesystem."""
    picture = "\n".join(f"a{n} b{n} --> mirror{n} --> scratch" for n in range(60))
    mirrors = {f"mirror{n}": Tolerates(1) for n in range(60)}
    layout = topology_of(picture, gates=mirrors)
    failed = {uid: replace(layout.parts[uid], own=FAILED) for uid in ("a7", "b9")}

    broken = assessment_of(layout).after(failed)
    mended = broken.after({"a7": replace(layout.parts["a7"], own=OK)})

    assert ("a9", "b7") == broken.judgement.single_points["scratch"].new
    assert ("a9",) == mended.judgement.single_points["scratch"].new


def test_a_whole_enclosure_is_judged_as_its_disks_one_by_one() -> None:
    """Far more than a few parts at once, and the same again when they come back."""
    layout = topology_of("e --> d{0..400} --> pool --> lun", gates={"pool": Tolerates(2)})
    before = assessment_of(layout)

    down = before.after({"e": replace(layout.parts["e"], own=FAILED)})
    up = down.after({"e": layout.parts["e"]})

    assert judge(troubled(layout, "e")) == down.judgement
    assert before.judgement == up.judgement
