"""A topology compiled once: parts, groups and their members as columns of numbers.

Groups stand in the order in which they are judged, so that one rank is one stretch of every column;
those of parts in cycles stand last, for a cycle is judged as one. Nothing here depends on states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

import numpy as np

from topology.gates import Rules
from topology.impact.arrays import (
    FAILED,
    OK,
    PARTIAL,
    Codes,
    Flags,
    Ints,
    View,
    begins,
    edges,
    spans,
    view,
)
from topology.impact.layout import InputGroup
from topology.impact.order import Order
from topology.impact.wide import WideRows
from topology.state import State

BY_RULES = -1
"""Stands for the number that may fail, where rules judge."""
NEVER = 255
"""Stands for the state of an input from which it does harm, where none does."""
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

    rank: View
    first: View
    source: View
    seen_as: View
    may_fail: View
    cap: View
    groups_from: View
    group_count: View
    can_fail: View
    on_trial: View
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
            rank=view(self.order.rank),
            first=view(self.first),
            source=view(self.groups.source),
            seen_as=view(self.groups.seen_as),
            may_fail=view(self.groups.may_fail),
            cap=self.groups.cap.data,
            groups_from=view(self.groups_from),
            group_count=view(self.group_count),
            can_fail=self.can_fail.data,
            on_trial=self.on_trial.data,
            maps=tuple(map(tuple, self.maps.tolist())),
        )

    @cached_property
    def wide(self) -> WideRows:
        """The groups of many members, found by their inputs."""
        return WideRows.among(self.first, self.groups.source, len(self.order.uids))

    @cached_property
    def group_of(self) -> Ints:
        """By member: the group it is a member of."""
        return np.repeat(np.arange(len(self.groups.size)), self.groups.size)

    @cached_property
    def groups_from(self) -> Ints:
        """By part: its first group; the others follow it."""
        first = np.zeros(len(self.order.uids), np.intp)
        starts = np.flatnonzero(begins(self.groups.part))
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
