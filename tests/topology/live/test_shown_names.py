"""Under which name a logical drive is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from graph import WEST, Graph, claim
from hypothesis import given, settings
from hypothesis import strategies as st

from topology.ingest.alias import alias_of
from topology.live.live_topology import view_after, view_of
from topology.live.selection import selection_of
from topology.live.view import View
from topology.model import Claim


def drive(label: str, parents: Iterable[str] = (), *, subscribes: str = "") -> Claim:
    return claim("LogicalDrive", parents=parents, label=label, subscribes=subscribes)


def site() -> Graph:
    """lun ("home-7", of the array) --> path --> scsi ("3600a0b", of the host) --> slice."""
    graph = Graph()
    lun = claim("LogicalDrive", parents=["disk"], label="home-7", provides="600a0b")
    graph.report({"disk": claim(label="Disk 1"), "lun": lun})
    graph.report(
        {
            "path": claim("DeviceNode", subscribes="600a0b", label="host:/dev/sdb"),
            "scsi": drive("3600a0b", ["path"]),
            "slice": claim("LogicalDriveSlice", parents=["scsi"], label="part-1"),
        },
        scope=WEST,
    )
    return graph


def shown(graph: Graph) -> View:
    return view_of(graph.replica, at=0.0)


def test_a_drive_that_descends_from_one_other_is_shown_under_that_ones_name() -> None:
    """What the array calls the LUN wins over the SCSI id; slices and devices keep their own."""
    view = shown(site())

    names = [view.name(uid) for uid in ("lun", "path", "scsi", "slice")]
    assert ["home-7", "host:/dev/sdb", "home-7", "part-1"] == names


def test_each_of_the_two_is_found_by_what_it_is_called_itself() -> None:
    """One name for two never makes an answer ambiguous; a search lists both."""
    view = shown(site())

    assert ["lun", "scsi"] == [view.find("home-7"), view.find("3600a0b")]
    assert ["lun", "scsi"] == sorted(selection_of(view, text="HOME"))
    assert ["scsi"] == selection_of(view, text="3600a0b")


def test_an_alias_names_what_descends_from_it_too() -> None:
    """And a drive's own alias is above all."""
    graph = site()

    for uid, alias in (("lun", "homes"), ("scsi", "mine")):
        changes = alias_of(graph.replica, uid, alias, at=graph.now)
        graph.replica.commit(changes, graph.replica.revision + 1)
        view = shown(graph)
        if uid == "lun":
            assert "homes" == view.name("scsi")

    assert ["homes", "mine"] == [view.name("lun"), view.name("scsi")]


@pytest.mark.parametrize(
    "reported",
    [
        {"a": drive("A"), "b": drive("B"), "it": drive("own", ["a", "b"])},
        {
            "a": drive("A"),
            "part": claim("LogicalDriveSlice", parents=["a"]),
            "it": drive("own", ["part"]),
        },
        {"a": replace(drive("A"), inputs=claim(affects=["it"]).inputs), "it": drive("own")},
        {"a": claim("StoragePool"), "it": drive("own", ["a"])},
    ],
    ids=["of two", "of a slice", "affected only", "of none"],
)
def test_a_drive_without_one_that_it_wholly_descends_from_keeps_its_own(
    reported: dict[str, Claim],
) -> None:
    """A mirror of two LUNs, a volume on a slice, a dependency that is no composition."""
    graph = Graph()

    graph.report(reported)

    assert "own" == shown(graph).name("it")


def test_in_a_line_of_drives_all_are_shown_under_the_first() -> None:
    """lun --> scsi --> pool --> volume."""
    graph = site()

    graph.report({"pool": claim("StoragePool", parents=["scsi"]), "vol": drive("v", ["pool"])})

    assert "home-7" == shown(graph).name("vol")


def test_drives_in_a_cycle_keep_their_own_names() -> None:
    """Affecting closes cycles, providing may too; nobody waits for an end."""
    graph = Graph()
    graph.report(
        {
            name: replace(drive(name, subscribes=other), provides=provided.provides)
            for name, other, provided in (
                ("a", "two", claim(provides="one")),
                ("b", "one", claim(provides="two")),
            )
        }
    )

    view = shown(graph)

    assert ["a", "b"] == [view.name("a"), view.name("b")]


KINDS = ["LogicalDrive", "LogicalDriveSlice", "StoragePool"]
layouts = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sets(st.integers(0, 6), max_size=2), st.booleans()),
    max_size=7,
)


@settings(deadline=None, max_examples=40)
@given(steps=st.lists(layouts, min_size=2, max_size=4))
def test_names_kept_from_view_to_view_are_those_of_a_fresh_view(
    steps: list[list[tuple[str, set[int], bool]]],
) -> None:
    """Whatever comes, goes, is linked otherwise or renamed; each step is a whole scan."""
    graph = Graph()
    before = shown(graph)
    for number, layout in enumerate(steps):
        changes = graph.report(
            {
                f"r{place}": claim(
                    kind,
                    parents=[f"r{one}" for one in sources if one < place],
                    label=f"r{place}" + (f" of {number}" if is_renamed else ""),
                )
                for place, (kind, sources, is_renamed) in enumerate(layout)
            },
            is_complete=True,
            is_final=True,
        )

        before = view_after(before, graph.replica, {one.uid for one in changes}, at=0.0)

        assert shown(graph).resources == before.resources
