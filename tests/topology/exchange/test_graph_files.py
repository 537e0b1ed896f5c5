"""GraphML and DOT hold every resource and link, whatever they are called."""

from __future__ import annotations

from io import BytesIO

import networkx as nx
from graph import Graph, claim

from topology.exchange.graph_files import dot, graphml
from topology.live.live_topology import view_of
from topology.live.view import View

_ODD = 'a "b" \\ <c> & \x07\nd'


def odd() -> View:
    """One disk with an odd name below a pool."""
    graph = Graph()
    graph.report(
        {"d1": claim(label=_ODD), "pool": claim("StoragePool", parents=["d1"], label="pool")}
    )
    return view_of(graph.replica, at=graph.now)


def test_graphml_is_read_back_with_names_and_states() -> None:
    """What XML cannot hold is replaced."""
    written = graphml(odd(), ["d1", "pool"])

    graph = nx.read_graphml(BytesIO(written.encode()))

    assert [("d1", "pool", "PARENT_OF")] == list(graph.edges(data="kind"))
    assert _ODD.replace("\x07", "\ufffd") == graph.nodes["d1"]["label"]
    assert ("OK", "PhysicalDisk") == (graph.nodes["d1"]["state"], graph.nodes["d1"]["class"])


def test_dot_quotes_whatever_a_name_holds() -> None:
    """A line end becomes an escape, a quote and a backslash stand for themselves."""
    written = dot(odd(), ["d1", "pool"])

    assert '"d1" -> "pool" [label="PARENT_OF"];' in written
    assert '"d1" [label="a \\"b\\" \\\\ <c> & \x07\\nd\\nPhysicalDisk\\n● OK"];' in written


def test_a_part_has_the_links_within_it_alone() -> None:
    """What is left out leaves no dangling link."""
    assert "->" not in dot(odd(), ["pool"])
