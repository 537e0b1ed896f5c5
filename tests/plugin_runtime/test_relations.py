"""Declared groups: what a resource needs of its inputs, read from its values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_runtime import attributes
from plugin_runtime.base_resources import (
    LustreFilesystem,
    ManagementTarget,
    MetadataTarget,
    ObjectStorageTarget,
)
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.relations import Needs, Redundancy, Relation, Series, gate_of_level
from plugin_runtime.resource import (
    GlobalId,
    ScannableId,
    ScannableStorageResource,
    StorageResource,
)
from plugin_runtime.testing import claims_of, session_of
from topology import gates
from topology.errors import InvalidValue
from topology.gates import SERIES, Gate, Group, InputMap, Tolerates
from topology.model import Claim
from topology.state import State


class Site(ScannableStorageResource):
    name = attributes.String(default="site")
    identifier = GlobalId("name")


class Disk(StorageResource):
    slot = attributes.Integer()
    status = attributes.String(default="ok")
    identifier = ScannableId("slot")


class FastDisk(Disk):
    pass


class Pool(StorageResource):
    name = attributes.String(default="p")
    level = attributes.String(optional=True)
    members = attributes.Integer(optional=True)
    identifier = ScannableId("name")


class Idle(StoragePlugin[Site]):
    def initial_scan(self, root: Site) -> None:
        pass


def pool_with(*relations: Relation) -> type[Pool]:
    return type("Pool", (Pool,), {"groups": relations})


def group_of(relation: Relation, **values: object) -> Group:
    """Return the group as a pool with these values has it."""
    return relation.declared(Pool(**values))


@pytest.mark.parametrize(
    ("level", "gate"),
    [
        ("raid0", SERIES),
        ("RAID-1", gates.Needs(1)),
        ("mirror", gates.Needs(1)),
        ("RAID 5", Tolerates(1)),
        ("raid6", Tolerates(2)),
        ("raid10", Tolerates(1)),
        ("raidz", Tolerates(1)),
        ("RAID-Z2", Tolerates(2)),
        ("raidz3-0", Tolerates(3)),
        ("draid2:8d:11c:1s", Tolerates(2)),
        ("8+2", Tolerates(2)),
        ("10 + 3", Tolerates(3)),
    ],
)
def test_a_raid_level_says_what_may_fail(level: str, gate: Gate) -> None:
    """However a device writes it. RAID1 tolerates all but one, whatever its size."""
    assert gate == gate_of_level(level)


@pytest.mark.parametrize("level", ["", "raid", "raidz4", "raid7", "8+", "pool"])
def test_an_unknown_raid_level_is_refused_naming_the_resource(level: str) -> None:
    """A guess would be a wrong state somewhere above."""
    session = session_of(Idle, Site())
    session.initial_scan()
    cls = pool_with(Redundancy(of=Disk, tolerates="level"))
    session._report.update_or_create(cls, None, None, {"level": level})

    with pytest.raises(
        InvalidValue, match=r"^Pool\(name='p'\).level must be a known RAID level"
    ) as it:
        session.pending()

    assert str(it.value).endswith(f"got {level!r}")


def test_what_is_tolerated_is_a_number_an_attribute_or_a_function() -> None:
    """An unset RAID level tolerates nothing: every input is needed."""
    by_level = Redundancy(of=Disk, tolerates="level")
    by_number = Redundancy(of=Disk, tolerates="members")
    by_function = Redundancy(of=Disk, tolerates=lambda pool: pool.members // 4)

    assert Tolerates(3) == group_of(Redundancy(of=Disk, tolerates=3)).gate
    assert Tolerates(2) == group_of(by_level, level="raid6").gate
    assert SERIES == group_of(by_level).gate
    assert Tolerates(5) == group_of(by_number, members=5).gate
    assert Tolerates(2) == group_of(by_function, members=8).gate


def test_a_size_is_a_number_or_an_attribute_or_not_known() -> None:
    """Where it is not known the graph keeps the most there have been."""
    assert 4 == group_of(Series(of=Disk, size=4)).size
    assert 6 == group_of(Series(of=Disk, size="members"), members=6).size
    assert group_of(Series(of=Disk, size="members")).size is None
    assert group_of(Series(of=Disk)).size is None


def test_a_size_that_is_no_count_is_refused() -> None:
    """A device that reports nonsense is heard of, not believed."""
    with pytest.raises(ValueError, match=r"^Pool\(name='p'\).members must be .* got -3$"):
        group_of(Series(of=Disk, size="members"), members=-3)


@given(st.integers(0, 5), st.integers(1, 5))
def test_a_group_never_tolerates_the_loss_of_all_its_inputs(tolerates: int, size: int) -> None:
    """A RAID6 of two is a mirror."""
    gate = group_of(Redundancy(of=Disk, tolerates=lambda _: tolerates, size=size)).gate

    assert Tolerates(min(tolerates, size - 1)) == gate


def reported(relation: Relation, *disks: Disk) -> Claim:
    """Return what is said of a pool over disks like these."""
    session = session_of(Idle, Site())
    session.initial_scan()
    report = session._report
    members = [
        report.update_or_create(type(one), None, None, one.holding.values)[0] for one in disks
    ]
    report.update_or_create(pool_with(relation), members, None, {})
    (claim,) = claims_of(session.pending(), "Pool")
    return claim


def test_inputs_belong_to_the_groups_of_their_class_or_its_bases() -> None:
    """What no group names is in none, so it is needed like any other."""
    claim = reported(Needs(any_of=Disk, at_least=1), Disk(slot=1), FastDisk(slot=2))
    other = reported(Needs(any_of=FastDisk), Disk(slot=1))

    assert [("Disk",), ("Disk",)] == [one.groups for one in claim.inputs]
    assert [()] == [one.groups for one in other.inputs]


def test_a_group_can_name_a_class_that_another_plugin_declares() -> None:
    """By name, or several at once."""
    claim = reported(Series(of=("Volume", "Disk"), name="below"), Disk(slot=1))

    assert [("below",)] == [one.groups for one in claim.inputs]
    assert ("Volume", "Disk") == claim.groups[0].of


def test_members_with_a_listed_value_are_out_of_sync_in_that_group() -> None:
    """It is the membership that is out of sync, whatever the member's state."""
    relation = Redundancy(of=Disk, tolerates=1, out_of_sync={"status": ["rebuilding"]})

    claim = reported(relation, Disk(slot=1), Disk(slot=2, status="rebuilding"))

    assert [(), ("Disk",)] == sorted(one.out_of_sync for one in claim.inputs)


def test_a_member_that_gets_in_sync_changes_what_is_said_of_its_pool() -> None:
    """Though nothing was assigned to the pool."""
    session = session_of(Idle, Site())
    session.initial_scan()
    report = session._report
    relation = Redundancy(of=Disk, tolerates=1, out_of_sync={"status": ["rebuilding"]})
    disk, _ = report.update_or_create(Disk, None, None, {"slot": 1, "status": "rebuilding"})
    report.update_or_create(pool_with(relation), [disk], None, {})
    session.pending()

    disk.status = "ok"

    (claim,) = claims_of(session.pending(), "Pool")
    assert [()] == [one.out_of_sync for one in claim.inputs]


def test_a_cap_holds_for_the_group_or_for_each_input() -> None:
    """A function of the input becomes a map on its link."""
    fixed = reported(Series(of=Disk, cap=State.DEGRADED), Disk(slot=1))
    by_input = reported(
        Series(of=Disk, cap=lambda disk: State.PARTIAL if disk.slot else State.FAILED),
        Disk(slot=0),
        Disk(slot=1),
    )

    assert State.DEGRADED == fixed.groups[0].cap
    assert State.FAILED == by_input.groups[0].cap
    assert {InputMap(), InputMap.capped(State.PARTIAL)} == {one.map for one in by_input.inputs}


@pytest.mark.parametrize("said", ["BROKEN", None, 7])
def test_a_cap_that_is_no_state_is_refused_with_the_member_it_is_of(said: object) -> None:
    """A function of the input may give anything."""

    def broken(_disk: Disk) -> Any:
        return said

    with pytest.raises(InvalidValue, match=f"has the group .* must cap Disk.* not {said!r}"):
        reported(Series(of=Disk, cap=broken), Disk(slot=0))


def test_a_filesystem_takes_from_each_target_what_lustre_loses_with_it() -> None:
    """MGS: DEGRADED. MDT0000: everything. Another MDT, an OST: a part."""
    session = session_of(Idle, Site())
    session.initial_scan()
    report = session._report
    of = {"mgs": "10.0.0.1@tcp", "filesystem": "scratch"}
    targets: list[StorageResource] = [
        report.update_or_create(ManagementTarget, None, None, {"mgs": of["mgs"]})[0],
        *(
            report.update_or_create(cls, None, None, {**of, "index": index})[0]
            for cls in (MetadataTarget, ObjectStorageTarget)
            for index in (0, 1)
        ),
    ]
    report.update_or_create(
        LustreFilesystem, targets, None, {"mgs": of["mgs"], "name": of["filesystem"]}
    )

    (claim,) = claims_of(session.pending(), LustreFilesystem)

    caps = {group.name: group.cap for group in claim.groups}
    worst = {
        one.source: min(one.map(State.FAILED), *(caps[name] for name in one.groups))
        for one in claim.inputs
    }
    assert [State.DEGRADED, State.FAILED, State.PARTIAL, State.PARTIAL, State.PARTIAL] == [
        worst[target.uid] for target in targets
    ]
    assert claim.is_service
