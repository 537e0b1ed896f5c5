"""What is read from the texts of a Lustre server, whole, damaged and absurd."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_runtime.plugins.lustre_server.capture import Capture
from plugin_runtime.plugins.lustre_server.server import Server, server_of
from plugin_runtime.plugins.lustre_server.sources import captured
from plugin_runtime.plugins.lustre_server.targets import Target
from plugin_runtime.plugins.lustre_server.texts import capture_of

OST = "osd-ldiskfs.scratch-OST0000"
SERVED = "obdfilter.scratch-OST0000.uuid=scratch-OST0000_UUID\n"


WHOLE = f"""\
health_check=device home-OST0012 reported unhealthy
device scratch-OST0001 reported unhealthy
NOT HEALTHY
mgs.MGS.live.scratch=
fsname: scratch
scratch-OST0000
scratch-OST0002

{SERVED}obdfilter.scratch-OST0001.uuid=scratch-OST0001_UUID
{OST}.kbytestotal=4108388
{OST}.kbytesfree=4106100
"""


def told(text: str) -> Capture:
    """Return what a text tells, which must be of a known format."""
    capture = capture_of(text, "the text")
    assert capture is not None
    return capture


def server_in(path: Path, written: bytes) -> Server:
    """Return the server that a file with these bytes tells of."""
    path.write_bytes(written)
    return server_of(captured(path))


def only_target(text: str) -> Target:
    """Return the one target that a text tells of."""
    (target,) = server_of(told(text)).targets
    return target


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=len(WHOLE)))
def test_a_capture_cut_anywhere_tells_nothing_that_the_whole_does_not(length: int) -> None:
    """Less is known of it, and no target is healthier, larger or served where it was not."""
    known = {one.name: one for one in server_of(told(WHOLE)).targets}

    cut = capture_of(WHOLE[:length], "the text") or Capture()

    for one in server_of(cut).targets:
        whole = known[one.name]
        assert one.health in (whole.health, "unknown")
        assert one.served_here <= whole.served_here
        assert one.size_bytes in (whole.size_bytes, None)
        assert one.free_bytes in (whole.free_bytes, None)


def test_a_parameter_takes_the_lines_up_to_the_next_one() -> None:
    """Statistics and lists go over many lines."""
    capture = told(
        "health_check=healthy\nmgs.MGS.live.scratch=\nfsname: scratch\n\ngen: 9\nversion=2.15.3\n"
    )

    expected = {
        "health_check": ("healthy",),
        "mgs.MGS.live.scratch": ("fsname: scratch\n\ngen: 9",),
        "version": ("2.15.3",),
    }
    assert expected == capture.parameters


def test_line_ends_of_another_system_change_nothing() -> None:
    """Captures are mailed and edited."""
    text = f"health_check=healthy\n{SERVED}{OST}.kbytestotal=1024\n"

    assert server_of(told(text)) == server_of(told(text.replace("\n", "\r\n")))


def test_what_is_captured_twice_counts_once_and_the_newer_value_holds() -> None:
    """Sections are repeated where two commands were captured into one file."""
    target = only_target(f"{OST}.kbytestotal=1024\n{SERVED}{SERVED}{OST}.kbytestotal=2048\n")

    assert 2048 << 10 == target.size_bytes


def test_complaints_among_the_parameters_are_no_part_of_a_value() -> None:
    """They come from the same terminal, and say what is missing."""
    complaint = "error: get_param: param_path 'mds/MDS': No such file or directory"

    capture = told(f"health_check=healthy\n{complaint}\n{SERVED}")

    assert "healthy" == capture.last("health_check")
    assert (f"the text holds a complaint: {complaint!r}",) == capture.warnings


def test_a_number_that_is_cut_short_is_not_believed() -> None:
    """kbytestotal=4108388 was cut after the third digit."""
    capture = told(f"{SERVED}{OST}.kbytestotal=410")

    (target,) = server_of(capture).targets
    assert None is target.size_bytes
    assert ("the text ends within a line, so '410' is not believed",) == capture.warnings


def test_a_name_that_is_cut_short_is_no_target() -> None:
    """The MGS listed scratch-OST0012."""
    assert (
        ()
        == server_of(
            told("mgs.MGS.filesystems=scratch\nmgs.MGS.live.scratch=\nscratch-OST001")
        ).targets[1:]
    )


@pytest.mark.parametrize("kib", ["-5", "1e3", "", "99999999999999999999", "4108388 KB", "٣"])
def test_a_size_that_is_none_is_left_out(kib: str) -> None:
    """Whatever stands there, the target is kept."""
    assert None is only_target(f"{SERVED}{OST}.kbytestotal={kib}\n").size_bytes


def test_more_free_than_there_is_makes_both_doubtful() -> None:
    """One of the two is wrong, and nobody knows which."""
    server = server_of(told(f"{OST}.kbytestotal=10\n{OST}.kbytesfree=11\n"))

    assert (None, None) == (server.targets[0].size_bytes, server.targets[0].free_bytes)
    assert ("scratch-OST0000 has more free than there is, so neither is believed",) == (
        server.warnings
    )


def test_bytes_that_are_no_text_spoil_only_what_they_stand_in(tmp_path: Path) -> None:
    """A damaged name is no target, a damaged path no device."""
    server = server_in(
        tmp_path / "capture",
        f"health_check=healthy\n{SERVED}{OST}.mntdev=/dev/sd".encode()
        + b"\xff\nobdfilter.scratch-OST\xfe001.uuid=x\n",
    )

    (target,) = server.targets
    assert ("healthy", None) == (target.health, target.device)


def test_a_file_beyond_all_measure_is_read_up_to_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is said to be missing."""
    monkeypatch.setattr("plugin_runtime.plugins.lustre_server.sources._MOST_BYTES", 70)

    server = server_in(tmp_path / "capture", (SERVED + f"{OST}.kbytestotal=4108388\n").encode())

    assert None is server.targets[0].size_bytes
    assert "its end is not read" in server.warnings[0]


def test_lines_that_are_no_devices_are_passed_over_and_said() -> None:
    """The last line of `lctl dl` was cut."""
    capture = told("  0 UP mgs MGS MGS 13\n  1 UP mgc MGC10.0.0.1@tcp c0ffee 5\n  2 UP md\n")

    assert ["MGS", "MGC10.0.0.1@tcp"] == [one.name for one in capture.obd_devices]
    assert ("the text has 1 lines that are passed over: '2 UP md'",) == capture.warnings


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('WARNING: no udev\n{"Root": {"children": [', "is cut short or damaged JSON"),
        ("net:\n    - net type: tcp\n      local NI(s): [", "is no whole output of `lnetctl"),
        ("net:\n    - nothing\n", "is no whole output of `lnetctl"),
    ],
)
def test_a_damaged_document_tells_nothing_and_says_so(text: str, warning: str) -> None:
    """Half a document may leave out anything."""
    capture = told(text)

    assert capture.is_empty
    assert warning in capture.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "key=value\n",
        '{"linux": {"devs": {}}}',
        '["Root"]',
        "LNET is not\nin here\n",
        ".TH LDEV.CONF 5\n.SH NAME\nldev.conf\noss1 oss2 scratch-OST0000 /dev/sda\n",
    ],
)
def test_other_texts_are_not_recognised(text: str) -> None:
    """A manual page quotes ldev.conf and is none."""
    assert None is capture_of(text, "the text")


def test_files_of_a_directory_are_recognised_whatever_they_are_called(tmp_path: Path) -> None:
    """What is of no known format is named, and hides nothing."""
    (tmp_path / "a").write_text("health_check=healthy\n")
    (tmp_path / "ldev.conf").write_text("  0 UP obdfilter scratch-OST0000 x 5\n")
    (tmp_path / "notes").write_text("call Ann\n")

    server = server_of(captured(tmp_path))

    assert ["healthy"] == [one.health for one in server.targets]
    assert (f"'{tmp_path / 'notes'}' is of no known format",) == server.warnings
