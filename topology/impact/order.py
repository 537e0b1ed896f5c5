"""The order in which a layout is judged: causes before effects, parts in a cycle at one time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from topology.impact.cycles import Cycle, cycle_of
from topology.impact.layout import Layout

Step = str | Cycle
"""What is judged at one time: a single part, by its uid, or a whole cycle."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the parts of one topology hang together; own states do not matter to it."""

    steps: tuple[Step, ...]
    """Causes first."""
    position: Mapping[str, int]
    """By uid: the index of its step."""
    upstream: Mapping[str, tuple[str, ...]]
    """By uid: its inputs, sorted."""
    downstream: Mapping[str, tuple[str, ...]]
    """By uid: what it is an input of, sorted."""

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Every set of parts that depend on each other, causes first."""
        return tuple(step for step in self.steps if isinstance(step, Cycle))

    def upstream_of(self, uids: Iterable[str]) -> frozenset[str]:
        """Return `uids` and everything whose trouble can reach them. O(links walked)."""
        return _reached(uids, self.upstream)

    def downstream_of(self, uids: Iterable[str]) -> frozenset[str]:
        """Return `uids` and everything their trouble can reach. O(links walked)."""
        return _reached(uids, self.downstream)

    def last(self) -> tuple[str, ...]:
        """Return the parts that nothing depends on, sorted; of a cycle, all of its members."""
        ends: list[str] = []
        for place, step in enumerate(self.steps):
            members = step.members if isinstance(step, Cycle) else (step,)
            followers = (name for uid in members for name in self.downstream[uid])
            if all(self.position[name] == place for name in followers):
                ends.extend(members)
        return tuple(sorted(ends))


def order_of(layout: Layout) -> Order:
    """Work out the order of a layout. O(parts + links); cycles allowed."""
    parts = layout.parts
    upstream = {
        uid: tuple(sorted({source for group in part.groups for source in group.members}))
        for uid, part in parts.items()
    }
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(parts)
    graph.add_edges_from((source, uid) for uid, inputs in upstream.items() for source in inputs)
    condensed = nx.condensation(graph)
    steps: list[Step] = []
    position: dict[str, int] = {}
    for component in nx.topological_sort(condensed):
        members = condensed.nodes[component]["members"]
        uid = next(iter(members))
        is_cycle = len(members) > 1 or graph.has_edge(uid, uid)
        position.update(dict.fromkeys(members, len(steps)))
        steps.append(cycle_of([parts[name].healthy() for name in members]) if is_cycle else uid)
    downstream = {uid: tuple(sorted(graph.successors(uid))) for uid in parts}
    return Order(tuple(steps), position, upstream, downstream)


def _reached(uids: Iterable[str], links: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    seen = set(uids)
    waiting = list(seen)
    while waiting:
        for uid in links[waiting.pop()]:
            if uid not in seen:
                seen.add(uid)
                waiting.append(uid)
    return frozenset(seen)
