"""How the parts of a layout hang together."""

from __future__ import annotations

from builders import topology_of

from topology.impact import order_of

ORDER = order_of(
    topology_of(
        """
        disk-1 --> pool-1 --> ost-0 --> scratch
        disk-2 --> pool-2 --> ost-1 --> home
        switch-1 --> switch-2 --> switch-1
        """
    )
)


def test_upstream_and_downstream_mirror_each_other() -> None:
    """Both include where they start, and follow the arrows only."""
    assert {"ost-0", "pool-1", "disk-1"} == ORDER.upstream_of(["ost-0"])
    assert {"pool-1", "ost-0", "scratch"} == ORDER.downstream_of(["pool-1"])
    assert {"switch-1", "switch-2"} == ORDER.upstream_of(["switch-1"])


def test_causes_come_before_their_effects() -> None:
    """A cycle has one place, so none of its parts comes first."""
    assert ORDER.position["disk-1"] < ORDER.position["pool-1"] < ORDER.position["scratch"]
    assert ORDER.position["switch-1"] == ORDER.position["switch-2"]


def test_what_nothing_depends_on_comes_last() -> None:
    """Of a cycle at the end, every part: there is no other end to judge."""
    assert ("home", "scratch", "switch-1", "switch-2") == ORDER.last()
