"""The graph for programs that draw or analyse graphs: GraphML and DOT, states included."""

from __future__ import annotations

import re
from collections.abc import Collection
from io import BytesIO

import networkx as nx

from topology.live.view import View
from topology.state import GLYPHS

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, not even escaped."""


def graphml(view: View, uids: Collection[str]) -> str:
    """Return these resources and the links among them as GraphML.

    Characters that XML cannot hold are replaced.
    """
    graph = _graph_of(view, uids)
    for _, attributes in graph.nodes(data=True):
        attributes.update({name: _NOT_XML.sub("\ufffd", one) for name, one in attributes.items()})
    written = BytesIO()
    nx.write_graphml_xml(graph, written, named_key_ids=True)
    return written.getvalue().decode()


def dot(view: View, uids: Collection[str]) -> str:
    """Return these resources and the links among them for Graphviz, trouble going to the right."""
    graph = _graph_of(view, uids)
    lines = ["digraph topology {", "  rankdir=LR;", "  node [shape=box];"]
    for uid, one in graph.nodes(data=True):
        label = f"{one['label']}\n{one['class']}\n{GLYPHS[one['state']]} {one['state']}"
        lines.append(f"  {_quoted(uid)} [label={_quoted(label)}];")
    for source, target, kind in graph.edges(keys=True):
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(kind)}];")
    return "\n".join([*lines, "}", ""])


def _graph_of(view: View, uids: Collection[str]) -> nx.MultiDiGraph[str]:
    chosen = frozenset(uids)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for uid in view.sorted_by_name(chosen):
        resource, state = view.resources[uid], view.state(uid)
        graph.add_node(
            uid,
            label=resource.name,
            **{"class": resource.class_name},
            own_state=resource.own_state.word,
            state=state.word,
            state_low=state.low.name,
            state_high=state.high.name,
        )
    for uid in list(graph):
        for one in view.resources[uid].inputs:
            if one.source in chosen:
                graph.add_edge(one.source, uid, key=str(one.kind), kind=str(one.kind))
    return graph


def _quoted(text: str) -> str:
    """Return a DOT string: a backslash stands for itself, a line ends with an escape."""
    plain = text.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\r", "").replace("\n", "\\n") + '"'
