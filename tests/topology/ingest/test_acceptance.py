"""What an administrator accepts as gone is counted on no longer."""

from __future__ import annotations

import pytest
from graph import Graph, claim

from topology.errors import UsageError
from topology.gates import Group, Needs
from topology.ingest.acceptance import acceptance_of
from topology.live.layout import layout_of

PATHS = Group("paths", Needs(1), of=("DeviceNode",))


def multipath() -> Graph:
    """paths --> device; path b has vanished."""
    graph = Graph()
    of = dict.fromkeys(("a", "b"), "paths")
    both = {uid: claim("DeviceNode") for uid in of}
    graph.report({**both, "m": claim(parents=of, of=of, groups=(PATHS,))}, is_complete=True)
    graph.report(
        {"a": both["a"], "m": claim(parents=["a"], of=of, groups=(PATHS,))}, is_complete=True
    )
    return graph


def test_a_path_that_is_accepted_as_gone_leaves_a_device_of_one_path() -> None:
    """One of one, and later scans keep it so."""
    graph = multipath()

    graph.replica.commit(acceptance_of(graph.replica, "b", at=5.0), graph.replica.revision + 1)
    graph.report({"m": claim(parents=["a"], of={"a": "paths"}, groups=(PATHS,), label="renamed")})

    (paths,) = layout_of(graph.replica.resources).parts["m"].groups
    assert (("a",), 1) == (paths.members, paths.size)
    assert "b" not in graph.replica.resources


def test_only_what_is_missing_can_be_accepted_as_gone() -> None:
    """A part that is reported is there."""
    with pytest.raises(UsageError, match="is not missing, it is reported by array/east"):
        acceptance_of(multipath().replica, "a", at=5.0)


def test_accepting_twice_is_accepting_once() -> None:
    """What is gone already changes nothing."""
    assert acceptance_of(multipath().replica, "never", at=5.0).changes == ()
