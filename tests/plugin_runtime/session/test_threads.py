"""What ends a plugin's own thread ends its session, told as if a scan had raised it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import pytest

from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource, StorageResource
from plugin_runtime.testing import scan, scanned
from topology.errors import DeviceUnreachable

_ENDS_SECONDS = 30


class Shelf(ScannableStorageResource):
    name = attributes.String()
    identifier = GlobalId("name")


class Disk(StorageResource):
    slot = attributes.Integer()
    identifier = ScannableId("slot")


class Listening(StoragePlugin[Shelf]):
    """Its thread does what it is told to."""

    told: queue.Queue[Callable[[Listening], object]]
    listeners: list[threading.Thread]

    def initial_scan(self, root: Shelf) -> None:
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listeners.append(self.listener)
        self.listener.start()

    def listen(self) -> None:
        while True:
            self.told.get(timeout=_ENDS_SECONDS)(self)

    def teardown(self) -> None:
        self.told.put(raising(KeyError("connection that was closed")))
        self.listener.join(_ENDS_SECONDS)


Deed = Callable[[Listening], object]


@pytest.fixture(name="tell", autouse=True)
def fixture_tell() -> Callable[[Deed], None]:
    Listening.told, Listening.listeners = queue.Queue(), []
    return Listening.told.put


def raising(error: Exception) -> Deed:
    def deed(plugin: Listening) -> None:
        raise error

    return deed


def test_the_next_look_raises_what_a_thread_died_of_with_its_line(
    tell: Callable[[Deed], None],
) -> None:
    """A test of an author's fails then, without a pattern of the author's own."""
    with scanned(Listening, Shelf(name="a")) as site:
        tell(raising(KeyError("slot")))

        with pytest.raises(
            DeviceUnreachable,
            match=r"^a thread of Listening raised KeyError: 'slot' \(.*_threads.py, line \d+\)$",
        ):
            site.wait_until(lambda: False)


def test_a_scan_is_not_begun_once_a_thread_has_died(tell: Callable[[Deed], None]) -> None:
    with scanned(Listening, Shelf(name="a")) as site:
        tell(lambda plugin: plugin.update_or_create(Disk, slot="two"))
        Listening.listeners[0].join(_ENDS_SECONDS)

        with pytest.raises(DeviceUnreachable, match=r"raised InvalidValue: Disk.slot must be"):
            site.scan()


def test_what_no_later_look_raised_is_raised_at_the_end(tell: Callable[[Deed], None]) -> None:
    """Else a test that asserts something else would pass."""

    def test_of_an_author() -> None:
        with scanned(Listening, Shelf(name="a")):
            tell(raising(KeyError("late")))
            Listening.listeners[0].join(_ENDS_SECONDS)

    with pytest.raises(DeviceUnreachable, match="a thread of Listening raised KeyError: 'late'"):
        test_of_an_author()


def test_threads_that_a_thread_starts_are_the_plugins_too(tell: Callable[[Deed], None]) -> None:
    """A client library starts threads of its own, of which the plugin's code is no part."""

    def start_another(plugin: Listening) -> None:
        threading.Thread(target=lambda: raising(KeyError("inner"))(plugin)).start()

    with scanned(Listening, Shelf(name="a")) as site:
        tell(start_another)

        with pytest.raises(DeviceUnreachable, match="KeyError: 'inner'"):
            site.wait_until(lambda: False)


def test_each_session_is_told_of_its_own_threads_alone(tell: Callable[[Deed], None]) -> None:
    """One array that hangs up says nothing of another."""
    with scanned(Listening, Shelf(name="a")) as well, scanned(Listening, Shelf(name="b")) as broken:
        _, doomed = Listening.listeners

        def die(plugin: Listening) -> None:
            if plugin.listener is doomed:
                raise ConnectionResetError
            tell(die)

        tell(die)

        with pytest.raises(DeviceUnreachable, match="ConnectionResetError"):
            broken.wait_until(lambda: False)
        assert well.scan().is_empty


def test_what_a_thread_raises_once_teardown_has_begun_counts_no_more() -> None:
    """Closing the connection is what teardown is for, and breaks whoever listens to it."""
    with scanned(Listening, Shelf(name="a")) as site:
        pass

    assert ["Shelf a"] == list(site.resources)


def test_a_thread_that_dies_within_the_first_scan_fails_it() -> None:
    """Its report cannot be the complete truth."""

    class Hasty(Listening):
        def initial_scan(self, root: Shelf) -> None:
            self.told.put(raising(KeyError("early")))
            super().initial_scan(root)
            self.listener.join(_ENDS_SECONDS)

    with pytest.raises(DeviceUnreachable, match="a thread of Hasty raised KeyError: 'early'"):
        scan(Hasty, Shelf(name="a"))


def test_new_settings_begin_a_plugin_without_an_update_scan_anew() -> None:
    """As the service does: its threads are connected as the settings were."""

    class Door(ScannableStorageResource):
        name = attributes.String()
        user = attributes.String()
        identifier = GlobalId("name")

    class Guarded(StoragePlugin[Door]):
        def initial_scan(self, root: Door) -> None:
            if root.user != "ops":
                raise PermissionError("login refused")

    with scanned(Guarded, Door(name="a", user="ops")) as site:
        with pytest.raises(DeviceUnreachable, match="PermissionError: login refused"):
            site.scan(user="nobody")

        assert site.scan(user="ops").is_complete
