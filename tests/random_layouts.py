"""Hypothesis strategies for layouts as the impact engine is given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from topology.gates import Gate, InputMap, Needs, Rule, Rules, Tolerates
from topology.impact import InputGroup, Layout, Part
from topology.state import OK, UNKNOWN, Interval, State

STATES = st.sampled_from(State)
Changes = Mapping[str, Part | None]
"""What differs in a layout, by uid; None where a part is gone."""
OWN = st.sampled_from([OK, OK, UNKNOWN, *(Interval(state, state) for state in State)])


@st.composite
def gates(draw: st.DrawFn, size: int) -> Gate:
    """Any gate for a group of this size."""
    kind = draw(st.sampled_from(["tolerates", "needs", "rules"]))
    if kind == "tolerates":
        return Tolerates(draw(st.integers(0, size - 1)))
    if kind == "needs":
        return Needs(draw(st.integers(1, size)))
    measures = st.sampled_from(["count", "percent", "weight"])
    lesser = st.sampled_from([state for state in State if state])
    rule = st.builds(
        Rule, measures, st.fractions(Fraction(1, 3), 4, max_denominator=3), lesser, STATES
    )
    return Rules(tuple(draw(st.lists(rule, min_size=1, max_size=2))))


GATE_OF_ONE = Needs(1)
MAPS = st.one_of(
    st.builds(InputMap.shifted, st.integers(-2, 2)),
    st.builds(InputMap.capped, STATES),
    st.builds(InputMap.fixed, STATES),
)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Up to seven parts with up to two groups each; cycles, maps and lost members included."""
    uids = [f"r{number}" for number in range(draw(st.integers(2, 7)))]
    return Layout({uid: draw(parts(uid, uids)) for uid in uids})


@st.composite
def parts(draw: st.DrawFn, uid: str, uids: list[str]) -> Part:
    """A part whose inputs are among `uids`, itself included."""
    groups = []
    for name in draw(st.sampled_from([[], ["a"], ["a", "b"]])):
        members = draw(st.lists(st.sampled_from(uids), unique=True, min_size=1, max_size=4))
        size = len(members) + draw(st.sampled_from([0, 0, 0, 1]))
        unsynced = draw(st.sampled_from([frozenset[str]()] * 4 + [frozenset(members[:1])]))
        groups.append(
            InputGroup(name, tuple(members), size, draw(gates(size)), draw(STATES), unsynced)
        )
    sources = sorted({source for one in groups for source in one.members})
    maps = {source: draw(MAPS) for source in sources if draw(st.integers(0, 4)) == 0}
    return Part(uid, draw(OWN), draw(st.booleans()), groups=tuple(groups), maps=maps)


@st.composite
def conditions(draw: st.DrawFn, layout: Layout) -> Changes:
    """Other own states, and other members that are out of sync or there after all."""
    changes: dict[str, Part | None] = {}
    for uid in draw(st.lists(st.sampled_from(sorted(layout.parts)), unique=True, max_size=3)):
        part = layout.parts[uid]
        if draw(st.booleans()):
            part = replace(part, own=draw(OWN))
        if draw(st.integers(0, 2)) == 0:
            groups = tuple(
                replace(
                    one,
                    out_of_sync=frozenset(draw(st.sets(st.sampled_from(one.members)))),
                    assumes_all_present=draw(st.booleans()),
                )
                for one in part.groups
            )
            part = replace(part, groups=groups)
        changes[uid] = part
    return changes
