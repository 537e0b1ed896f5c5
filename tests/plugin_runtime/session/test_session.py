"""Sessions: scans become deltas, settings reach the root, failures are told."""

from __future__ import annotations

import threading

import pytest
from recording_plugin import Array, Disk, Recording, Volume, labels, session_with

from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import (
    GlobalId,
    ScannableStorageResource,
)
from plugin_runtime.session.session import Session
from plugin_runtime.testing import FakeClock, claims_of, scan, session_of
from topology.delta import Delta
from topology.errors import DeclarationError, DeviceUnreachable, InvalidValue, UsageError
from topology.state import OK, UNKNOWN


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


def test_what_the_runtime_refuses_is_told_with_the_line_that_asked_for_it() -> None:
    """An author must not search a long plugin for the one call."""

    def misspell(plugin: Recording) -> None:
        plugin.update_or_create(Disk, slott=1)

    session, _ = session_with(misspell)

    with pytest.raises(
        InvalidValue, match=r"did you mean 'slot'\? .*\(.*test_session.py, line \d+\)$"
    ):
        session.initial_scan()


def test_what_a_plugin_refuses_keeps_its_own_text() -> None:
    """It refuses a setting of the administrator's, say, who need not know its source."""

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


class OneDisk(StoragePlugin[Array]):
    def initial_scan(self, root: Array) -> None:
        self.update_or_create(Disk, slot=root.limit)


def test_the_harness_scans_a_root_that_was_made_by_hand() -> None:
    """Authors test a plugin in one line."""
    delta = scan(OneDisk, Array(address="a", limit=4))

    assert ["Disk 4"] == [claim.label for claim in claims_of(delta, Disk)]
