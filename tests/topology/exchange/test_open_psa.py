"""The fault tree that is exported says what the engine says."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from graph import Graph, claim
from web_sites import Trouble, simulated

from topology.errors import UsageError
from topology.exchange.open_psa import open_psa
from topology.gates import Group, Tolerates
from topology.live.live_topology import view_of
from topology.live.view import View


def cut_sets(text: str, most: int) -> set[frozenset[str]]:
    """Return the minimal sets of up to `most` basic events that bring the top about, by labels."""
    root = ET.fromstring(text)  # noqa: S314 - our own
    gates = {
        one.attrib["name"]: next(part for part in one if part.tag != "label")
        for one in root.iter("define-gate")
    }
    events = {
        one.attrib["name"]: str(one.findtext("label")).removesuffix(" fails")
        for one in root.iter("define-basic-event")
    }
    top = next(iter(gates))
    enough: dict[str, Callable[[list[bool]], bool]] = {"or": any, "and": all}

    def holds(formula: ET.Element, failed: frozenset[str], known: dict[str, bool]) -> bool:
        name = formula.attrib.get("name", "")
        match formula.tag:
            case "basic-event":
                return name in failed
            case "constant":
                return formula.attrib["value"] == "true"
            case "gate":
                if name not in known:
                    known[name] = holds(gates[name], failed, known)
                return known[name]
        arguments = [holds(one, failed, known) for one in formula]
        if formula.tag == "atleast":
            return sum(arguments) >= int(formula.attrib["min"])
        return enough[formula.tag](arguments)

    found: set[frozenset[str]] = set()
    for size in range(1, most + 1):
        for failed in map(frozenset, combinations(events, size)):
            if not any(one <= failed for one in found) and holds(gates[top], failed, {}):
                found.add(failed)
    return {frozenset(events[name] for name in one) for one in found}


@pytest.mark.parametrize("failed", ["", "couplet0-enc1-slot03", "couplet0-enc1", "oss0"])
def test_single_cut_sets_of_a_site_are_the_engine_s_single_points(failed: str) -> None:
    """For the filesystem, with caps and redundancy at every stage, healthy and broken."""
    view = simulated(Trouble(failed)).known
    (uid,) = view.filesystems
    points = view.single_points(uid)

    told = cut_sets(open_psa(view, uid), 1)

    assert {frozenset({view.name(one)}) for one in (*points.by_design, *points.new)} == told


def pool(label: str = "pool") -> View:
    """Three disks of RAID5, of which two sit in one enclosure."""
    members = dict.fromkeys(("d1", "d2", "d3"), "disks")
    groups = (Group("disks", Tolerates(1)),)
    graph = Graph()
    graph.report(
        {
            "e": claim("Enclosure", label="e"),
            "d1": claim(parents=["e"], label="d1"),
            "d2": claim(parents=["e"], label="d2"),
            "d3": claim(label="d3"),
            "pool": claim("StoragePool", parents=members, of=members, groups=groups, label=label),
        }
    )
    return view_of(graph.replica, at=graph.now)


def test_cut_sets_of_two_are_all_there() -> None:
    """The enclosure or the pool alone, else any two of the three disks."""
    assert {
        frozenset({"e"}), frozenset({"pool"}), frozenset({"d1", "d2"}),
        frozenset({"d1", "d3"}), frozenset({"d2", "d3"}),
    } == cut_sets(open_psa(pool(), "pool"), 2)  # fmt: skip


def test_names_are_identifiers_and_labels_keep_what_people_wrote() -> None:
    """Escaped, and without what XML cannot hold."""
    text = open_psa(pool('<pool> & "co"\x00'), "pool")

    root = ET.fromstring(text)  # noqa: S314 - our own
    assert "opsa-mef" == root.tag
    assert 'What ends <pool> & "co"\ufffd' == root.findtext("define-fault-tree/label")
    names = [one.attrib["name"] for one in root.iter() if one.tag.startswith("define-")]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name.isascii() for name in names)


def test_formulas_have_events_alone_as_arguments() -> None:
    """As SCRAM's schema has it: nothing nests, and no more than one formula stands in a gate."""
    view = simulated(Trouble("couplet0-enc1-slot03")).known
    (uid,) = view.filesystems
    root = ET.fromstring(open_psa(view, uid))  # noqa: S314 - our own

    for gate in root.iter("define-gate"):
        label, formula = gate
        assert ("label", True) == (label.tag, bool(label.text))
        assert all(one.tag in ("gate", "basic-event") for one in formula)
        if formula.tag == "atleast":
            assert 1 < int(formula.attrib["min"]) < len(formula)


def test_what_has_ended_has_no_fault_tree() -> None:
    """Nothing further ends it."""
    view = simulated(Trouble("oss0,oss1")).known
    (uid,) = view.filesystems

    with pytest.raises(UsageError, match="has ended already"):
        open_psa(view, uid)
