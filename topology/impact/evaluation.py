"""One evaluation: every part's state by its gates, with each unknown taken one way.

The gate state is not yet what is published: `topology.impact.published` turns it into that.
Whole sites are evaluated here, rank by rank in arrays; single parts in `topology.impact.one_part`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from topology.impact.arrays import (
    CRITICAL,
    DEGRADED,
    FAILED,
    OK,
    PARTIAL,
    Codes,
    Flags,
    Ints,
    View,
    begins,
    frozen,
    spans,
    view,
)
from topology.impact.layout import InputGroup, Layout, Part
from topology.impact.order import Order
from topology.impact.plan import BY_RULES, Plan
from topology.impact.tally import group_state
from topology.state import State

STATES = tuple(State)
_LEVELS = len(State)


@dataclass(frozen=True, eq=False)
class Shortfall:
    """What groups go without although it has not failed."""

    unsynced: Flags
    """By member of a group: it is out of sync."""
    missing: Ints
    """By group: how many members nobody reports."""

    @cached_property
    def has_unsynced(self) -> bool:
        """Some member of some group is out of sync."""
        return bool(self.unsynced.any())

    def copied(self) -> Shortfall:
        """Return the same in arrays that nobody else has, to be written before they are read."""
        return Shortfall(self.unsynced.copy(), self.missing.copy())

    @cached_property
    def missing_view(self) -> View:
        """The missing members, for reading group by group."""
        return view(self.missing)


@dataclass(frozen=True, eq=False)
class Condition:
    """A site, and in what it differs from the healthy one, every unknown taken one way."""

    layout: Layout
    """Asked for parts in cycles and for those that rules by weight judge, alone."""
    plan: Plan
    own: Codes
    """By part: its own state."""
    shortfall: Shortfall

    @cached_property
    def own_view(self) -> View:
        """The own states, for reading one by one."""
        return self.own.data

    def with_own(self, own: Codes) -> Condition:
        """Return the same site with these own states."""
        frozen(own)
        return replace(self, own=own)


def healthy_condition(layout: Layout, plan: Plan) -> Condition:
    """Return the condition of a site that is healthy: all OK, at size and in sync."""
    return Condition(
        layout=layout,
        plan=plan,
        own=np.zeros(len(plan.order.uids), np.uint8),
        shortfall=Shortfall(
            unsynced=np.zeros(len(plan.groups.source), np.bool_),
            missing=np.zeros(len(plan.groups.size), np.intp),
        ),
    )


@dataclass(frozen=True, eq=False)
class StatesByUid(Mapping[str, State]):
    """An array of states as a mapping by uid."""

    order: Order
    codes: View

    def __getitem__(self, uid: str) -> State:
        return STATES[self.codes[self.order.index[uid]]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.order.index)

    def __len__(self) -> int:
        return len(self.order.index)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A layout and what its gates make of one choice of own states."""

    condition: Condition
    gate: Codes
    """By part: the worst of its own state and of what its groups do to it."""
    wide_counts: Ints
    """By group of many inputs (`Plan.wide`) and state: how many arrive so; missing ones failed."""

    @property
    def layout(self) -> Layout:
        """What is evaluated."""
        return self.condition.layout

    @property
    def plan(self) -> Plan:
        """The same, compiled."""
        return self.condition.plan

    @property
    def order(self) -> Order:
        """How the parts hang together."""
        return self.condition.plan.order

    @cached_property
    def own(self) -> Mapping[str, State]:
        """By uid: its own state in this evaluation."""
        return StatesByUid(self.order, self.condition.own_view)

    def group_state(self, part: Part, group: InputGroup) -> State:
        """Return what one group does to its part. O(members)."""
        return group_state(part, group, self.gates.__getitem__)

    @cached_property
    def gates(self) -> Mapping[str, State]:
        """By uid: the worst of its own state and of what its groups do to it."""
        return StatesByUid(self.order, self.gate_view)

    def failed(self, groups: Ints) -> Ints:
        """Return how many inputs of each of these groups have failed or are missing. O(inputs)."""
        sizes = self.plan.groups.size[groups]
        members = spans(self.plan.first[groups], sizes)
        hit = arriving(self.condition, self.gate, members) >= PARTIAL
        row = np.repeat(np.arange(len(groups)), sizes)[hit]
        found = np.bincount(row, minlength=len(groups))
        return found + self.condition.shortfall.missing[groups]

    @cached_property
    def gate_view(self) -> View:
        """The gates, for reading one by one."""
        return self.gate.data

    @cached_property
    def by_rules(self) -> Codes:
        """By part: what its groups that rules judge do to it, at worst. O(their members)."""
        found = np.zeros(len(self.gate), np.uint8)
        groups = np.array(list(self.plan.rule_groups), np.intp)
        if groups.size:
            sizes = self.plan.groups.size[groups]
            members = spans(self.plan.first[groups], sizes)
            rows, states = _effects(self.condition, self.gate, members, groups)
            np.maximum.at(found, self.plan.groups.part[rows], states)
        return found


def gates_of(condition: Condition) -> Codes:
    """Evaluate every gate once, causes first. O(parts + links) outside of cycles."""
    plan = condition.plan
    gate = condition.own.copy()
    cycles_at: dict[int, list[int]] = {}
    for place, cycle in enumerate(plan.order.cycles):
        rank = int(plan.order.rank[plan.order.index[cycle.members[0]]])
        cycles_at.setdefault(rank, []).append(place)
    for rank, (start, stop) in enumerate(plan.ranks):
        if stop > start:
            members = slice(int(plan.first[start]), int(plan.first[stop]))
            lacking = start + np.flatnonzero(condition.shortfall.missing[start:stop])
            rows, states = _effects(condition, gate, members, lacking)
            np.maximum.at(gate, plan.groups.part[rows], states)
        for place in cycles_at.get(rank, ()):
            for number, state in settled(condition, gate.data, place):
                gate[number] = state
    frozen(gate)
    return gate


def spread_gates(condition: Condition, gate: Codes, parts: Ints) -> None:
    """Work out the gates of these parts and of all that this changes, causes first, in `gate`.

    O(parts of the site), beside the links of those worked out.
    """
    plan, order = condition.plan, condition.plan.order
    dirty = np.zeros(len(gate), np.bool_)
    dirty[parts] = True
    for start, stop in pairwise(order.by_rank.first.tolist()):
        ranked = order.by_rank.values[start:stop]
        asked = ranked[dirty[ranked]]
        if not asked.size:
            continue
        in_cycles = plan.in_cycles[asked]
        singly = asked[~in_cycles]
        before = gate[singly]
        groups = spans(plan.groups_from[singly], plan.group_count[singly])
        members = spans(plan.first[groups], plan.groups.size[groups])
        lacking = groups[condition.shortfall.missing[groups] > 0]
        rows, states = _effects(condition, gate, members, lacking)
        gate[singly] = condition.own[singly]
        np.maximum.at(gate, plan.groups.part[rows], states)
        changed = singly[gate[singly] != before]
        dirty[order.users.gather(changed)] = True
        for place in {order.cycle_places[part] for part in asked[in_cycles].tolist()}:
            for number, state in settled(condition, gate.data, place):
                gate[number] = state
                dirty[order.users.of(number)] = True


def evaluated(condition: Condition) -> Evaluation:
    """Evaluate the whole site. O(parts + links) outside of cycles."""
    gate = gates_of(condition)
    return Evaluation(condition, gate, wide_counts_of(condition, gate))


def wide_counts_of(condition: Condition, gate: Codes) -> Ints:
    """Count the inputs of the groups that have many by the state in which they arrive."""
    wide, groups = condition.plan.wide, condition.plan.groups
    row = np.repeat(np.arange(len(wide.rows)), groups.size[wide.rows])
    key = row * _LEVELS + arriving(condition, gate, wide.places)
    counts = np.bincount(key, minlength=len(wide.rows) * _LEVELS).reshape(-1, _LEVELS)
    counts[:, FAILED] += condition.shortfall.missing[wide.rows]
    return counts.astype(np.int32)


def settled(condition: Condition, gate: View, place: int) -> list[tuple[int, int]]:
    """Work out the gates of one cycle; return those of its members that changed."""
    order = condition.plan.order
    cycle = order.cycles[place]
    states = cycle.settle(
        condition.layout.parts,
        StatesByUid(order, condition.own_view).__getitem__,
        StatesByUid(order, gate).__getitem__,
    )
    found = [(order.index[uid], int(state)) for uid, state in states.items()]
    return [(number, state) for number, state in found if gate[number] != state]


def weighed(condition: Condition, gate: View, group: int) -> State:
    """Judge by exact fractions, which arrays do not hold."""
    plan = condition.plan
    part = condition.layout.parts[plan.order.uids[int(plan.groups.part[group])]]
    named = part.groups[int(plan.groups.number[group])]
    return group_state(part, named, StatesByUid(plan.order, gate).__getitem__)


def arriving(condition: Condition, gate: Codes, members: slice | Ints) -> Codes:
    """Return, by member, in which state it arrives."""
    plan = condition.plan
    states: Codes = gate[plan.groups.source[members]]
    if len(plan.maps) > 1:
        states = plan.maps[plan.groups.seen_as[members], states]
    if condition.shortfall.has_unsynced:
        states[condition.shortfall.unsynced[members]] = FAILED
    return states


def _effects(
    condition: Condition,
    gate: Codes,
    members: slice | Ints,
    always: Ints,
) -> tuple[Ints, Codes]:
    """Return the groups with trouble among their members, and what they do to their parts.

    `always` are groups that are returned in any case, ascending.
    """
    plan = condition.plan
    states_in = arriving(condition, gate, members)
    hit = np.flatnonzero(states_in)
    groups = plan.group_of[members][hit]
    first = begins(groups)
    rows = groups[first]
    place = np.cumsum(first) - 1
    if always.size:
        rows = np.union1d(rows, always)
        place = np.searchsorted(rows, groups)
    key = states_in[hit] * np.intp(len(rows)) + place
    beyond = np.bincount(key, minlength=_LEVELS * len(rows)).reshape(_LEVELS, -1)
    beyond[FAILED] += condition.shortfall.missing[rows]
    for state in (PARTIAL, CRITICAL, DEGRADED):
        beyond[state] += beyond[state + 1]
    states = _k_of_n(plan.groups.may_fail[rows], beyond)
    if plan.rules:
        _by_rules(condition, gate, rows, beyond, states)
    return rows, np.minimum(states, plan.groups.cap[rows])


def _k_of_n(may_fail: Ints, beyond: npt.NDArray[np.intp]) -> Codes:
    """Judge k-of-n groups by how many inputs are at or beyond each state, state by state.

    The (t + 1)-th worst input is the number of states that more than t inputs are at or beyond.
    """
    states: Codes = (beyond[DEGRADED:] > may_fail).sum(axis=0, dtype=np.uint8)
    redundant = np.flatnonzero(may_fail > 0)
    if redundant.size:
        spare = may_fail[redundant]
        failed = beyond[PARTIAL, redundant]
        weakened = np.where(failed == spare, np.uint8(CRITICAL), np.uint8(DEGRADED))
        weakened[beyond[DEGRADED, redundant] == 0] = OK
        weakened[failed > spare] = FAILED
        states[redundant] = np.maximum(weakened, states[redundant])
    return states


def _by_rules(
    condition: Condition, gate: Codes, rows: Ints, beyond: npt.NDArray[np.intp], states: Codes
) -> None:
    """Put in what rules give, where rules judge."""
    plan = condition.plan
    states[plan.groups.may_fail[rows] == BY_RULES] = OK
    places, at, needed, given = plan.counting_rules
    where = np.searchsorted(rows, places)
    asked = np.flatnonzero(rows[np.minimum(where, len(rows) - 1)] == places) if rows.size else rows
    holds = asked[beyond[at[asked], where[asked]] >= needed[asked]]
    np.maximum.at(states, where[holds], given[holds].astype(np.uint8))
    for group in plan.weighing_groups:
        place = int(np.searchsorted(rows, group))
        if place < len(rows) and rows[place] == group:
            states[place] = weighed(condition, gate.data, group)
