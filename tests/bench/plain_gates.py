"""The gates of the same semantics on graph libraries, the plain way, to measure ours beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx
import rustworkx as rx

from topology.gates import Needs, Tolerates
from topology.impact.layout import InputGroup, Layout
from topology.state import State


def networkx_graph(layout: Layout) -> nx.DiGraph[str]:
    """Return the layout's links as a networkx graph."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(layout.parts)
    graph.add_edges_from(_links(layout))
    return graph


def networkx_gates(graph: nx.DiGraph[str], layout: Layout) -> Mapping[str, State]:
    """Evaluate the gates of a site without cycles in networkx's own order."""
    return _gates(nx.topological_sort(graph), layout)


def rustworkx_graph(layout: Layout) -> rx.PyDiGraph[str, None]:
    """Return the layout's links as a rustworkx graph."""
    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
    index = dict(zip(layout.parts, graph.add_nodes_from(list(layout.parts)), strict=True))
    graph.add_edges_from_no_data([(index[source], index[uid]) for source, uid in _links(layout)])
    return graph


def rustworkx_gates(graph: rx.PyDiGraph[str, None], layout: Layout) -> Mapping[str, State]:
    """Evaluate the gates of a site without cycles in rustworkx's own order."""
    return _gates((graph[number] for number in rx.topological_sort(graph)), layout)


def _links(layout: Layout) -> Iterable[tuple[str, str]]:
    return (
        (source, uid)
        for uid, part in layout.parts.items()
        for group in part.groups
        for source in group.members
    )


def _gates(order: Iterable[str], layout: Layout) -> Mapping[str, State]:
    states: dict[str, State] = {}
    for uid in order:
        part = layout.parts[uid]
        found = [
            min(group.cap, _gate([part.map_of(one)(states[one]) for one in group.members], group))
            for group in part.groups
        ]
        states[uid] = max([part.own.low, *found])
    return states


def _gate(inputs: list[State], group: InputGroup) -> State:
    """Evaluate one k-of-n gate; the sites measured have no other."""
    match group.gate:
        case Tolerates(failures):
            tolerated = failures
        case Needs(needed):
            tolerated = group.size - needed
        case _:
            raise ValueError("the sites measured have no rules")
    worst = sorted(inputs + [State.FAILED] * (group.size - len(inputs)), reverse=True)
    failed = sum(state.has_ended for state in worst)
    if failed > tolerated:
        return State.FAILED
    if tolerated == 0:
        return worst[0]
    lost = State.CRITICAL if failed == tolerated else State.DEGRADED if failed else State.OK
    return max(worst[tolerated], lost or min(worst[0], State.DEGRADED))
