"""A name an administrator gives outlives what plugins say."""

from __future__ import annotations

import pytest
from graph import Graph, claim

from topology.errors import UsageError
from topology.ingest.alias import alias_of
from topology.model import Resource


def named(graph: Graph, uid: str, alias: str) -> Resource:
    changes = alias_of(graph.replica, uid, alias, at=5.0)
    graph.replica.commit(changes, graph.replica.revision + 1)
    return graph.replica.resources[uid]


def test_an_alias_is_what_it_is_called_also_after_a_scan_that_relabels_it() -> None:
    """The whole scan is reported anew."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk", label="Disk Z1")}, is_complete=True)

    first = named(graph, "disk", " top left ")
    graph.report({"disk": claim("PhysicalDisk", label="Disk Z1b")}, is_complete=True)

    assert ("top left", "top left") == (first.name, graph.replica.resources["disk"].name)


def test_an_empty_alias_gives_the_label_back() -> None:
    """And the same one twice changes nothing."""
    graph = Graph()
    graph.report({"disk": claim("PhysicalDisk", label="Disk Z1")})
    named(graph, "disk", "top left")

    again = alias_of(graph.replica, "disk", "top left", at=6.0)
    without = named(graph, "disk", "")

    assert () == again.changes
    assert "Disk Z1" == without.name


@pytest.mark.parametrize(
    "name", ["two\nlines", "left\u202etop", "\u2066top left", "a\0", "\x1b[2J"]
)
def test_what_would_turn_round_or_break_the_line_it_stands_in_is_refused(name: str) -> None:
    """Names are shown in tables, sentences and terminals; what cannot be seen is quoted escaped."""
    graph = Graph()
    graph.report({"disk": claim(label="Disk Z1")})

    with pytest.raises(
        UsageError, match=r"^the alias '[ -~]+' holds '\\[ -~]+', which nobody sees"
    ):
        alias_of(graph.replica, "disk", name, at=7.0)


@pytest.mark.parametrize("taken", ["Disk Z2", "disk2", "mine", "x" * 121])
def test_what_names_another_already_or_is_too_long_is_refused(taken: str) -> None:
    """A name for two things names neither."""
    graph = Graph()
    graph.report({"disk": claim(label="Disk Z1"), "disk2": claim(label="Disk Z2")})
    graph.report({"disk3": claim(label="Disk Z3")})
    named(graph, "disk3", "mine")

    with pytest.raises(UsageError, match=r"; give (another name|a shorter one)$"):
        alias_of(graph.replica, "disk", taken, at=7.0)
