"""A value that is refused: of which resource it is, and the plugin's line that gave it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from recording_plugin import Bay, Disk, Recording, Shelf, Volume, session_with

from topology.errors import InvalidValue


def refused(scan: Callable[[Recording], object]) -> str:
    """Return the message of a scan that is refused, without the line of `scan` that it names."""
    session, _ = session_with(scan)
    with pytest.raises(InvalidValue) as refusal:
        session.initial_scan()
    place = f" ({__file__}, line {inspect.getsourcelines(scan)[1] + 1})"
    assert str(refusal.value).endswith(place)
    return str(refusal.value).removesuffix(place)


def test_a_value_is_refused_with_its_resource_and_line() -> None:
    """A scan reports hundreds of disks, and one of them is wrong."""

    def scan(plugin: Recording) -> None:
        plugin.update_or_create(Disk, size="plenty", slot=7)

    assert refused(scan).endswith("got 'plenty' for Disk(slot=7)")


def test_an_assignment_is_refused_so_too() -> None:
    """Of a statistic as well."""

    def scan(plugin: Recording) -> None:
        plugin.disk(7).temperature = float("nan")

    assert refused(scan).endswith("got nan for Disk(slot=7)")


def test_what_identifies_it_so_far_is_told_where_the_rest_is_missing() -> None:
    """Nothing but that tells which row of a device's answer was short."""

    def scan(plugin: Recording) -> None:
        plugin.update_or_create(Bay, shelf=plugin.update_or_create(Shelf, number=1)[0])

    message = refused(scan)

    assert message.startswith("Bay(shelf=")
    assert message.endswith(") lacks 'slot', which identifies it; pass a value")


def test_what_update_or_create_returns_is_no_parent() -> None:
    """It is a pair, and the message says so."""

    def scan(plugin: Recording) -> None:
        plugin.update_or_create(Volume, parents=[(plugin.disk(1), True)], serial="v", owner="x")  # type: ignore[list-item]

    assert refused(scan).endswith(
        "got (Disk(slot=1), True); update_or_create() returns (resource, is_new), take its [0]"
    )
