"""A topology compiled once: parts, groups and their members as columns of numbers.

Groups stand in the order in which they are judged, so that one rank is one stretch of every column;
those of parts in cycles stand last, for a cycle is judged as one. Nothing here depends on states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

import numpy as np

from topology.gates import Rules
from topology.impact.arrays import FAILED, OK, PARTIAL, Codes, Flags, Ints, View, edges, spans, view
from topology.impact.layout import InputGroup, Layout, Part
from topology.impact.order import Order, ordered
from topology.impact.tally import tolerated
from topology.state import State

BY_RULES = -1
"""Stands for the number that may fail, where rules judge."""
NEVER = 255
"""Stands for the state of an input from which it does harm, where none does."""
WIDE = 48
"""The inputs of a single group are counted in arrays where they are more."""
IDENTITY_MAP = tuple(range(len(State)))


@dataclass(frozen=True, eq=False)
class Columns:
    """Groups and their members, one entry each; the members of a group stand together."""

    part: Ints
    """By group: the part it is a group of."""
    number: Ints
    """By group: which of the part's groups it is."""
    size: Ints
    """By group: how many members it has."""
    missing: Ints
    """By group: how many more it should have."""
    may_fail: Ints
    """By group: how many inputs may fail; BY_RULES where rules judge."""
    cap: Codes
    source: Ints
    """By member: the part that is the input."""
    seen_as: Ints
    """By member: its map, a row of `Plan.maps`."""

    def picked(self, groups: Ints) -> tuple[Columns, Ints]:
        """Return these groups in this order, and the members they have, by their old places."""
        size = self.size[groups]
        members = spans(edges(self.size)[groups], size)
        picked = Columns(
            part=self.part[groups],
            number=self.number[groups],
            size=size,
            missing=self.missing[groups],
            may_fail=self.may_fail[groups],
            cap=self.cap[groups],
            source=self.source[members],
            seen_as=self.seen_as[members],
        )
        return picked, members

    def joined(self, other: Columns) -> Columns:
        """Return these groups followed by others."""
        return Columns(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__dataclass_fields__
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Columns of a plan, number by number."""

    first: View
    source: View
    seen_as: View
    may_fail: View
    groups_from: View
    group_count: View
    maps: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """A topology in numbers; `order` says which part has which."""

    order: Order
    can_fail: Flags
    is_service: Flags
    groups: Columns
    maps: Codes
    """How the five states arrive, a row for each map; the first is the identity."""
    rules: Mapping[tuple[int, int], InputGroup]
    """The groups that rules judge, by part and number."""
    ranks: tuple[tuple[int, int], ...]
    """The first group of each rank, and the one after its last; without parts in cycles."""
    map_rows: Mapping[tuple[int, ...], int] = field(default_factory=dict)

    @cached_property
    def first(self) -> Ints:
        """By group: its first member; one entry more at the end."""
        return edges(self.groups.size)

    @cached_property
    def views(self) -> Views:
        """The columns that judging a single part reads, in the form that is quickest for that."""
        return Views(
            first=view(self.first),
            source=view(self.groups.source),
            seen_as=view(self.groups.seen_as),
            may_fail=view(self.groups.may_fail),
            groups_from=view(self.groups_from),
            group_count=view(self.group_count),
            maps=tuple(map(tuple, self.maps.tolist())),
        )

    @cached_property
    def group_of(self) -> Ints:
        """By member: the group it is a member of."""
        return np.repeat(np.arange(len(self.groups.size)), self.groups.size)

    @cached_property
    def groups_from(self) -> Ints:
        """By part: its first group; the others follow it."""
        first = np.zeros(len(self.order.uids), np.intp)
        starts = np.flatnonzero(np.diff(self.groups.part, prepend=-1))
        first[self.groups.part[starts]] = starts
        return first

    @cached_property
    def group_count(self) -> Ints:
        """By part: how many groups it has."""
        return np.bincount(self.groups.part, minlength=len(self.order.uids))

    @cached_property
    def in_cycles(self) -> Flags:
        """By part: whether it is in a cycle."""
        found = np.zeros(len(self.order.uids), np.bool_)
        found[list(self.order.cycle_places)] = True
        return found

    @cached_property
    def rule_groups(self) -> Mapping[int, InputGroup]:
        """The groups that rules judge, by group, ascending."""
        found = {
            int(self.groups_from[part]) + number: group
            for (part, number), group in self.rules.items()
        }
        return dict(sorted(found.items()))

    @cached_property
    def counting_rules(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Rules by count and percent: group, state, inputs at or beyond it needed, state given.

        Exact: a count reaches a fraction where it reaches the next whole number.
        """
        rows = [
            (
                place,
                rule.at,
                ceil(rule.amount * (group.size if rule.measure == "percent" else 100) / 100),
                rule.gives,
            )
            for place, group in self.rule_groups.items()
            if isinstance(group.gate, Rules) and place not in self.weighing_groups
            for rule in group.gate.rules
        ]
        places, at, needed, given = np.array(rows, np.intp).reshape(-1, 4).T
        return places, at, needed, given

    @cached_property
    def weighing_groups(self) -> frozenset[int]:
        """The groups with a rule by weight."""
        return frozenset(
            place
            for place, group in self.rule_groups.items()
            if isinstance(group.gate, Rules)
            and any(rule.measure == "weight" for rule in group.gate.rules)
        )

    @cached_property
    def harmful_from(self) -> Codes:
        """By map: from which state of the input on it arrives as PARTIAL, and as FAILED."""
        reaches = self.maps[:, :, None] >= np.array([PARTIAL, FAILED], np.uint8)
        found = np.where(reaches.any(axis=1), reaches.argmax(axis=1), NEVER)
        return found.astype(np.uint8)

    @cached_property
    def on_trial(self) -> Flags:
        """By part: whether its single points are found by trial (`topology.impact.trials`)."""
        groups = self.groups
        harmful = self.harmful_from[groups.seen_as, 0]
        by_lesser = np.zeros(len(groups.size), np.bool_)
        by_lesser[self.group_of[(harmful < PARTIAL) & (harmful > OK)]] = True
        by_lesser[
            [
                place
                for place, group in self.rule_groups.items()
                if isinstance(group.gate, Rules)
                and any(rule.gives.has_ended for rule in group.gate.rules)
            ]
        ] = True
        no_end = [place for place in self.rule_groups if not by_lesser[place]]
        by_lesser[no_end] = False
        found = self.in_cycles.copy()
        found[groups.part[by_lesser & (groups.cap >= PARTIAL)]] = True
        return found

    @cached_property
    def trial_region(self) -> Flags:
        """By part: whether it is on trial, or upstream of a part that is."""
        found = np.zeros(len(self.order.uids), np.bool_)
        found[self.order.reached(np.flatnonzero(self.on_trial), self.order.sources)] = True
        return found

    @cached_property
    def rule_parts(self) -> Mapping[int, tuple[int, ...]]:
        """By part: its groups that rules judge; parts with none are left out."""
        found: dict[int, tuple[int, ...]] = {}
        for place in self.rule_groups:
            part = int(self.groups.part[place])
            found[part] = (*found.get(part, ()), place)
        return found

    @cached_property
    def numbers_on_trial(self) -> tuple[int, ...]:
        """The parts that are on trial."""
        found: list[int] = np.flatnonzero(self.on_trial).tolist()
        return tuple(found)


def plan_of(layout: Layout) -> Plan:
    """Compile a layout. O(parts + links)."""
    rows = _Compiling()
    for uid in layout.parts:
        rows.number(uid)
    for part in layout.parts.values():
        rows.add(part)
    return _arranged(layout, rows, rows.columns())[0]


def patched(plan: Plan, layout: Layout, parts: Mapping[str, Part | None]) -> tuple[Plan, Ints]:
    """Compile `layout`, in which `parts` differ from what `plan` was compiled from.

    Parts that stay keep their numbers. Also returned: by member, where it was before, -1 where it
    is new. O(parts + links), but in arrays.
    """
    rows = _Compiling(plan)
    changed = [rows.number(uid) for uid in parts]
    for uid, part in parts.items():
        if part is None:
            rows.forget(uid)
    for part in parts.values():
        if part is not None:
            rows.add(part)
    is_changed = np.zeros(len(rows.uids), np.bool_)
    is_changed[changed] = True
    rows.rules |= {key: group for key, group in plan.rules.items() if not is_changed[key[0]]}
    kept, held = plan.groups.picked(np.flatnonzero(~is_changed[plan.groups.part]))
    columns = kept.joined(rows.columns())
    new, moved = _arranged(layout, rows, columns)
    before = np.full(len(columns.source), -1, np.intp)
    before[: len(held)] = held
    return new, before[moved]


class _Compiling:
    """Gathers the columns of parts, one after the other."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.uids: list[str] = [] if plan is None else list(plan.order.uids)
        self.index: dict[str, int] = {} if plan is None else dict(plan.order.index)
        self.can_fail: list[bool] = [] if plan is None else plan.can_fail.tolist()
        self.is_service: list[bool] = [] if plan is None else plan.is_service.tolist()
        self.map_rows = {IDENTITY_MAP: 0} if plan is None else dict(plan.map_rows)
        self.rules: dict[tuple[int, int], InputGroup] = {}
        self._groups: list[tuple[int, int, int, int, int, int]] = []
        self._sources: list[int] = []
        self._maps: list[int] = []

    def number(self, uid: str) -> int:
        """Return the number of the part, a new one where it has none."""
        number = self.index.setdefault(uid, len(self.uids))
        if number == len(self.uids):
            self.uids.append(uid)
            self.can_fail.append(False)
            self.is_service.append(False)
        return number

    def forget(self, uid: str) -> None:
        number = self.index.pop(uid)
        self.can_fail[number] = self.is_service[number] = False

    def add(self, part: Part) -> None:
        """Add a part, all of whose inputs have numbers."""
        index = self.index
        at = index[part.uid]
        self.can_fail[at], self.is_service[at] = part.can_fail, part.is_service
        for number, group in enumerate(part.groups):
            if isinstance(group.gate, Rules):
                self.rules[at, number] = group
                may_fail = BY_RULES
            else:
                may_fail = tolerated(group)
            members = group.members
            size = len(members)
            self._groups.append((at, number, size, max(0, group.size - size), may_fail, group.cap))
            self._sources.extend([index[source] for source in members])
            self._maps.extend(self._rows_of(part, members) if part.maps else [0] * size)

    def columns(self) -> Columns:
        part, number, size, missing, may_fail, cap = (
            np.array(self._groups, np.intp).reshape(-1, 6).T
        )
        return Columns(
            part=part,
            number=number,
            size=size,
            missing=missing,
            may_fail=may_fail,
            cap=cap.astype(np.uint8),
            source=np.array(self._sources, np.intp),
            seen_as=np.array(self._maps, np.intp),
        )

    def maps(self) -> Codes:
        return np.array(list(self.map_rows), np.uint8).reshape(-1, len(State))

    def _rows_of(self, part: Part, members: Iterable[str]) -> list[int]:
        rows = self.map_rows
        return [rows.setdefault(part.map_of(source).seen, len(rows)) for source in members]


def _arranged(layout: Layout, rows: _Compiling, columns: Columns) -> tuple[Plan, Ints]:
    """Return the plan, and by member where it stood in `columns`."""
    order = ordered(
        tuple(rows.uids),
        rows.index,
        columns.source,
        np.repeat(columns.part, columns.size),
        lambda uid: layout.parts[uid],
    )
    rank = order.rank[columns.part]
    last = int(order.rank.max(initial=0)) + 1
    in_cycle = np.zeros(len(rows.uids), np.bool_)
    in_cycle[list(order.cycle_places)] = True
    rank = np.where(in_cycle[columns.part], last, rank)
    arranged, members = columns.picked(np.lexsort((columns.number, columns.part, rank)))
    ends = np.cumsum(np.bincount(rank, minlength=last)).tolist()
    plan = Plan(
        order=order,
        can_fail=np.array(rows.can_fail, np.bool_),
        is_service=np.array(rows.is_service, np.bool_),
        groups=arranged,
        maps=rows.maps(),
        rules=rows.rules,
        ranks=tuple(zip([0, *ends], ends, strict=False))[:last],
        map_rows=rows.map_rows,
    )
    return plan, members
