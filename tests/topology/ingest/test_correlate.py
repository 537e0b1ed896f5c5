"""Spellings of one identifier are one; what is not an identifier joins nothing."""

from __future__ import annotations

import pytest

from topology.ingest.correlate import canonical


@pytest.mark.parametrize(
    "spelling",
    [
        "36005076306ffd6b60000000000002401",  # udev ID_SERIAL
        "0x6005076306ffd6b60000000000002401",  # udev ID_WWN_WITH_EXTENSION
        "6005076306FFD6B60000000000002401",
        "60:05:07:63:06:ff:d6:b6:00:00:00:00:00:00:24:01",
        "naa.6005076306ffd6b60000000000002401",
        " 60050763-06ffd6b6-00000000-00002401 ",
    ],
)
def test_every_spelling_of_a_lun_serial_is_one(spelling: str) -> None:
    """Case, 0x, naa., separators and udev's leading 3 do not matter."""
    assert canonical("scsi_serial", spelling) == "6005076306ffd6b60000000000002401"


def test_the_wwn_of_a_disk_and_its_udev_serial_are_one() -> None:
    """A 64-bit NAA identifier carries udev's leading 3 too."""
    assert canonical("scsi_serial", "35000c500a1b2c3d4") == canonical(
        "scsi_serial", "0x5000c500a1b2c3d4"
    )


def test_namespaces_stay_apart() -> None:
    """An EUI-64, an NQN and a T10 name never meet an NAA identifier of the same digits."""
    spelled = ["eui.6005076306ffd6b6", "nqn.2019-08.org:6005076306ffd6b6", "6005076306ffd6b6"]

    assert len({canonical("scsi_serial", text) for text in spelled}) == len(spelled)


def test_blanks_and_underscores_of_a_t10_name_are_one() -> None:
    """udev writes blanks as underscores."""
    assert canonical("scsi_serial", "SQEMU    QEMU HARDDISK 0") == canonical(
        "scsi_serial", "SQEMU_QEMU_HARDDISK_0"
    )


@pytest.mark.parametrize(
    "text", ["", "   ", "0", "0000000000000000", "0x0", "None", "unknown", "To Be Filled By O.E.M."]
)
def test_what_vendors_leave_unset_never_joins(text: str) -> None:
    """Empty, zeros, defaults."""
    assert canonical("scsi_serial", text) is None
