"""What is reported: identities, links, references and removals, and only what differs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_plugin import Bay, Disk, Shelf, Volume, labels, session_with

from plugin_runtime import attributes
from plugin_runtime.resource import (
    ScannableId,
    StorageResource,
)
from plugin_runtime.testing import FakeClock, claims_of
from topology.errors import InvalidValue
from topology.model import LinkKind


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


def test_a_name_that_is_not_declared_is_never_made() -> None:
    """A typing mistake is an error with the nearest name, not an attribute nobody reads."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)

    with pytest.raises(InvalidValue, match=r"Disk declares no 'siez'; did you mean 'size'"):
        disk.siez = 3  # type: ignore[attr-defined]
    with pytest.raises(InvalidValue, match=r"Disk declares no 'colour'"):
        plugin.disk(1, size=9, colour="red")
    assert 0 == disk.size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cls": Disk, "parents": Disk(slot=9)}, r"Disk\(slot=1\) is given .* as its parents; put"),
        ({"cls": Disk(slot=1)}, r"Disk\(slot=1\) is no resource class; pass the class, and its"),
    ],
)
def test_what_is_passed_in_a_wrong_place_is_told(arguments: dict[str, Any], message: str) -> None:
    """A parent without a list, a resource in the place of its class."""
    session, plugin = session_with()
    session.initial_scan()

    with pytest.raises(InvalidValue, match=message):
        plugin.update_or_create(**arguments, slot=1)

    assert session.pending().is_empty


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
    with pytest.raises(
        InvalidValue, match=r"^remove\(\) needs a resource, got None; find\(\) gives"
    ):
        plugin.remove(plugin.find(Disk, slot=1))  # type: ignore[arg-type]  # what is to be told


@pytest.mark.parametrize(
    ("report", "lost"),
    [
        (lambda disk, _: setattr(disk, "size", 7), "its 'size'"),
        (lambda disk, _: setattr(disk, "temperature", 50), "its 'temperature'"),
        (lambda disk, root: disk.add_parent(root), "its parents"),
    ],
)
def test_what_is_said_of_a_removed_resource_is_refused_for_it_would_be_lost(
    report: Callable[[Disk, StorageResource], object], lost: str
) -> None:
    """A thread may hear of a disk that another has just removed."""
    session, plugin = session_with()
    session.initial_scan()
    disk = plugin.disk(1)
    plugin.remove(disk)

    with pytest.raises(
        InvalidValue,
        match=rf"^Disk\(slot=1\) was removed, so {lost} cannot be reported; report it again with",
    ):
        report(disk, session.root)

    assert plugin.disk(1, size=7) is not disk
    assert 7 == claims_of(session.pending(), Disk)[0].attributes["size"]


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


def test_samples_are_kept_apart_and_mark_nothing_changed() -> None:
    """They never enter the graph."""
    clock = FakeClock(50.0)
    session, plugin = session_with(clock=clock)
    session.initial_scan()
    disk = plugin.disk(1, temperature=30)
    session.pending()

    clock.advance(10)
    disk.temperature = 31

    assert session.pending().is_empty
    assert 31 == disk.temperature
    assert [(disk.uid, "temperature", 50.0, 30.0), (disk.uid, "temperature", 60.0, 31.0)] == [
        (one.uid, one.statistic, one.at, one.value) for one in session.samples()
    ]
    assert [] == session.samples()
    with pytest.raises(InvalidValue, match=r"Disk.temperature must be a finite number, got nan"):
        disk.temperature = float("nan")


def test_a_statistic_is_sampled_once_in_its_sample_period() -> None:
    """Ten seconds here; scans come a little early or late, and a clock set back stops nothing."""
    clock = FakeClock(1000.0)
    session, plugin = session_with(clock=clock)
    session.initial_scan()
    disk = plugin.disk(1)

    for number, at in enumerate((1000, 1001, 1008, 1009.5, 1020, 1025, 1030, 500, 505, 510)):
        clock.now = at
        disk.temperature = number

    assert [1000, 1009.5, 1020, 1030, 500, 510] == [one.at for one in session.samples()]
    assert 9 == disk.temperature


def test_two_attributes_that_provide_the_same_value_provide_it_once() -> None:
    """A LUN whose serial number is its WWN."""

    class Lun(Volume):
        wwn = attributes.Wwn(provide="scsi_serial")

    session, plugin = session_with()
    session.initial_scan()
    digits = "60014055" * 4
    plugin.update_or_create(Lun, serial=digits, wwn=f"naa.{digits}", owner="x")

    (claim,) = claims_of(session.pending(), Lun)

    assert [f"scsi_serial={digits}"] == [str(one) for one in claim.provides]


def test_provided_values_travel_in_canonical_form_and_defaults_join_nothing() -> None:
    """The form is the product's business, not the plugin's."""
    session, plugin = session_with()
    session.initial_scan()
    plugin.update_or_create(Volume, serial="0x6001-4055", owner="x")
    plugin.update_or_create(Volume, serial="N/A", owner="x")

    named, unnamed = claims_of(session.pending(), Volume)

    assert ["scsi_serial=60014055"] == [str(one) for one in named.provides]
    assert () == unnamed.provides


def test_a_label_cannot_turn_round_the_sentence_it_stands_in() -> None:
    """Overrides of the writing direction are left out; scripts that run to the left are not."""

    class Rack(StorageResource):
        number = attributes.Integer()
        identifier = ScannableId("number")

        def get_label(self) -> str:
            return "\u202ekcar \u05d0"

    session, _ = session_with(lambda plugin: plugin.update_or_create(Rack, number=1))

    assert "kcar \u05d0" in labels(session.initial_scan())


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
