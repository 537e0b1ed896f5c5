"""Sessions: what a plugin reports becomes deltas, and only what differs is said again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_runtime import attributes, statistics
from plugin_runtime.base_resources import LustreServer, PhysicalDisk
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import (
    GlobalId,
    ScannableId,
    ScannableStorageResource,
    StorageResource,
)
from plugin_runtime.session import Session
from plugin_runtime.testing import FakeClock, claims_of, scan, session_of
from topology.delta import Delta
from topology.errors import DeclarationError, DeviceUnreachable, InvalidValue, UsageError
from topology.model import LinkKind, resource_uid
from topology.state import OK, UNKNOWN


class Array(ScannableStorageResource):
    address = attributes.Hostname()
    failed = attributes.String(default="")
    limit = attributes.Integer(minimum=0, optional=True)
    options = attributes.Json(optional=True)
    identifier = GlobalId("address")


class Shelf(StorageResource):
    number = attributes.Integer()
    identifier = ScannableId("number")


class Disk(StorageResource):
    slot = attributes.Integer(minimum=0)
    size = attributes.Bytes(default=0)
    shelf = attributes.ResourceReference(Shelf, optional=True)
    temperature = statistics.Gauge(units="C")
    identifier = ScannableId("slot")


class Bay(StorageResource):
    shelf = attributes.ResourceReference(Shelf)
    slot = attributes.Integer()
    next_bay = attributes.ResourceReference(optional=True)
    identifier = ScannableId("shelf", "slot")


class Volume(StorageResource):
    serial = attributes.String(provide="scsi_serial")
    owner = attributes.String()
    identifier = GlobalId("serial")


class Recording(StoragePlugin[Array]):
    """Does in each scan what the test says; keeps what it was given."""

    def __init__(self) -> None:
        self.scans: list[Callable[[Recording], object]] = []
        self.calls: list[str] = []
        self.root: Array | None = None

    def initial_scan(self, root: Array) -> None:
        self.calls.append("initial_scan")
        self.root = root
        self._next()

    def update_scan(self, root: Array) -> None:
        self.calls.append("update_scan")
        self._next()

    def teardown(self) -> None:
        self.calls.append("teardown")

    def disk(self, slot: int, **values: Any) -> Disk:
        return self.update_or_create(Disk, slot=slot, **values)[0]

    def _next(self) -> None:
        if self.scans:
            self.scans.pop(0)(self)


def session_with(
    *scans: Callable[[Recording], object], clock: FakeClock | None = None
) -> tuple[Session, Recording]:
    """Return a session whose plugin does `scans`, and that plugin."""
    session = session_of(Recording, Array(address="array"), clock=clock)
    plugin = session._plugin
    assert isinstance(plugin, Recording)
    plugin.scans = list(scans)
    return session, plugin


def labels(delta: Delta) -> list[str]:
    return [claim.label for claim in delta.reported.values()]


def test_the_first_delta_is_complete_and_holds_the_root() -> None:
    """It says everything there is in the scope, the scannable among it."""
    session, _ = session_with(lambda plugin: plugin.disk(7))

    delta = session.initial_scan()

    assert delta.is_complete
    assert ["Array array", "Disk 7"] == labels(delta)
    assert session.root_uid == next(iter(delta.reported))
    assert ("recording", session.root_uid) != (delta.scope.plugin, delta.scope.scannable)
    assert {"Array", "Disk"} == {one.name for one in delta.classes}


def test_a_second_scan_says_only_what_differs() -> None:
    """Assigning every value again, as polling plugins do, is no change."""
    session, _ = session_with(
        lambda plugin: (plugin.disk(1, size=10), plugin.disk(2, size=10)),
        lambda plugin: (plugin.disk(1, size="10 B"), plugin.disk(2, size=20)),
        lambda plugin: (plugin.disk(1, size=10), plugin.disk(2, size=20)),
    )
    session.initial_scan()

    assert ["Disk 2"] == labels(session.update_scan())
    assert session.update_scan().is_empty


def test_json_that_differs_only_in_kind_is_a_change() -> None:
    """1 is not true, though Python calls them equal; and what was read is a copy."""
    session, plugin = session_with()
    session.initial_scan()
    session.assign({"options": "[1]"})
    assert plugin.root is not None
    read = plugin.root.options
    assert isinstance(read, list)
    read.append(2)
    assert [1] == plugin.root.options

    plugin.root.options = [True]

    assert "[true]" == session.pending().reported[session.root_uid].attributes["options"]


def test_what_changed_and_changed_back_is_not_said() -> None:
    """Comparison is with what was said last, by value."""

    def flicker(plugin: Recording) -> None:
        disk = plugin.disk(1)
        disk.size = 5
        disk.size = 0

    session, _ = session_with(lambda plugin: plugin.disk(1), flicker)
    session.initial_scan()

    assert session.update_scan().is_empty


def test_an_assignment_from_any_thread_is_pending_until_fetched() -> None:
    """Assignment itself is the notification."""
    session, plugin = session_with(lambda plugin: plugin.disk(1))
    session.initial_scan()
    thread = threading.Thread(target=lambda: plugin.disk(1, size=4096))
    thread.start()
    thread.join()

    (claim,) = session.pending().reported.values()

    assert 4096 == claim.attributes["size"]
    assert session.pending().is_empty


def test_nothing_is_pending_while_a_scan_runs_or_before_the_first_is_through() -> None:
    """A scan's report is one delta, not a stream of halves."""
    session, _ = session_with(lambda _: halves.append(session.pending()))
    halves: list[Delta] = [session.pending()]

    session.initial_scan()

    assert [True, True] == [half.is_empty for half in halves]


def test_nothing_is_pending_while_a_new_resource_is_being_filled_in() -> None:
    """Between two assignments of a thread the resource is not ready to be told."""
    session, plugin = session_with()
    session.initial_scan()
    volume, _ = plugin.update_or_create(Volume, serial="v1")

    assert session.pending().is_empty

    volume.owner = "ops"
    assert ["Volume v1"] == labels(session.pending())


def test_a_mandatory_attribute_without_a_value_fails_the_scan_that_reports_it() -> None:
    """The message says which call lacks what."""
    session, _ = session_with(lambda plugin: plugin.update_or_create(Volume, serial="v1"))

    with pytest.raises(InvalidValue, match=r"update_or_create\(Volume\) lacks 'owner', .*optional"):
        session.initial_scan()


def test_a_scan_that_raises_keeps_what_is_pending_for_the_next() -> None:
    """A flaky device loses no change."""

    def fail(plugin: Recording) -> None:
        plugin.disk(1, size=7)
        raise ConnectionResetError("gone away")

    session, _ = session_with(lambda plugin: plugin.disk(1), fail, lambda _: None)
    session.initial_scan()

    with pytest.raises(
        DeviceUnreachable,
        match=r"^update_scan of Recording raised ConnectionResetError: gone away \(.*test_session",
    ):
        session.update_scan()

    assert ["Disk 1"] == labels(session.update_scan())


def test_an_error_of_the_product_keeps_its_own_text() -> None:
    """A plugin may refuse a setting in its own words."""

    def refuse(plugin: Recording) -> None:
        raise InvalidValue("failed names no component")

    session, _ = session_with(refuse)

    with pytest.raises(InvalidValue, match=r"^failed names no component$"):
        session.initial_scan()


def test_an_unreachable_scannable_is_unknown_with_an_alert_until_it_is_scanned_again() -> None:
    """Only the root is said; the next good scan takes it back; the begin is kept."""
    clock = FakeClock(100.0)
    session, _ = session_with(clock=clock)
    session.initial_scan()

    first = session.unreachable(ConnectionError("refused"))
    clock.advance(60)
    second = session.unreachable(ConnectionError("refused"))
    healed = session.update_scan()

    (claim,) = first.reported.values()
    assert UNKNOWN == claim.own_state
    assert ["unreachable"] == [alert.condition for alert in claim.alerts]
    assert "Array array: ConnectionError: refused" == claim.alerts[0].message
    assert first.reported == second.reported
    assert [OK] == [claim.own_state for claim in healed.reported.values()]
    assert () == healed.reported[session.root_uid].alerts


def test_an_array_that_was_never_reached_can_be_said_to_be_unreachable() -> None:
    """Its mandatory values need not be known for that."""

    def fail(plugin: Recording) -> None:
        plugin.update_or_create(Volume, serial="v1")
        raise TimeoutError

    session, _ = session_with(fail)
    with pytest.raises(DeviceUnreachable) as failure:
        session.initial_scan()

    delta = session.unreachable(failure.value)

    assert not delta.is_complete
    assert [session.root_uid] == list(delta.reported)


def test_an_unreachable_root_needs_no_label_of_its_own() -> None:
    """Its label may rest on what only a scan finds out."""

    class Tape(ScannableStorageResource):
        address = attributes.Hostname()
        model = attributes.String()
        identifier = GlobalId("address")

        def get_label(self) -> str:
            return self.model

    session = session_of(Recording, Tape(address="t1"))

    (claim,) = session.unreachable(TimeoutError()).reported.values()

    assert "Tape t1" == claim.label


def test_settings_reach_the_root_at_once_all_or_none() -> None:
    """One bad value leaves every attribute as it was."""
    session, plugin = session_with()
    session.initial_scan()

    with pytest.raises(InvalidValue, match=r"Array.limit must be at least 0, got '-1'"):
        session.assign({"failed": "disk7", "limit": "-1"})
    assert plugin.root is not None
    assert "" == plugin.root.failed

    delta = session.assign({"failed": "disk7", "limit": "3"})
    assert ("disk7", 3) == (plugin.root.failed, plugin.root.limit)
    assert 3 == delta.reported[session.root_uid].attributes["limit"]

    session.assign({"limit": ""})
    assert plugin.root.limit is None


def test_text_settings_are_parsed_by_their_attributes() -> None:
    """What a form or command line gives is text."""
    session = Session(Recording, Array, {"address": "A", "limit": "7", "options": '{"a": [1]}'})

    assert isinstance(session.root, Array)
    assert ("a", 7, {"a": [1]}) == (session.root.address, session.root.limit, session.root.options)


@pytest.mark.parametrize(
    ("given_settings", "error", "message"),
    [
        ({"adress": "a"}, UsageError, "Array has no setting 'adress'; did you mean 'address'"),
        ({}, InvalidValue, "Array lacks 'address', which identifies it"),
        ({"address": "a_b"}, InvalidValue, "Array.address must be a host name"),
        ({"address": "a", "options": "{"}, InvalidValue, "Array.options must be JSON"),
    ],
)
def test_a_bad_setting_is_refused_before_anything_is_contacted(
    given_settings: dict[str, object], error: type[Exception], message: str
) -> None:
    """Settings are checked where they are entered."""
    with pytest.raises(error, match=message):
        Session(Recording, Array, given_settings)


def test_a_scannable_needs_an_identity_of_its_own() -> None:
    """A ScannableId is relative to a scannable, so no scannable can have one."""
    with pytest.raises(DeclarationError, match=r"Disk is a scannable without a GlobalId"):
        Session(Recording, Disk, {"slot": 1})


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


def test_a_name_that_is_not_declared_is_never_made() -> None:
    """A typing mistake is an error with the nearest name, not an attribute nobody reads."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)

    with pytest.raises(
        InvalidValue, match=r"Disk declares no 'siez', got int; did you mean 'size'"
    ):
        disk.siez = 3  # type: ignore[attr-defined]
    with pytest.raises(InvalidValue, match=r"Disk declares no 'colour'"):
        plugin.disk(1, size=9, colour="red")
    assert 0 == disk.size


def test_reading_what_was_never_set_is_an_error_unless_it_is_optional() -> None:
    """An unset optional one reads as None."""
    session, plugin = session_with()
    session.initial_scan()
    volume, _ = plugin.update_or_create(Volume, serial="v1")

    assert plugin.disk(1).shelf is None
    with pytest.raises(InvalidValue, match=r"Volume.owner is read before it has a value"):
        _ = volume.owner


def test_parents_are_replaced_added_removed_or_left_alone() -> None:
    """None leaves them; a collection replaces them; adding twice is adding once."""
    session, plugin = session_with()
    session.initial_scan()
    shelf, _ = plugin.update_or_create(Shelf, number=1)
    one, two = plugin.disk(1), plugin.disk(2)
    volume, _ = plugin.update_or_create(Volume, parents=[one, two, one], serial="v", owner="x")

    plugin.update_or_create(Volume, serial="v")
    assert (one, two) == volume.parents
    volume.remove_parent(one)
    volume.add_parent(shelf)
    volume.add_parent(shelf)

    inputs = session.pending().reported[volume.uid].inputs
    assert [(two.uid, LinkKind.PARENT_OF), (shelf.uid, LinkKind.PARENT_OF)] == [
        (one.source, one.kind) for one in inputs
    ]


def test_a_dependency_that_is_no_composition_is_an_input_of_what_it_affects() -> None:
    """The link is written at its effect, and taken back with the cause."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)
    shelf, _ = plugin.update_or_create(Shelf, affects=[disk], number=1)

    (link,) = session.pending().reported[disk.uid].inputs
    assert (shelf.uid, LinkKind.AFFECTS) == (link.source, link.kind)

    plugin.remove(shelf)
    delta = session.pending()
    assert () == delta.reported[disk.uid].inputs
    assert frozenset({shelf.uid}) == delta.removed


def test_what_is_affected_can_be_removed_before_its_cause() -> None:
    """The cause stays, without the link."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)
    shelf, _ = plugin.update_or_create(Shelf, affects=[disk], number=1)
    session.pending()

    plugin.remove(disk)

    delta = session.pending()
    assert {disk.uid} == delta.removed
    assert not delta.reported
    assert shelf is plugin.find(Shelf, number=1)


def test_a_cycle_of_parents_is_refused_naming_the_path_and_changes_nothing() -> None:
    """disk --> shelf --> volume --> disk"""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)
    shelf, _ = plugin.update_or_create(Shelf, parents=[disk], number=2)
    volume, _ = plugin.update_or_create(Volume, parents=[shelf], serial="v", owner="x")
    message = (
        r"cycle: Disk\(slot=1\) -> Shelf\(number=2\) -> Volume\(serial='v'\) -> Disk\(slot=1\);"
    )

    with pytest.raises(InvalidValue, match=message):
        disk.add_parent(volume)
    with pytest.raises(InvalidValue, match=message):
        plugin.update_or_create(Disk, parents=[volume], slot=1, size=5)

    assert ((), 0) == (disk.parents, disk.size)


def test_a_cycle_of_references_is_refused_naming_the_path() -> None:
    """bay 1 refers to bay 2 refers to bay 1"""
    session, plugin = session_with()
    session.initial_scan()
    shelf, _ = plugin.update_or_create(Shelf, number=1)
    one, _ = plugin.update_or_create(Bay, shelf=shelf, slot=1)
    two, _ = plugin.update_or_create(Bay, shelf=shelf, slot=2, next_bay=one)

    with pytest.raises(InvalidValue, match=r"Bay.next_bay closes a cycle of references: Bay"):
        one.next_bay = two
    with pytest.raises(InvalidValue, match=r"Bay.next_bay closes a cycle of references: Bay"):
        one.next_bay = one


def test_only_what_the_session_reports_can_be_linked_or_referred_to() -> None:
    """A resource made by hand has no identity in the graph."""
    session, plugin = session_with()
    session.initial_scan()
    stray = Shelf(number=3)

    with pytest.raises(
        InvalidValue, match=r"parent Shelf\(number=3\), which this session does not"
    ):
        plugin.update_or_create(Disk, parents=[stray], slot=1)
    with pytest.raises(InvalidValue, match=r"reference 'shelf' Shelf\(number=3\), which this"):
        plugin.disk(1, shelf=stray)
    assert plugin.find(Disk, slot=1) is None


def test_what_refers_to_a_removed_resource_is_cleared_or_goes_too() -> None:
    """An optional reference is cleared; without a mandatory one its holder cannot be."""
    session, plugin = session_with()
    session.initial_scan()
    shelf, _ = plugin.update_or_create(Shelf, number=1)
    bay, _ = plugin.update_or_create(Bay, shelf=shelf, slot=1)
    after, _ = plugin.update_or_create(Bay, shelf=shelf, slot=2, next_bay=bay)
    disk = plugin.disk(1, shelf=shelf)
    session.pending()

    plugin.remove(shelf)

    delta = session.pending()
    assert {shelf.uid, bay.uid, after.uid} == delta.removed
    assert "shelf" not in delta.reported[disk.uid].attributes


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


def test_removing_what_is_not_reported_is_an_error() -> None:
    """Neither twice, nor the scannable itself."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)
    plugin.remove(disk)

    with pytest.raises(InvalidValue, match=r"Disk\(slot=1\) cannot be removed, for this session"):
        plugin.remove(disk)
    assert plugin.root is not None
    with pytest.raises(InvalidValue, match=r"for it is what is scanned"):
        plugin.remove(plugin.root)


def test_what_is_removed_and_reported_again_before_the_next_delta_never_left() -> None:
    """Replacing a resource in one scan removes nothing."""
    session, plugin = session_with(lambda plugin: plugin.disk(1))
    session.initial_scan()

    plugin.remove(plugin.disk(1))
    plugin.disk(1, size=3)

    delta = session.pending()
    assert frozenset() == delta.removed
    assert ["Disk 1"] == labels(delta)


def test_what_was_removed_before_it_was_said_is_never_mentioned() -> None:
    """Nobody knew of it."""
    session, plugin = session_with()
    session.initial_scan()

    plugin.remove(plugin.disk(1))

    assert session.pending().is_empty


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


def test_samples_are_kept_apart_and_mark_nothing_changed() -> None:
    """They never enter the graph."""
    clock = FakeClock(50.0)
    session, plugin = session_with(clock=clock)
    session.initial_scan()
    disk = plugin.disk(1, temperature=30)
    session.pending()

    disk.temperature = 31

    assert session.pending().is_empty
    assert 31 == disk.temperature
    assert [(disk.uid, "temperature", 50.0, 30.0), (disk.uid, "temperature", 50.0, 31.0)] == [
        (one.uid, one.statistic, one.at, one.value) for one in session.samples()
    ]
    assert [] == session.samples()
    with pytest.raises(InvalidValue, match=r"Disk.temperature must be a finite number, got nan"):
        disk.temperature = float("nan")


def test_provided_values_travel_in_canonical_form_and_defaults_join_nothing() -> None:
    """The form is the product's business, not the plugin's."""
    session, plugin = session_with()
    session.initial_scan()
    plugin.update_or_create(Volume, serial="0x6001-4055", owner="x")
    plugin.update_or_create(Volume, serial="N/A", owner="x")

    named, unnamed = claims_of(session.pending(), Volume)

    assert ["scsi_serial=60014055"] == [str(one) for one in named.provides]
    assert () == unnamed.provides


def test_the_period_is_settled_by_the_initial_scan() -> None:
    """Later assignment has no effect."""

    def hurry(plugin: Recording) -> None:
        plugin.update_period = 5

    def linger(plugin: Recording) -> None:
        plugin.update_period = 500

    session, _ = session_with(hurry, linger)

    session.initial_scan()
    session.update_scan()

    assert 5 == session.update_period


def test_a_period_that_is_no_time_is_refused() -> None:
    """It would make the host spin or sleep for ever."""

    def rush(plugin: Recording) -> None:
        plugin.update_period = 0

    session, _ = session_with(rush)

    with pytest.raises(InvalidValue, match=r"update_period must be .* above 0, got 0"):
        session.initial_scan()


def test_teardown_is_called_once_and_only_after_a_scan_was_begun() -> None:
    """Also when that scan raised."""

    def fail(plugin: Recording) -> None:
        raise OSError("no route")

    idle, idle_plugin = session_with()
    failed, failed_plugin = session_with(fail)

    idle.teardown()
    with pytest.raises(DeviceUnreachable):
        failed.initial_scan()
    failed.teardown()
    failed.teardown()

    assert [] == idle_plugin.calls
    assert ["initial_scan", "teardown"] == failed_plugin.calls


def test_a_label_that_is_no_text_names_the_resource() -> None:
    """People have to call it something."""

    class Mute(StorageResource):
        number = attributes.Integer()
        identifier = ScannableId("number")

        def get_label(self) -> str:
            return " "

    session, _ = session_with(lambda plugin: plugin.update_or_create(Mute, number=1))

    with pytest.raises(InvalidValue, match=r"Mute\(number=1\).get_label\(\) must return text"):
        session.initial_scan()


class OneDisk(StoragePlugin[Array]):
    def initial_scan(self, root: Array) -> None:
        self.update_or_create(Disk, slot=root.limit)


def test_the_harness_scans_a_root_that_was_made_by_hand() -> None:
    """Authors test a plugin in one line."""
    delta = scan(OneDisk, Array(address="a", limit=4))

    assert ["Disk 4"] == [claim.label for claim in claims_of(delta, Disk)]


def test_threads_that_report_while_deltas_are_taken_lose_nothing() -> None:
    """Each thread creates, changes and removes disks of its own under one shelf."""
    session, plugin = session_with(lambda plugin: plugin.update_or_create(Shelf, number=9))
    said = session.initial_scan()
    start = threading.Barrier(5)

    def work(first: int) -> None:
        start.wait()
        for slot in range(first, first + 40):
            shelf, _ = plugin.update_or_create(Shelf, number=9)
            disk = plugin.disk(slot)
            shelf.add_parent(disk)
            disk.size = slot
            if slot % 3 == 0:
                plugin.remove(disk)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    start.wait()
    while any(thread.is_alive() for thread in threads):
        said = said.then(session.pending())
    said = said.then(session.pending())

    assert session._report.taken(is_complete=True).reported == said.reported
    (shelf,) = claims_of(said, Shelf)
    assert [4 * 40 - 54] * 2 == [len(claims_of(said, Disk)), len(shelf.inputs)]


actions = st.sampled_from(["size", "remove", "link", "unlink", "affect", "say"])
steps = st.lists(st.tuples(actions, st.integers(0, 3)), max_size=30)


@settings(max_examples=100)
@given(steps)
def test_all_deltas_joined_say_what_a_complete_report_says(
    changes: list[tuple[str, int]],
) -> None:
    """However changes are cut into deltas, what arrives is what is there."""
    session, plugin = session_with(lambda plugin: plugin.update_or_create(Shelf, number=9))
    said = session.initial_scan()
    shelf = plugin.find(Shelf, number=9)
    assert shelf is not None
    for step, (what, slot) in enumerate(changes):
        disk = plugin.disk(slot)
        match what:
            case "size":
                disk.size = step
            case "remove":
                plugin.remove(disk)
            case "link":
                shelf.add_parent(disk)
            case "unlink":
                shelf.remove_parent(disk)
            case "affect":
                plugin.update_or_create(Disk, slot=slot, affects=[plugin.disk(3 - slot)])
            case _:
                said = said.then(session.pending())

    said = said.then(session.pending())

    assert session._report.taken(is_complete=True).reported == said.reported
