"""What lsblk writes becomes block devices; what is not lsblk's is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_runtime.plugins.linux_host.lsblk import (
    BlockDevice,
    Listing,
    captured_listing,
    listing_of,
    live_listing,
)
from topology.errors import DeviceUnreachable, InvalidFile

SAMPLES = Path(__file__).parent / "samples"
WHERE = "the capture"


def devices_in(sample: str) -> dict[str, BlockDevice]:
    """Return the devices of a sample by their kernel name, in the listing's order."""
    return {device.name: device for device in captured_listing(SAMPLES / sample).devices}


def test_a_device_repeated_under_each_parent_is_one_device_built_on_all_of_them() -> None:
    """sdb, sdc --> mpatha"""
    devices = devices_in("multipath.lsblk.json")

    assert ("sdb", "sdc") == devices["dm-0"].built_on
    assert "mpatha" == devices["dm-0"].title


def test_every_device_comes_after_what_it_is_built_on() -> None:
    """md1 is met under sda2 before lsblk has named sdb2 and sdc2."""
    order = list(devices_in("raid.lsblk.json"))

    assert order.index("md1") > max(order.index(name) for name in ("sda2", "sdb2", "sdc2"))


def test_numbers_and_booleans_that_old_versions_write_as_text_are_read() -> None:
    """ "4000787030016" and "1" are what lsblk wrote before it knew JSON numbers."""
    disk = devices_in("raid.lsblk.json")["sda"]

    assert (4000787030016, True, False) == (disk.size_bytes, disk.is_rotational, disk.is_read_only)


def test_both_spellings_of_mount_points_are_read() -> None:
    """Old versions say "mountpoint", new ones list "mountpoints"."""
    old = devices_in("raid.lsblk.json")["md1"]
    new = devices_in("multipath.lsblk.json")["dm-2"]

    assert (("/srv",), ("/", "/var")) == (old.mountpoints, new.mountpoints)


def test_text_around_the_json_is_passed_over_and_told() -> None:
    """Wrappers and libraries write warnings into the same stream."""
    listing = listing_of(
        b'WARNING: {odd} thing\n{"blockdevices": [{"name": "sda", "size": 1}]}\nbye\n', where=WHERE
    )

    assert ["sda"] == [device.name for device in listing.devices]
    assert (
        "the capture holds more than JSON: 'WARNING: {odd} thing'",
        "the capture holds more than JSON: 'bye'",
    ) == listing.warnings


def test_a_serial_with_undecodable_bytes_is_no_serial() -> None:
    """Two disks with different broken bytes must not look alike."""
    listing = listing_of(
        b'{"blockdevices": [{"name": "sda", "size": 1, "serial": "S\xff1", "model": "M"}]}',
        where=WHERE,
    )

    assert ("", "M") == (listing.devices[0].serial, listing.devices[0].model)


def test_a_size_rounded_for_people_is_no_size_and_told() -> None:
    """ "20G" is not a number of bytes."""
    listing = listing_of(b'{"blockdevices": [{"name": "sda", "size": "20G"}]}', where=WHERE)

    assert None is listing.devices[0].size_bytes
    assert listing.warnings[0].startswith("the capture has no exact size of sda; capture it anew")


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (b"", r"holds no JSON, found ''"),
        (b"NAME MAJ:MIN\nsda 8:0\n", r"holds no JSON, found 'NAME MAJ:MIN"),
        (b'{"blockdevices": [{"name": "sda",', r"cut short or damaged at line 1, column 34"),
        (b"{}", r"Field required at 'blockdevices'"),
        (b'{"blockdevices": {"sda": 1}}', r"valid list at 'blockdevices'"),
        (b'{"blockdevices": [{"size": 3}]}', r"Field required at 'blockdevices\[0\]\.name'"),
        (
            b'{"blockdevices": [{"name": "a", "children": [{"name": "a"}]}]}',
            r"a device is built on itself: a -> a",
        ),
    ],
)
def test_what_lsblk_did_not_write_is_refused_with_its_place_and_a_remedy(
    written: bytes, complaint: str
) -> None:
    """Each message says what is wrong, where, what was found, and what to do."""
    with pytest.raises(InvalidFile, match=rf"the capture .*{complaint}(.|\n)*; capture it anew"):
        listing_of(written, where=WHERE)


@given(st.integers(min_value=2, max_value=2000))
def test_a_truncated_capture_is_refused_wherever_it_ends(cut: int) -> None:
    """Half a list of disks would say that the others were pulled."""
    whole = (SAMPLES / "raid.lsblk.json").read_bytes()

    with pytest.raises(InvalidFile, match="cut short or damaged"):
        listing_of(whole[:cut], where=WHERE)


def test_a_directory_must_hold_one_capture(tmp_path: Path) -> None:
    """Which of two is meant cannot be guessed."""
    (tmp_path / "a-lsblk.json").touch()
    (tmp_path / "b-lsblk.json").touch()

    with pytest.raises(InvalidFile, match=r"found a-lsblk\.json, b-lsblk\.json; name the file"):
        captured_listing(tmp_path)


def test_a_capture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The operating system's reason is passed on."""
    with pytest.raises(InvalidFile, match=r"Cannot read .*absent' \(No such file or directory\)"):
        captured_listing(tmp_path / "absent")


def program(directory: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `lsblk` be `script` and nothing else be on the PATH."""
    command = directory / "lsblk"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))


def test_a_machine_without_lsblk_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback for a missing program."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DeviceUnreachable, match="no lsblk on the PATH; install util-linux"):
        live_listing(timeout_seconds=5)


def test_an_lsblk_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exit code and what it said on stderr."""
    program(tmp_path, "echo 'no sysfs' >&2; exit 32", monkeypatch)

    with pytest.raises(DeviceUnreachable, match=r"exit code 32 \(no sysfs\)"):
        live_listing(timeout_seconds=5)


def test_an_lsblk_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hung device must not hang the session."""
    program(tmp_path, "while :; do :; done", monkeypatch)

    with pytest.raises(DeviceUnreachable, match=r"did not answer within 0\.1 s"):
        live_listing(timeout_seconds=0.1)


def test_silence_means_no_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without block devices is healthy."""
    program(tmp_path, "exit 0", monkeypatch)

    assert Listing() == live_listing(timeout_seconds=5)


def test_complaints_beside_a_good_listing_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "lsblk: dm-0: failed to get device path" does not spoil the rest."""
    program(tmp_path, """echo 'dm-0: no path' >&2; echo '{"blockdevices": []}'""", monkeypatch)

    assert Listing(warnings=("lsblk said: dm-0: no path",)) == live_listing(timeout_seconds=5)
