"""From links and declared groups to what the engine judges."""

from __future__ import annotations

from graph import EAST, WEST, Graph, claim

from topology.gates import SERIES, Group, InputMap, Needs, Tolerates
from topology.impact.layout import InputGroup
from topology.live.layout import layout_of
from topology.model import Claim, Input, LinkKind
from topology.state import State


def groups_of(graph: Graph, uid: str) -> tuple[InputGroup, ...]:
    return layout_of(graph.replica.resources).parts[uid].groups


def test_inputs_that_no_group_names_are_all_needed() -> None:
    """disk --> host <-- fan: one series."""
    graph = Graph()

    graph.report(
        {"d": claim(), "f": claim("Fan"), "h": claim("Host", parents=["d"], affects=["f"])}
    )

    assert groups_of(graph, "h") == (InputGroup("inputs", ("f", "d"), 2, SERIES),)


def test_of_the_providers_of_one_identifier_one_is_needed() -> None:
    """Two arrays show one LUN to one device: views of one thing."""
    graph = Graph()
    graph.report({"a": claim("LogicalDrive", provides="6001")}, scope=EAST)
    graph.report({"b": claim("LogicalDrive", provides="6001")}, scope=WEST)

    graph.report({"dev": claim("DeviceNode", subscribes="6001")}, scope=EAST)

    assert groups_of(graph, "dev") == (InputGroup("scsi_serial=6001", ("a", "b"), 2, Needs(1)),)


def test_a_group_has_its_declared_size_and_never_less_than_its_members() -> None:
    """Ten declared, one reported; then one declared, two reported: live, no layout is refused."""
    graph = Graph()
    ten = Group("disks", Tolerates(2), size=10)
    graph.report({"d": claim(), "p": claim(parents=["d"], of={"d": "disks"}, groups=(ten,))})
    one = Group("disks", Tolerates(0), size=1)
    both = {"d": "disks", "e": "disks"}

    of_ten = groups_of(graph, "p")[0].size
    graph.report({"e": claim(), "p": claim(parents=both, of=both, groups=(one,))})

    assert (of_ten, groups_of(graph, "p")[0].size) == (10, 2)


def test_a_group_without_a_declared_size_keeps_the_most_inputs_it_has_had() -> None:
    """Two paths, then one that is reported: one of two."""
    graph = Graph()
    paths = Group("paths", Needs(1), of=("DeviceNode",))
    both = {"a": "paths", "b": "paths"}
    two = {uid: claim("DeviceNode") for uid in both}
    graph.report({**two, "m": claim(parents=both, of=both, groups=(paths,))}, is_complete=True)

    graph.report(
        {"a": two["a"], "m": claim(parents=["a"], of=both, groups=(paths,))}, is_complete=True
    )

    assert groups_of(graph, "m") == (InputGroup("paths", ("a", "b"), 2, Needs(1)),)


def test_a_group_that_never_had_a_member_is_no_group() -> None:
    """A pool whose plugin reports no disks is not failed for that."""
    graph = Graph()

    graph.report({"p": claim("StoragePool", groups=(Group("disks", Tolerates(2)),))})

    assert groups_of(graph, "p") == ()


def test_two_links_from_one_input_pass_on_whatever_either_does() -> None:
    """PARENT_OF ignored, AFFECTS capped: the cap is what arrives."""
    graph = Graph()
    links = (
        Input("d", LinkKind.PARENT_OF, map=InputMap.ignore()),
        Input("d", LinkKind.AFFECTS, map=InputMap.capped(State.DEGRADED)),
    )

    graph.report({"d": claim(), "h": Claim(classes=("Host",), label="h", inputs=links)})

    part = layout_of(graph.replica.resources).parts["h"]
    assert part.map_of("d") == InputMap.capped(State.DEGRADED)
