"""The tools of this machine: run where they are installed, given up where they hang."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from plugin_runtime.plugins.linux_host import LinuxHost, LinuxHostPlugin, mdstat
from plugin_runtime.plugins.linux_host.live import read_live
from plugin_runtime.testing import Scanned, session_of
from topology.errors import DeviceUnreachable

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Let nothing be on the PATH but the programs that are installed, each a line of shell."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mdstat, "SOURCE", str(tmp_path / "mdstat"))

    def install(**scripts: str) -> None:
        for name, script in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)

    return install


DISK = {"name": "sda", "type": "disk", "size": 10, "serial": "S1"}
LSBLK = f"echo '{json.dumps({'blockdevices': [DISK]})}'"
NO_DISKS = """echo '{"blockdevices": []}'"""


def test_a_machine_without_lsblk_is_told_what_to_install(install: Install) -> None:
    """No traceback for a missing program."""
    with pytest.raises(DeviceUnreachable, match="no lsblk on the PATH; install util-linux"):
        read_live(timeout_seconds=5)


def test_an_lsblk_that_fails_is_quoted(install: Install) -> None:
    """Its exit code and what it said on stderr."""
    install(lsblk="echo 'no sysfs' >&2; exit 32")

    with pytest.raises(DeviceUnreachable, match=r"exit code 32 \(no sysfs\)"):
        read_live(timeout_seconds=5)


def test_an_lsblk_that_hangs_is_given_up(install: Install) -> None:
    """A hung device must not hang the session."""
    install(lsblk="while :; do :; done")

    with pytest.raises(DeviceUnreachable, match=r"did not answer within 0\.1 s"):
        read_live(timeout_seconds=0.1)


def test_silence_means_no_devices(install: Install) -> None:
    """A machine without block devices is healthy."""
    install(lsblk="exit 0")

    reading = read_live(timeout_seconds=5)

    assert () == reading.told["lsblk"].devices
    assert {} == reading.unread


def test_complaints_beside_a_good_answer_are_kept(install: Install) -> None:
    """ "lsblk: dm-0: failed to get device path" does not spoil the rest."""
    install(lsblk=f"echo 'dm-0: no path' >&2; {NO_DISKS}")

    assert ("lsblk said: dm-0: no path",) == read_live(timeout_seconds=5).warnings


def test_tools_that_are_not_installed_are_said_once(install: Install) -> None:
    """A host without ZFS has no zpool, which is no error."""
    install(lsblk=LSBLK)
    with capture_logs() as logs:
        host = Scanned(session_of(LinuxHostPlugin, LinuxHost(hostname="box")))
        host.scan()

    told = [one["event"] for one in logs if "not installed" in one["event"]]
    assert [
        "not installed, so not read: udevadm, multipathd, smartctl, nvme, storcli, ssacli, "
        "arcconf, zpool, lvm"
    ] == told
    assert {} == host.troubled()


def test_a_tool_that_may_not_run_is_said_once_and_the_others_are_read(install: Install) -> None:
    """Most of them want to be run as root."""
    install(lsblk=LSBLK, multipathd="echo 'need to be root' >&2; exit 1")

    with capture_logs() as logs:
        host = Scanned(session_of(LinuxHostPlugin, LinuxHost(hostname="box")))
        host.scan()

    said = [one["event"] for one in logs if one["log_level"] == "warning"]
    assert 1 == len(said)
    assert said[0].startswith("multipathd ended with exit code 1 (need to be root); see that this")
    assert "box:/dev/sda" in host.resources


def test_every_tool_tells_its_part(install: Install, tmp_path: Path) -> None:
    """lsblk lists sda, smartctl knows that it is failing, zpool what is on it."""
    smart = {"device": {"name": "/dev/sda"}, "serial_number": "S1"}
    smart["smart_status"] = {"passed": False}
    pool = (
        "  pool: tank\\n state: ONLINE\\nconfig:\\n\\n\\ttank ONLINE\\n\\t  /dev/sda ONLINE\\n\\n"
    )
    install(
        lsblk=LSBLK,
        smartctl=f"""echo '{json.dumps(smart)}'; exit 8""",
        zpool=f"printf '{pool}errors: none\\n'",
        mdadm="echo 'mdadm: must be super-user to perform this action' >&2; exit 1",
    )
    (tmp_path / "mdstat").write_text(
        "Personalities :\nmd0 : active raid1 sdb1[0] sdc1[1]\n      1 blocks [2/2] [UU]\n\n"
        "unused devices: <none>\n"
    )

    host = Scanned(session_of(LinuxHostPlugin, LinuxHost(hostname="box")))

    states = host.states()
    assert ("CRITICAL", "CRITICAL", "OK") == (
        states["Disk S1"],
        states["box:tank"],
        states["box:/dev/md0"],
    )
