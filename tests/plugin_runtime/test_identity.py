"""Identity: what makes two reports be about one resource."""

from __future__ import annotations

import pytest
from recording_plugin import Bay, Disk, Shelf, session_with

from plugin_runtime import attributes
from plugin_runtime.base_resources import LustreServer, PhysicalDisk
from plugin_runtime.resource import (
    ScannableId,
    StorageResource,
)
from topology.errors import InvalidValue
from topology.model import resource_uid


def test_the_uid_follows_from_class_identifier_and_scannable() -> None:
    """It is the same after every restart, on every machine."""
    session, plugin = session_with(lambda plugin: plugin.disk(7))
    session.initial_scan()
    name = session.scope.plugin

    assert resource_uid(f"{name}.Array", ["array"]) == session.root_uid
    assert resource_uid(f"{name}.Disk", [7], session.root_uid) == plugin.uid_of(Disk, slot=7)


def test_a_disk_two_plugins_see_by_different_classes_is_one() -> None:
    """A GlobalId belongs to the built-in class that defines it."""

    class SesDisk(PhysicalDisk):
        bay = attributes.Integer(optional=True)

    session, plugin = session_with()
    session.initial_scan()

    seen = plugin.uid_of(SesDisk, serial_number="zx 1", wwn="0x5000c500a1b2c3d4")

    assert seen == plugin.uid_of(PhysicalDisk, serial_number="ZX 1")
    assert seen.startswith("PhysicalDisk-")


def test_a_disk_without_a_serial_number_is_known_by_its_wwn() -> None:
    """What vendors leave in an unset serial number identifies nothing."""
    session, plugin = session_with()
    session.initial_scan()
    wwn = "0x5000c500a1b2c3d4"

    by_wwn = plugin.uid_of(PhysicalDisk, wwn=wwn)

    assert by_wwn == plugin.uid_of(PhysicalDisk, serial_number="00000000", wwn=wwn)
    with pytest.raises(InvalidValue, match=r"PhysicalDisk has no identity, got serial_number ''"):
        plugin.uid_of(PhysicalDisk, serial_number="")


def test_a_server_and_the_host_of_its_name_are_one() -> None:
    """LustreServer inherits the identity that Host defines."""
    session, plugin = session_with()
    session.initial_scan()

    assert plugin.uid_of(LustreServer, hostname="oss1").startswith("Host-")


def test_a_reference_can_be_part_of_an_identifier() -> None:
    """It counts by the uid of what it refers to."""
    session, plugin = session_with()
    session.initial_scan()
    one, _ = plugin.update_or_create(Shelf, number=1)
    two, _ = plugin.update_or_create(Shelf, number=2)

    bay, is_new = plugin.update_or_create(Bay, shelf=one, slot=1)
    same, is_new_again = plugin.update_or_create(Bay, shelf=one, slot=1)
    other, _ = plugin.update_or_create(Bay, shelf=two, slot=1)

    assert (bay, True, False) == (same, is_new, is_new_again)
    assert bay.uid != other.uid
    assert one.uid == session.pending().reported[bay.uid].attributes["shelf"]


def test_what_identifies_a_resource_cannot_change() -> None:
    """Another identity is another resource."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)

    disk.slot = 1
    with pytest.raises(InvalidValue, match=r"Disk\(slot=1\) is identified by 'slot', .*become 2"):
        disk.slot = 2


def test_a_reference_that_identifies_its_holder_takes_it_along_though_it_is_optional() -> None:
    """Without it the holder would be another resource."""

    class Slot(StorageResource):
        number = attributes.Integer()
        shelf = attributes.ResourceReference(Shelf, optional=True)
        identifier = ScannableId("number", "shelf")

    session, plugin = session_with()
    session.initial_scan()
    shelf, _ = plugin.update_or_create(Shelf, number=1)
    slot, _ = plugin.update_or_create(Slot, number=1, shelf=shelf)
    session.pending()

    plugin.remove(shelf)

    assert {shelf.uid, slot.uid} == session.pending().removed


def test_one_identity_cannot_be_two_classes_in_one_session() -> None:
    """Both would be one node with one set of attributes."""

    class Other(PhysicalDisk):
        pass

    session, plugin = session_with()
    session.initial_scan()
    plugin.update_or_create(PhysicalDisk, serial_number="S1")

    with pytest.raises(InvalidValue, match=r"cannot be reported as a Other too"):
        plugin.update_or_create(Other, serial_number="S1")


def test_a_class_without_an_identifier_cannot_be_reported() -> None:
    """It can only be derived from."""

    class Nameless(StorageResource):
        serial = attributes.String()

    session, plugin = session_with()
    session.initial_scan()

    with pytest.raises(InvalidValue, match=r"Nameless has no identifier, so .* declare identifier"):
        plugin.update_or_create(Nameless, serial="x")


def test_find_takes_the_identifying_values_alone() -> None:
    """It returns the very resource, None where there is none."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)

    assert disk is plugin.find(Disk, slot="1")
    assert plugin.find(Disk, slot=2) is None
    with pytest.raises(InvalidValue, match=r"Disk is identified by slot, got 'size'"):
        plugin.find(Disk, slot=1, size=2)
