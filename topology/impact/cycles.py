"""Parts that depend on each other: who shares whose fate, and who is up without going in circles.

Trouble never justifies itself and neither does health: what is up must be held up from outside the
cycle, so two switches whose uplinks are both gone do not keep each other up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from topology.impact.layout import InputGroup, Part
from topology.impact.tally import StateOf, group_state, is_series
from topology.state import State

THRESHOLDS = (State.PARTIAL, State.FAILED)
Fate = frozenset[str]
"""Members of a cycle that go down together at one threshold."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """A largest set of parts that all depend on each other."""

    members: tuple[str, ...]
    """Sorted by uid."""
    followers: Mapping[str, tuple[str, ...]]
    """By member: the members that have it as an input."""
    fates: Mapping[State, Mapping[str, Fate]]
    """For PARTIAL and FAILED, by member: those that share its fate there, itself included."""
    unsupported: Mapping[State, tuple[Fate, ...]]
    """Sets that nothing outside holds up even on the healthy site, treated as shared fate."""

    def settle(self, parts: Mapping[str, Part], own: StateOf, outside: StateOf) -> dict[str, State]:
        """Return the state of every member, given the states of all inputs from outside.

        Lesser trouble may end a member where a map or a rule makes more of it, and what has ended
        is lesser trouble for others: both are worked out in turns until nothing moves.
        """
        states = {uid: own(uid) for uid in self.members}
        while True:
            worse = self._weakened(parts, outside, self._ended(parts, states, outside))
            if worse == states:
                return states
            states = worse

    def _weakened(
        self, parts: Mapping[str, Part], outside: StateOf, at_least: Mapping[str, State]
    ) -> dict[str, State]:
        """Return the states of the members, worked out upwards from what they are at least."""
        states = dict(at_least)

        def state_of(uid: str) -> State:
            return states[uid] if uid in states else outside(uid)

        waiting = dict.fromkeys(self.members)
        while waiting:
            uid = next(iter(waiting))
            del waiting[uid]
            part = parts[uid]
            given = (group_state(part, group, state_of) for group in part.groups)
            worst = max(states[uid], max(given, default=State.OK))
            if worst > states[uid]:
                states[uid] = worst
                waiting.update(dict.fromkeys(self.followers[uid]))
        return states

    def _ended(
        self, parts: Mapping[str, Part], at_least: Mapping[str, State], outside: StateOf
    ) -> dict[str, State]:
        """Return `at_least`, with PARTIAL or FAILED for each member that is not up.

        Nothing is up at first; a fate comes up once everything its members need is up.
        """
        down = {threshold: set(self.members) for threshold in THRESHOLDS}

        def pessimistic(uid: str) -> State:
            if uid not in at_least:
                return outside(uid)
            lowest = next((at for at in reversed(THRESHOLDS) if uid in down[at]), State.OK)
            return max(lowest, at_least[uid])

        def view(part: Part, group: InputGroup, threshold: State) -> StateOf:
            def state_of(source: str) -> State:
                is_within = self._is_within_fate(part, group, source, threshold)
                return at_least[source] if is_within else pessimistic(source)

            return state_of

        def is_up(uid: str, threshold: State) -> bool:
            part = parts[uid]
            return at_least[uid] < threshold and all(
                group_state(part, group, view(part, group, threshold)) < threshold
                for group in part.groups
            )

        waiting = deque(
            (threshold, fate)
            for threshold in THRESHOLDS
            for fate in dict.fromkeys(self.fates[threshold].values())
        )
        queued = set(waiting)
        while waiting:
            turn = waiting.popleft()
            queued.discard(turn)
            threshold, fate = turn
            if fate.isdisjoint(down[threshold]) or not all(is_up(uid, threshold) for uid in fate):
                continue
            down[threshold] -= fate
            for follower in {name for uid in fate for name in self.followers[uid]}:
                for at in THRESHOLDS:
                    again = (at, self.fates[at][follower])
                    if again not in queued:
                        queued.add(again)
                        waiting.append(again)
        return {uid: pessimistic(uid) for uid in self.members}

    def _is_within_fate(self, part: Part, group: InputGroup, source: str, threshold: State) -> bool:
        """Tell whether this link only says that `source` and `part` share their fate."""
        return source in self.fates[threshold][part.uid] and (
            lets_through(part, group, source, threshold)
            or any({source, part.uid} <= fate for fate in self.unsupported[threshold])
        )


def lets_through(part: Part, group: InputGroup, source: str, threshold: State) -> bool:
    """Tell whether `part` is at `threshold` or worse whenever its input `source` is."""
    return is_series(group) and min(group.cap, part.map_of(source)(threshold)) >= threshold


def cycle_of(members: Iterable[Part]) -> Cycle:
    """Describe the cycle that these parts of the healthy site form."""
    healthy = {part.uid: part for part in members}
    names = tuple(sorted(healthy))
    followers: dict[str, list[str]] = {uid: [] for uid in names}
    for uid in names:
        for source in {source for group in healthy[uid].groups for source in group.members}:
            if source in followers:
                followers[source].append(uid)

    def all_ok(_uid: str) -> State:
        return State.OK

    unsupported: dict[State, tuple[Fate, ...]] = dict.fromkeys(THRESHOLDS, ())
    while True:
        fates = {at: _fates_at(at, healthy, names, unsupported[at]) for at in THRESHOLDS}
        cycle = Cycle(
            names, {uid: tuple(who) for uid, who in followers.items()}, fates, dict(unsupported)
        )
        states = cycle.settle(healthy, all_ok, all_ok)
        if not any(state.has_ended for state in states.values()):
            return cycle
        for at in THRESHOLDS:
            unsupported[at] += tuple(_circles(cycle, {uid for uid in names if states[uid] >= at}))


def _circles(cycle: Cycle, down: Collection[str]) -> Iterator[Fate]:
    """Yield the sets of parts that are down only because they depend on each other."""
    import networkx as nx  # here: it takes 20 MB, and most sites have no cycle

    graph: nx.DiGraph[str] = nx.DiGraph(
        (uid, follower) for uid in down for follower in cycle.followers[uid] if follower in down
    )
    for component in nx.strongly_connected_components(graph):
        uid = next(iter(component))
        if len(component) > 1 or graph.has_edge(uid, uid):
            yield frozenset(component)


def _fates_at(
    threshold: State,
    parts: Mapping[str, Part],
    members: Collection[str],
    unsupported: Collection[Fate],
) -> dict[str, Fate]:
    import networkx as nx  # here: it takes 20 MB, and most sites have no cycle

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(members)
    graph.add_edges_from(
        (source, uid)
        for uid in members
        for group in parts[uid].groups
        for source in group.members
        if graph.has_node(source) and lets_through(parts[uid], group, source, threshold)
    )
    for fate in unsupported:
        nx.add_cycle(graph, sorted(fate))
    return {
        uid: fate
        for fate in map(frozenset, nx.strongly_connected_components(graph))
        for uid in fate
    }
