"""The order in which a layout is judged: causes before effects, parts in a cycle at one time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from topology.impact.arrays import Ints, Rows, rows_by
from topology.impact.cycles import Cycle, cycle_of
from topology.impact.layout import Layout, Part

Step = str | Cycle
"""What is judged at one time: a single part, by its uid, or a whole cycle."""


@dataclass(frozen=True, eq=False)
class Order:
    """How the parts of one topology hang together; own states do not matter to it.

    Parts have numbers. Those of parts that are gone are not used again; nothing leads to them.
    """

    uids: tuple[str, ...]
    """By number."""
    index: Mapping[str, int]
    """The number of each part, by its uid."""
    sources: Rows
    """The inputs of each part, by numbers; one in two groups stands twice."""
    users: Rows
    """What each part is an input of, by numbers, in the same way."""
    rank: Ints
    """By number: the most links that lead to it from a part without inputs; cycles count as one."""
    cycles: tuple[Cycle, ...]
    """Every set of parts that depend on each other, causes first."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All parts and cycles, causes first."""
        found: dict[int, Step] = {place: uid for uid, place in self.position.items()}
        found |= {self.position[cycle.members[0]]: cycle for cycle in self.cycles}
        return tuple(found[place] for place in range(len(found)))

    @cached_property
    def position(self) -> Mapping[str, int]:
        """By uid: the index of its step."""
        leader = np.arange(len(self.uids))
        for cycle in self.cycles:
            numbers = [self.index[uid] for uid in cycle.members]
            leader[numbers] = min(numbers)
        alive = np.fromiter(self.index.values(), np.intp, len(self.index))
        keys = self.rank[alive] * len(self.uids) + leader[alive]
        _, places = np.unique(keys, return_inverse=True)
        return dict(zip(self.index, places.tolist(), strict=True))

    @property
    def upstream(self) -> Mapping[str, tuple[str, ...]]:
        """By uid: its inputs, sorted."""
        return Neighbours(self, self.sources)

    @property
    def downstream(self) -> Mapping[str, tuple[str, ...]]:
        """By uid: what it is an input of, sorted."""
        return Neighbours(self, self.users)

    @cached_property
    def by_rank(self) -> Rows:
        """The parts of each rank, ascending."""
        return rows_by(self.rank, np.arange(len(self.rank)), int(self.rank.max(initial=0)) + 1)

    @cached_property
    def cycle_places(self) -> Mapping[int, int]:
        """By number: which of the cycles the part is in; parts in none are left out."""
        return {
            self.index[uid]: place
            for place, cycle in enumerate(self.cycles)
            for uid in cycle.members
        }

    def upstream_of(self, uids: Iterable[str]) -> frozenset[str]:
        """Return `uids` and everything whose trouble can reach them. O(links walked)."""
        return self._names(self.reached(self._numbers(uids), self.sources))

    def downstream_of(self, uids: Iterable[str]) -> frozenset[str]:
        """Return `uids` and everything their trouble can reach. O(links walked)."""
        return self._names(self.reached(self._numbers(uids), self.users))

    def last(self) -> tuple[str, ...]:
        """Return the parts that nothing depends on, sorted; of a cycle, all of its members."""
        ends: list[str] = []
        in_cycles = self.cycle_places
        for uid, number in self.index.items():
            if number not in in_cycles and not self.users.of(number):
                ends.append(uid)
        for place, cycle in enumerate(self.cycles):
            users = {user for uid in cycle.members for user in self.users.of(self.index[uid])}
            if all(in_cycles.get(user) == place for user in users):
                ends.extend(cycle.members)
        return tuple(sorted(ends))

    def reached(self, numbers: Ints, links: Rows) -> Ints:
        """Return `numbers` and all that `links` lead to from them, ascending. O(links walked)."""
        seen = np.zeros(len(self.uids), np.bool_)
        seen[numbers] = True
        at = numbers
        while at.size:
            found = links.gather(at)
            at = np.unique(found[~seen[found]])
            seen[at] = True
        return np.flatnonzero(seen)

    def _numbers(self, uids: Iterable[str]) -> Ints:
        return np.array([self.index[uid] for uid in uids], np.intp)

    def _names(self, numbers: Ints) -> frozenset[str]:
        return frozenset(map(self.uids.__getitem__, numbers.tolist()))


@dataclass(frozen=True, eq=False)
class Neighbours(Mapping[str, tuple[str, ...]]):
    """The neighbours of each part by their uids, looked up when they are asked for."""

    order: Order
    links: Rows

    def __getitem__(self, uid: str) -> tuple[str, ...]:
        found = set(self.links.of(self.order.index[uid]))
        return tuple(sorted(self.order.uids[number] for number in found))

    def __iter__(self) -> Iterator[str]:
        return iter(self.order.index)

    def __len__(self) -> int:
        return len(self.order.index)


def order_of(layout: Layout) -> Order:
    """Work out the order of a layout. O(parts + links); cycles allowed."""
    index = {uid: number for number, uid in enumerate(layout.parts)}
    links = [
        (index[source], index[uid])
        for uid, part in layout.parts.items()
        for group in part.groups
        for source in group.members
    ]
    sources, users = np.array(links, np.intp).reshape(-1, 2).T
    return ordered(tuple(index), index, sources, users, lambda uid: layout.parts[uid])


def ordered(
    uids: tuple[str, ...],
    index: Mapping[str, int],
    sources: Ints,
    users: Ints,
    part_of: Callable[[str], Part],
) -> Order:
    """Return the order of the parts that are joined by links from `sources` to `users`.

    `part_of` is asked for the members of cycles alone.
    """
    count = len(uids)
    rank, rest = _ranks(count, sources, users)
    found: list[list[int]] = []
    if rest.size:
        found = _circles(count, sources, users, rest)
        leader = np.arange(count)
        for members in found:
            leader[members] = members[0]
        of, to = leader[sources], leader[users]
        rank = _ranks(count, of[of != to], to[of != to])[0][leader]
    found.sort(key=lambda members: rank[members[0]])
    return Order(
        uids=uids,
        index=index,
        sources=rows_by(users, sources, count),
        users=rows_by(sources, users, count),
        rank=rank,
        cycles=tuple(
            cycle_of([part_of(uids[number]).healthy() for number in members]) for members in found
        ),
    )


def _ranks(count: int, sources: Ints, users: Ints) -> tuple[Ints, Ints]:
    """Return the rank of each part, and the parts that are in cycles or behind one."""
    links = rows_by(sources, users, count)
    waiting = np.bincount(users, minlength=count)
    rank = np.full(count, -1, np.intp)
    at = np.flatnonzero(waiting == 0)
    level = 0
    while at.size:
        rank[at] = level
        reached, times = np.unique(links.gather(at), return_counts=True)
        waiting[reached] -= times
        at = reached[waiting[reached] == 0]
        level += 1
    return rank, np.flatnonzero(rank < 0)


def _circles(count: int, sources: Ints, users: Ints, rest: Ints) -> list[list[int]]:
    """Return the sets of parts among the `rest` that all depend on each other."""
    import networkx as nx  # here: it takes 20 MB, and most sites have no cycle

    is_left = np.zeros(count, np.bool_)
    is_left[rest] = True
    kept = is_left[sources] & is_left[users]
    graph: nx.DiGraph[int] = nx.DiGraph(
        zip(sources[kept].tolist(), users[kept].tolist(), strict=True)
    )
    return [
        sorted(members)
        for members in nx.strongly_connected_components(graph)
        if len(members) > 1 or graph.has_edge(*[next(iter(members))] * 2)
    ]
