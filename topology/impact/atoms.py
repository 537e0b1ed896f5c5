"""What alone takes each place of a fault tree down, however far upstream it is.

That is a component, or several inputs failing together: then the vote they lose is one thing here,
and `topology.impact.cut_sets` tells what it takes to lose it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from topology.impact.fault_tree import FaultTree, Node, Place


@dataclass(frozen=True, eq=False)
class Vote:
    """At least `needed` (2 or more) of the `inputs` must fail; each fails by any of its atoms."""

    of: str
    """Uid of the resource whose inputs they are."""
    place: Place
    needed: int
    inputs: tuple[frozenset[Atom], ...]
    is_by_trial: bool = field(init=False)
    """Something below it has no formula."""

    def __post_init__(self) -> None:
        tried = any(
            isinstance(atom, Trial) or (isinstance(atom, Vote) and atom.is_by_trial)
            for atom in chain.from_iterable(self.inputs)
        )
        object.__setattr__(self, "is_by_trial", tried)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A place for which no formula holds; another one once anything upstream of it is otherwise."""

    place: Place


Atom = str | Vote | Trial
"""What alone takes a place down: a component, by its uid, or one of the others happening."""


class Atoms:
    """What alone takes each place of a tree down; every answer is kept.

    `known` are answers that still hold, of a tree of the same parts.
    """

    def __init__(self, tree: FaultTree, known: Mapping[Place, frozenset[Atom]]) -> None:
        self._tree = tree
        self._known = dict(known)
        self._votes: dict[tuple[int, tuple[frozenset[Atom], ...]], Vote] = {
            (atom.needed, atom.inputs): atom
            for atom in chain.from_iterable(known.values())
            if isinstance(atom, Vote)
        }

    @property
    def known(self) -> Mapping[Place, frozenset[Atom]]:
        """What has been worked out by now, as a copy."""
        return self._known.copy()

    def leaves(self, place: Place, at_once: int) -> Iterator[Place]:
        """Yield what alone takes a place down and is more than a component.

        That is the place itself, where several of its inputs must fail together, else its inputs,
        and so on. Of very many inputs the first `at_once` are evenly spread. O(links passed).
        """
        seen = {place}
        waiting = deque([place])
        while waiting:
            at = waiting.popleft()
            node = self._tree.node(at)
            if node.is_by_trial or any(one.needed > 1 for one in node.conditions):
                yield at
                continue
            found = sorted({*chain.from_iterable(one.inputs for one in node.conditions)} - seen)
            seen.update(found)
            step = len(found) // at_once + 1
            for first in range(step):
                waiting += found[first::step]

    def of(self, place: Place) -> frozenset[Atom]:
        """Return what alone takes a place down, however far upstream. O(links) the first time."""
        if place in self._known:
            return self._known[place]
        waiting = [(place, self._tree.node(place))]
        while waiting:
            at, node = waiting[-1]
            inputs = () if node.is_by_trial else chain(*(one.inputs for one in node.conditions))
            unknown = [one for one in inputs if one not in self._known]
            if unknown:
                waiting += [(one, self._tree.node(one)) for one in unknown]
            else:
                waiting.pop()
                if at not in self._known:
                    self._known[at] = self._combined(at, node)
        return self._known[place]

    def _combined(self, place: Place, node: Node) -> frozenset[Atom]:
        if node.is_by_trial:
            return frozenset({Trial(place)})
        found: list[frozenset[Atom]] = [frozenset({place[0]})] if node.is_component else []
        for condition in node.conditions:
            inputs = [self._known[one] for one in condition.inputs]
            if condition.needed == 1:
                found += inputs
            elif condition.needed <= len(inputs):
                # k of (P or a, P or b, ...) is P or k of (a, b, ...).
                common = frozenset.intersection(*inputs)
                found.append(common)
                found += self._vote(place, condition.needed, [one - common for one in inputs])
        filled = [one for one in found if one]
        return filled[0] if len(filled) == 1 else frozenset().union(*filled)

    def _vote(
        self, place: Place, needed: int, inputs: list[frozenset[Atom]]
    ) -> list[frozenset[Atom]]:
        filled = tuple(one for one in inputs if one)
        if len(filled) < needed:
            return []
        vote = self._votes.setdefault(
            (needed, filled), Vote(place[0], place, needed, filled)
        )  # one object for one function, so that what two inputs share is seen to be shared
        return [frozenset({vote})]
