"""What the formula of single points reads: for each part and threshold, the inputs that count.

A node is a part at a threshold. That of a part at PARTIAL has the part's own number; the few parts
that some effect asks what makes them FAILED have one more node behind those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from topology.impact.arrays import (
    FAILED,
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
from topology.impact.plan import BY_RULES, NEVER, Plan
from topology.impact.wide import WideRows
from topology.state import State

_NO_NODE = -1


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """The terms of the nodes at one threshold: groups, their sizes, members, harmful states."""

    group: Ints
    size: Ints
    member: Ints
    harmful: Codes


@dataclass(frozen=True, slots=True, eq=False)
class TermViews:
    """Columns of terms, number by number."""

    part: View
    threshold: View
    at_failed: View
    terms_from: View
    term_count: View
    group: View
    first: View
    source: View
    member: View


@dataclass(frozen=True, eq=False)
class Terms:
    """One term for each group through which its inputs' single points reach a node's.

    Parts on trial have none.
    """

    part: Ints
    """By node."""
    threshold: Codes
    """By node: what it is to be ended at this node."""
    at_failed: Ints
    """By part: its node at FAILED, -1 where nothing asks for it."""
    terms_from: Ints
    """By node: its first term; the others follow it."""
    term_count: Ints
    """By node: how many terms it has."""
    group: Ints
    """By term."""
    size: Ints
    """By term: how many inputs count."""
    source: Ints
    """By input that counts: its node."""
    member: Ints
    """By input that counts: which member of a group it is."""

    @cached_property
    def first(self) -> Ints:
        """By term: its first input; one entry more at the end."""
        return edges(self.size)

    @cached_property
    def wide(self) -> WideRows:
        """The terms of many inputs, found by the nodes that are their inputs."""
        return WideRows.among(self.first, self.source, len(self.part))

    @cached_property
    def views(self) -> TermViews:
        """The columns that working out a single node reads."""
        return TermViews(
            part=view(self.part),
            threshold=self.threshold.data,
            at_failed=view(self.at_failed),
            terms_from=view(self.terms_from),
            term_count=view(self.term_count),
            group=view(self.group),
            first=view(self.first),
            source=view(self.source),
            member=view(self.member),
        )

    def nodes_of(self, part: int) -> tuple[int, ...]:
        """Return the part's one or two nodes."""
        second = self.views.at_failed[part]
        return (part,) if second == _NO_NODE else (part, second)

    def nodes_of_all(self, parts: Ints) -> Ints:
        """Return the nodes of these parts."""
        if len(self.part) == len(self.at_failed):
            return parts
        second = self.at_failed[parts]
        return np.concatenate([parts, second[second != _NO_NODE]])


def terms_of(plan: Plan) -> Terms:
    """Work out the terms of a topology. O(links), in arrays."""
    count = len(plan.order.uids)
    by_formula = ~plan.on_trial
    at_partial = _stretch(plan, by_formula, State.PARTIAL)
    wanted = np.zeros(count, np.bool_)
    found = at_partial
    at_failed = _stretch(plan, wanted, State.FAILED)
    while True:
        sources = plan.groups.source[found.member[found.harmful == FAILED]]
        if not sources.size or wanted[sources].all():
            break
        wanted[sources] = True
        found = at_failed = _stretch(plan, wanted & by_formula, State.FAILED)
    asked = np.flatnonzero(wanted)
    node_at_failed = np.full(count, _NO_NODE, np.intp)
    node_at_failed[asked] = count + np.arange(len(asked))
    group = np.concatenate([at_partial.group, at_failed.group])
    member = np.concatenate([at_partial.member, at_failed.member])
    harmful = np.concatenate([at_partial.harmful, at_failed.harmful])
    source = plan.groups.source[member]
    node = np.concatenate(
        [plan.groups.part[at_partial.group], node_at_failed[plan.groups.part[at_failed.group]]]
    )
    terms_from = np.zeros(count + len(asked), np.intp)
    starts = np.flatnonzero(begins(node))
    terms_from[node[starts]] = starts
    return Terms(
        part=np.concatenate([np.arange(count), asked]),
        threshold=np.repeat(np.array([PARTIAL, FAILED], np.uint8), (count, len(asked))),
        at_failed=node_at_failed,
        terms_from=terms_from,
        term_count=np.bincount(node, minlength=count + len(asked)),
        group=group,
        size=np.concatenate([at_partial.size, at_failed.size]),
        source=np.where(harmful == FAILED, node_at_failed[source], source),
        member=member,
    )


def _stretch(plan: Plan, parts: Flags, threshold: State) -> _Stretch:
    """Return the terms of these parts at one threshold.

    Where some inputs may fail, an input counts once it arrives as PARTIAL; in a series it must
    arrive at the threshold itself.
    """
    groups = plan.groups
    is_asked = (groups.cap >= threshold) & (groups.may_fail != BY_RULES) & parts[groups.part]
    found = np.flatnonzero(is_asked)
    sizes = groups.size[found]
    members = spans(plan.first[found], sizes)
    at_itself = (groups.may_fail[found] == 0) & (threshold is State.FAILED)
    harmful = plan.harmful_from[
        groups.seen_as[members], np.repeat(at_itself, sizes).astype(np.intp)
    ]
    counts = harmful != NEVER
    kept = np.bincount(np.repeat(np.arange(len(found)), sizes)[counts], minlength=len(found))
    return _Stretch(found, kept, members[counts], harmful[counts])
