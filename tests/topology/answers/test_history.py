"""The journal in words."""

from __future__ import annotations

from dataclasses import replace

from graph import EAST, WEST, Graph, claim

from topology.answers.history import label_in, said_of
from topology.delta import Changes
from topology.gates import Group, Tolerates
from topology.journal import Event, events_of
from topology.model import Alert, Claim
from topology.state import EXACTLY, State

FAILED = EXACTLY[State.FAILED]


class Told:
    """A graph, and what its journal says of each report."""

    def __init__(self) -> None:
        self.graph = Graph()

    def report(self, reported: dict[str, Claim], **how: object) -> dict[str, Event]:
        changes = self.graph.report(reported, **how)  # type: ignore[arg-type]
        step = Changes(base=0, at=self.graph.now, changes=changes)
        return {event.uid: event for event in events_of(step, self.graph.replica.revision)}


def test_a_failure_is_told_with_its_alert() -> None:
    """Own state, and the alert's own words."""
    told = Told()
    told.report({"d": claim(label="slot 3")})
    alert = Alert("failure", "error", "slot 3 has failed", 1.0)

    event = told.report({"d": claim(label="slot 3", own=FAILED, alerts=(alert,))})["d"]

    assert ("own state OK -> FAILED", "alert: slot 3 has failed") == said_of(event)


def test_what_comes_and_goes_is_told_with_the_name_it_had() -> None:
    """Added and removed."""
    told = Told()

    added = told.report({"d": claim(label="slot 3")})["d"]
    removed = told.report({}, removed=["d"])["d"]

    assert (("added",), ("removed",)) == (said_of(added), said_of(removed))
    assert ("slot 3", "slot 3") == (label_in(added), label_in(removed))


def test_links_and_reporters_are_told() -> None:
    """A new parent, a lost join, a second reporter."""
    told = Told()
    told.report({"lun": claim(provides="6001"), "fan": claim("Fan")})
    told.report({"dev": claim("DeviceNode", subscribes="6001")})

    parent = told.report({"dev": claim("DeviceNode", subscribes="6001", parents=["fan"])})["dev"]
    unjoined = told.report({"lun": claim(provides="6002")})["dev"]
    second = told.report({"fan": claim("Fan")}, scope=WEST)["fan"]

    assert ("PARENT_OF from fan new",) == said_of(parent)
    assert ("PROVIDES from lun gone",) == said_of(unjoined)
    assert ("reported by array/west too",) == said_of(second)


def test_a_member_that_is_rebuilt_is_told_not_to_be_in_sync_and_then_to_be() -> None:
    """disk --> pool, and the disk is written anew."""
    told = Told()
    disks = Group("disks", Tolerates(0), of=("PhysicalDisk",))
    sound = claim("StoragePool", parents=["d"], of={"d": "disks"}, groups=(disks,))
    behind = replace(
        sound, inputs=tuple(replace(one, out_of_sync=("disks",)) for one in sound.inputs)
    )
    told.report({"d": claim(), "pool": sound})

    begins = told.report({"pool": behind})["pool"]
    ends = told.report({"pool": sound})["pool"]

    assert (("d is not in sync",), ("d is in sync",)) == (said_of(begins), said_of(ends))


def test_a_member_that_vanishes_is_told_to_be_missing() -> None:
    """And to be back when it is."""
    told = Told()
    disks = Group("disks", Tolerates(1))
    pool = claim("StoragePool", parents=["d"], of={"d": "disks"}, groups=(disks,))
    told.report({"d": claim(), "pool": pool}, is_complete=True)
    without = {"pool": claim("StoragePool", groups=(disks,))}

    gone = told.report(without, is_complete=True, scope=EAST)["d"]
    back = told.report({"d": claim(), "pool": pool}, is_complete=True)["d"]

    assert ("missing from the report",) == said_of(gone)
    assert ("reported again",) == said_of(back)
