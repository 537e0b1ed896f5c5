"""Two things with one identity: the second takes the first one's place, and it is said."""

from __future__ import annotations

import threading

import pytest
from recording_plugin import Recording, Shelf, session_with
from structlog.testing import capture_logs

from plugin_runtime.session.session import Session
from topology.delta import Delta

TWICE = (
    "Array array: Disk(slot=1) was reported twice in one scan with different size: 1, then 2; "
    "is its identifier unique?"
)


def said_of_root(session: Session, delta: Delta) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in delta.reported[session.root_uid].alerts]


def test_two_values_in_one_scan_are_a_warning_on_the_scannable() -> None:
    """Two disks of one slot are one disk: nothing else tells that one is missing."""
    session, _ = session_with(lambda plugin: (plugin.disk(1, size=1), plugin.disk(1, size=2)))

    assert [("warning", TWICE)] == said_of_root(session, session.initial_scan())


def test_the_warning_goes_with_the_first_scan_that_is_in_order() -> None:
    """And comes with the first that is not."""
    session, _ = session_with(
        lambda plugin: plugin.disk(1, size=1),
        lambda plugin: (plugin.disk(1, size=1), plugin.disk(1, size=2)),
        lambda plugin: plugin.disk(1, size=2),
    )
    session.initial_scan()

    assert [("warning", TWICE)] == said_of_root(session, session.update_scan())
    assert [] == said_of_root(session, session.update_scan())


def test_many_are_one_warning() -> None:
    """The first is told whole; an identifier that is wrong is wrong for all."""
    session, _ = session_with(
        lambda plugin: [plugin.disk(slot, size=size) for size in (1, 2) for slot in (1, 2, 3)]
    )

    (alert,) = said_of_root(session, session.initial_scan())

    assert ("warning", f"{TWICE} (and 2 more)") == alert


def test_it_is_logged_once_however_long_it_lasts() -> None:
    """A log that says it each half minute is read by nobody."""
    session, plugin = session_with()
    plugin.scans = [lambda it: (it.disk(1, size=1), it.disk(1, size=2))] * 3

    with capture_logs() as logs:
        session.initial_scan()
        session.update_scan()
        session.update_scan()

    assert [TWICE.removeprefix("Array array: ")] == [one["event"] for one in logs]


def remove_and_report_another(plugin: Recording) -> None:
    plugin.remove(plugin.disk(1, size=1))
    plugin.disk(1, size=2)


def report_from_two_threads(plugin: Recording) -> None:
    plugin.disk(1, size=1)
    thread = threading.Thread(target=lambda: plugin.disk(1, size=2))
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    "scan",
    [
        lambda plugin: (plugin.disk(1, size="1 KiB"), plugin.disk(1, size=1024)),
        lambda plugin: (plugin.disk(1), plugin.disk(1, size=2)),
        lambda plugin: (plugin.disk(1, shelf=None), plugin.disk(1, shelf=shelf_of(plugin))),
        lambda plugin: setattr(plugin.disk(1, size=1), "size", 2),
        lambda plugin: [plugin.disk(1, temperature=celsius) for celsius in (30, 31)],
        remove_and_report_another,
        report_from_two_threads,
    ],
    ids=["equal", "added", "was unset", "assigned", "sample", "removed", "an event"],
)
def test_what_is_no_contradiction_is_not_told(scan: object) -> None:
    """A resource is completed step by step, and things happen while a scan goes on."""
    session, plugin = session_with()
    plugin.scans = [scan]  # type: ignore[list-item]

    assert [] == said_of_root(session, session.initial_scan())


def test_another_value_in_another_scan_is_a_change() -> None:
    """That is what scans are for."""
    session, _ = session_with(
        *(lambda plugin, size=size: plugin.disk(1, size=size) for size in (1, 2))
    )
    session.initial_scan()

    assert session.root_uid not in session.update_scan().reported


def shelf_of(plugin: Recording) -> Shelf:
    return plugin.update_or_create(Shelf, number=1)[0]
