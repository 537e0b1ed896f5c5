"""Minimal cut sets of a few components, as formulas: which failures together end a resource.

A group of which some inputs may fail is a module: "any 2 of 9" stands for its 36 sets, which are
never written out. What feeds several of its inputs, such as a shared enclosure, is taken by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from topology.impact.atoms import Atom, Trial, Vote

STEPS = 200_000
"""Combinations of shared components tried for one group at most: about half a second."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Any `count` of the `options`; an option is any one of the components it names."""

    count: int
    options: tuple[tuple[str, ...], ...]
    """Uids; sorted within an option."""
    of: str = ""
    """Uid of the resource whose inputs the options take down; empty for parts taken by name."""


CutSets = tuple[Pick, ...]
"""A formula for sets of components: what its picks pick, taken together."""


class TooManyCombinations(Exception):
    """More than `STEPS` would have to be tried."""


def cut_sets_of(vote: Vote, order: int) -> tuple[CutSets, ...]:
    """Return every cut set of `order` components, 2 or 3, where no fewer make one.

    Raises TooManyCombinations, and TypeError for a vote that is by trial. Cost: the links below the
    vote, and the combinations of shared components.
    """
    region = _Region(vote)
    terms: dict[Vote, Terms] = {}
    for one in region.votes:
        terms[one] = _terms_of(one, region, terms, order)
    return tuple(
        dict.fromkeys(
            region.by_name(shared) + way
            for shared, term in terms[vote].items()
            for way in term.ways
            if len(shared) + term.cost == order
        )
    )


@dataclass(slots=True)
class Term:
    """Components that must fail beside shared ones: how many at least, and which may be taken."""

    cost: int
    ways: list[CutSets]


Terms = dict[frozenset[str], Term]
"""By the shared components that fail: what else must. Shared are those that others count on too."""


class _Region:
    """Everything below one vote, and what each part of it is reached through."""

    def __init__(self, root: Vote) -> None:
        self.votes = _inner_first(root)
        users: defaultdict[Atom, list[tuple[Vote, int]]] = defaultdict(list)
        for vote in self.votes:
            for index, atoms in enumerate(vote.inputs):
                for atom in atoms:
                    users[atom].append((vote, index))
        self._above: dict[object, object] = {root: None}
        self._depth: dict[object, int] = {root: 0}
        self._names: dict[str, tuple[str, ...]] = {}
        for vote in reversed(self.votes):
            if vote is not root:
                self._place(vote, users[vote])
            for index in range(len(vote.inputs)):
                self._place((vote, index), [vote])
        for atom, places in users.items():
            if isinstance(atom, str):
                self._place(atom, places)

    def by_name(self, components: Collection[str]) -> CutSets:
        """Return what picks these components, or others that they stand for."""
        return tuple(Pick(1, (self._names.get(one, (one,)),)) for one in sorted(components))

    def let_stand_for(self, component: str, others: Collection[str]) -> None:
        """Note that the component was kept in place of others that do the same."""
        names = {name for one in (component, *others) for name in self._names.get(one, (one,))}
        self._names[component] = tuple(sorted(names))

    def is_within(self, component: str, end: Vote | tuple[Vote, int]) -> bool:
        """Tell whether the component is felt through this vote, or this input of one, alone."""
        depth = self._depth[end]
        at: object = component
        while self._depth[at] > depth:
            at = self._above[at]
        return at == end

    def _place(self, atom: object, users: Collection[object]) -> None:
        """Note the nearest thing that every way from the root to the atom passes."""
        nearest, *others = users
        for other in others:
            while nearest != other:
                if self._depth[nearest] >= self._depth[other]:
                    nearest = self._above[nearest]
                else:
                    other = self._above[other]  # noqa: PLW2901 - walks up
        self._above[atom] = nearest
        self._depth[atom] = self._depth[nearest] + 1


def _inner_first(root: Vote) -> list[Vote]:
    found: dict[Vote, None] = {}
    waiting = [root]
    while waiting:
        vote = waiting[-1]
        inner = {atom for atoms in vote.inputs for atom in atoms if isinstance(atom, Vote)}
        unknown = [one for one in inner if one not in found]
        if unknown:
            waiting += unknown
        else:
            waiting.pop()
            found[vote] = None
    return list(found)


def _terms_of(vote: Vote, region: _Region, known: Mapping[Vote, Terms], order: int) -> Terms:
    """Return what takes the vote down with at most `order` components."""
    inputs = [_input_terms(vote, index, region, known, order) for index in range(len(vote.inputs))]
    inputs = _merged(vote, inputs, region)
    ballot = _Ballot(vote, inputs)
    found: Terms = {}
    for shared in _unions({one for terms in inputs for one in terms if one}, order):
        term = ballot.term(shared, order - len(shared))
        smaller = (found[one] for one in _subsets(shared) if one in found)
        if term is not None and all(term.cost < one.cost for one in smaller):
            found[shared] = term
    return found


def _input_terms(
    vote: Vote, index: int, region: _Region, known: Mapping[Vote, Terms], order: int
) -> Terms:
    """Return what takes one input down; what is felt through it alone is no longer shared."""
    found: Terms = {}
    for atom in vote.inputs[index]:
        if isinstance(atom, Trial):
            raise TypeError(f"{vote.of!r} can only be tried out")
        terms = known[atom] if isinstance(atom, Vote) else {frozenset({atom}): Term(0, [()])}
        for names, term in terms.items():
            private = frozenset(one for one in names if region.is_within(one, (vote, index)))
            shared = names - private
            cost = term.cost + len(private)
            if len(shared) + cost > order:
                continue
            held = found.get(shared)
            if held is None or cost < held.cost:
                held = found[shared] = Term(cost, [])
            if cost == held.cost:
                held.ways += [region.by_name(private) + way for way in term.ways]
    return found


def _merged(vote: Vote, inputs: list[Terms], region: _Region) -> list[Terms]:
    """Return the inputs with one component for all that do the same, where nothing else counts.

    The one that is kept stands for the others, by its name.
    """
    uses: defaultdict[str, set[tuple[int, frozenset[str], int]]] = defaultdict(set)
    for index, terms in enumerate(inputs):
        for shared, term in terms.items():
            for one in shared:
                uses[one].add((index, shared - {one}, term.cost))
    alike: defaultdict[frozenset[tuple[int, frozenset[str], int]], list[str]] = defaultdict(list)
    for one in sorted(uses):
        if region.is_within(one, vote):
            alike[frozenset(uses[one])].append(one)
    dropped = {one for first, *others in alike.values() for one in others}
    if not dropped:
        return inputs
    for first, *others in alike.values():
        region.let_stand_for(first, others)
    return [
        {shared: term for shared, term in terms.items() if dropped.isdisjoint(shared)}
        for terms in inputs
    ]


class _Ballot:
    """The inputs of one vote as bits, by what takes them down."""

    def __init__(self, vote: Vote, inputs: list[Terms]) -> None:
        self._vote = vote
        self._inputs = inputs
        self._bits: defaultdict[tuple[frozenset[str], int], int] = defaultdict(int)
        for index, terms in enumerate(inputs):
            for shared, term in terms.items():
                self._bits[shared, term.cost] |= 1 << index

    def term(self, shared: frozenset[str], most: int) -> Term | None:
        """Return the least that must fail beside `shared`, None where that is more than `most`."""
        failed = [shared, *_subsets(shared)]
        at_cost: list[int] = []  # bits of the inputs that so many failures take down, no fewer
        cheaper = 0
        for cost in range(most + 1):
            bits = 0
            for names in failed:
                bits |= self._bits.get((names, cost), 0)
            at_cost.append(bits & ~cheaper)
            cheaper |= bits
        left = self._vote.needed - at_cost[0].bit_count()
        if left <= 0:
            return Term(0, [()])
        singles = at_cost[1].bit_count() if most else 0
        if left <= min(singles, most):
            return Term(left, [self._picks(left, at_cost[1], failed)])
        # All that one failure takes down, and one input more that takes two or three.
        if left != singles + 1:
            return None
        for cost in range(2, most - singles + 1):
            if at_cost[cost]:
                first = self._picks(singles, at_cost[1], failed)
                dear = self._ways(at_cost[cost], cost, failed)
                return Term(singles + cost, [first + way for way in dear])
        return None

    def _picks(self, count: int, bits: int, failed: list[frozenset[str]]) -> CutSets:
        """Return what picks `count` of the inputs; all of them are taken by name."""
        options = tuple(
            tuple(
                sorted(
                    {
                        name
                        for names in failed
                        if (term := self._inputs[index].get(names)) and term.cost == 1
                        for (pick,) in term.ways
                        for option in pick.options
                        for name in option
                    }
                )
            )
            for index in _indexes(bits)
        )
        if count == len(options):
            return tuple(Pick(1, (option,)) for option in options)
        return (Pick(count, options, self._vote.of),)

    def _ways(self, bits: int, cost: int, failed: list[frozenset[str]]) -> Iterator[CutSets]:
        for index in _indexes(bits):
            for names in failed:
                term = self._inputs[index].get(names)
                if term is not None and term.cost == cost:
                    yield from term.ways


def _unions(names: set[frozenset[str]], order: int) -> list[frozenset[str]]:
    """Return the unions of any of `names` of at most `order`, the smallest first, none included."""
    found = {frozenset[str](): None}
    edge = [*found]
    steps = 0
    for _ in range(order):
        steps += len(edge) * len(names)
        if steps > STEPS:
            raise TooManyCombinations
        wider = {one | more for one in edge for more in names}
        edge = [one for one in wider if len(one) <= order and one not in found]
        found |= dict.fromkeys(edge)
    return sorted(found, key=len)


def _subsets(names: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the proper subsets."""
    for size in range(len(names)):
        yield from map(frozenset, combinations(names, size))


def _indexes(bits: int) -> Iterator[int]:
    return (index for index in range(bits.bit_length()) if bits >> index & 1)
