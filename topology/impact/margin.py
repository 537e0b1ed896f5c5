"""How many further failures end a resource, at least, and which: exact up to three.

Nothing is worked out before it is asked for. What has no formula, such as a cycle, is tried out,
component by component, where that takes few judgements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from math import comb

from topology.impact.atoms import Atom, Atoms, Trial, Vote
from topology.impact.cut_sets import CutSets, Pick, TooManyCombinations, cut_sets_of
from topology.impact.fault_tree import FaultTree, Place
from topology.impact.judge import Assessment, Design, assessment_of
from topology.impact.layout import Judgement, Layout, Part
from topology.state import EXACTLY, State

DEEPEST = 3
"""Sets of more components are not looked for."""
LISTED = 250
"""Once a way is known, no more parts than this are looked at for others, evenly spread."""
JUDGED_AT_MOST = 100_000
"""A set of components is tried out while all trials judge no more resources than this."""
_FAILED = EXACTLY[State.FAILED]


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a resource is from its end, with each unknown taken as OK."""

    number: int | None
    """The fewest further failures that end it: 0 where it has ended, None where not known."""
    at_least: int
    """It survives any failures fewer than this; `number`, where that is known."""
    ways: tuple[CutSets, ...] = ()
    """Sets of `number` components that end it; empty where 0 or None."""
    is_complete: bool = True
    """The ways are all there are."""


ENDED = Margin(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What one `Margins` has worked out, of which the next may use what still holds."""

    atoms: Mapping[Place, frozenset[Atom]] = field(default_factory=dict)
    cut_sets: Mapping[tuple[Vote | Trial, int], tuple[CutSets, ...] | None] = field(
        default_factory=dict
    )

    def without(self, stale: Collection[str]) -> _Known:
        """Forget what was worked out of these resources. O(what is known)."""
        atoms = {place: found for place, found in self.atoms.items() if place[0] not in stale}
        alive = frozenset(chain.from_iterable(atoms.values()))
        cut_sets = {key: found for key, found in self.cut_sets.items() if key[0] in alive}
        return _Known(atoms, cut_sets)


class Margins:
    """The margins of one judged layout. Any thread may ask; every answer is kept."""

    def __init__(
        self, layout: Layout, design: Design, judgement: Judgement, known: _Known | None = None
    ) -> None:
        self._layout = layout
        self._design = design
        self._judgement = judgement
        self._tree = FaultTree(layout, design, judgement.states)
        known = known or _Known()
        self._atoms = Atoms(self._tree, known.atoms)
        self._found = dict(known.cut_sets)

    def after(self, was: Assessment, now: Assessment) -> Margins:
        """Return the margins of `now`, where these are of `was`; what still holds is not lost.

        Cost: what has been worked out, and what the difference reaches.
        """
        known = None
        if was.design is now.design:
            known = _Known(self._atoms.known, self._found.copy())
            known = known.without(now.reached_since(was))
        return Margins(now.layout, now.design, now.judgement, known)

    def of(self, uid: str) -> Margin:
        """Return the margin of a resource.

        Cost the first time: the links upstream of it, and the combinations of what groups share;
        both are bounded, and where a bound is met the number is None and `at_least` what is proven.
        """
        if self._judgement.states[uid].low.has_ended:
            return ENDED
        points = self._judgement.single_points.get(uid)
        if points is not None:
            alone = sorted((*points.by_design, *points.new))
            return Margin(1, 1, ((Pick(1, tuple((one,) for one in alone)),),))
        for order in range(2, DEEPEST + 1):
            ways: dict[CutSets, None] = {}
            is_proven = True
            for asked, leaf in enumerate(self._atoms.leaves((uid, State.PARTIAL), LISTED)):
                if ways and asked >= LISTED:
                    return Margin(order, order, tuple(ways), is_complete=False)
                for atom in self._combined(leaf):
                    found = self._cut_sets(atom, order)
                    is_proven = is_proven and found is not None
                    ways |= dict.fromkeys(found or ())
            if ways:
                return Margin(order, order, tuple(ways), is_complete=is_proven)
            if not is_proven:
                return Margin(None, order)
        return Margin(None, DEEPEST + 1)

    def _combined(self, place: Place) -> list[Vote | Trial]:
        """Return what takes a place down that is more than a component."""
        found = [one for one in self._atoms.of(place) if not isinstance(one, str)]
        return sorted(found, key=lambda one: one.place)

    def _cut_sets(self, atom: Vote | Trial, order: int) -> tuple[CutSets, ...] | None:
        """Return the cut sets of `order` components; None where that takes too long to tell."""
        key = (atom, order)
        if key not in self._found:
            try:
                if isinstance(atom, Trial) or atom.is_by_trial:
                    self._found[key] = _folded(self._tried(atom.place, order))
                else:
                    self._found[key] = _folded(cut_sets_of(atom, order))
            except TooManyCombinations:
                self._found[key] = None
        return self._found[key]

    def _tried(self, place: Place, order: int) -> tuple[CutSets, ...]:
        """Fail sets of the components upstream and see what takes the resource there."""
        uid, threshold = place
        upstream = self._design.order.upstream_of([uid])
        layout = Layout({one: self._layout.parts[one] for one in sorted(upstream)})
        components = list(filter(self._tree.is_component, layout.parts))
        names_last = threshold is State.PARTIAL  # that one, its single points tell
        failed = order - 1 if names_last else order
        if comb(len(components), failed) * len(upstream) > JUDGED_AT_MOST:
            raise TooManyCombinations
        before = assessment_of(layout)
        found: dict[tuple[str, ...], None] = {}
        for failing in combinations(components, failed):
            after = before.after(_failed(layout, failing)).judgement
            if after.states[uid].low >= threshold:
                found[failing] = None
            elif names_last and (points := after.single_points.get(uid)):
                last = (*points.by_design, *points.new)
                found |= {tuple(sorted((*failing, one))): None for one in last}
        return tuple(tuple(Pick(1, ((one,),)) for one in names) for names in found)


def _failed(layout: Layout, uids: Collection[str]) -> dict[str, Part]:
    return {uid: replace(layout.parts[uid], own=_FAILED) for uid in uids}


def _folded(ways: Sequence[CutSets]) -> tuple[CutSets, ...]:
    """Write all pairs of some components, each taken by name, as "any 2 of" them; triples too."""
    folded: list[CutSets] = []
    by_name: defaultdict[int, set[frozenset[tuple[str, ...]]]] = defaultdict(set)
    for way in ways:
        if len(way) > 1 and all(not pick.of for pick in way):
            by_name[len(way)].add(frozenset(option for pick in way for option in pick.options))
        else:
            folded.append(way)
    if by_name:
        import networkx as nx  # here: it takes 20 MB, and few margins are sets by name
    for count, sets in by_name.items():
        graph: nx.Graph[tuple[str, ...]] = nx.Graph()
        for names in sets:
            nx.add_cycle(graph, names)
        for linked in nx.connected_components(graph):
            inner = [names for names in sets if names <= linked]
            if len(inner) == comb(len(linked), count) > 1:
                folded.append((Pick(count, tuple(sorted(linked))),))
            else:
                folded += [tuple(Pick(1, (one,)) for one in sorted(names)) for names in inner]
    return tuple(sorted(folded, key=len))
