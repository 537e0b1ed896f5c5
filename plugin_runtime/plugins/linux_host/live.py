"""What a host's tools say now: each is run where it is installed, within a time limit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugin_runtime.plugins.linux_host import (
    arcconf,
    lsblk,
    lvm,
    mdadm,
    mdstat,
    multipath,
    nvme,
    smartctl,
    ssacli,
    storcli,
    udev,
    zpool,
)
from plugin_runtime.plugins.linux_host.captures import Reading, format_of_tool, read_outputs
from plugin_runtime.plugins.linux_host.devices import hardware_of
from plugin_runtime.plugins.linux_host.facts import HostFacts
from topology.errors import DeviceUnreachable

Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Output:
    """What a command wrote."""

    text: str
    complaints: tuple[str, ...] = ()
    """What it said beside its output, one sentence each."""


def read_live(*, timeout_seconds: float) -> Reading:
    """Ask every tool of this machine, each for at most `timeout_seconds`.

    Raises DeviceUnreachable where lsblk, which lists the devices, is missing or fails. A missing
    other tool tells nothing; one that fails, for want of permission perhaps, is said to be unread.
    """
    listing = asked("lsblk", [lsblk.COMMAND], timeout_seconds)
    if "lsblk" not in listing.told:
        missing = "there is no lsblk on the PATH; install util-linux, or name a captured output"
        why = listing.unread.get("lsblk", f"{missing} in `source`").removesuffix(".")
        raise DeviceUnreachable(f"Cannot list this machine's disks: {why}.")
    disks = hardware_of(listing.told["lsblk"].devices)
    kernel = _read_mdstat()
    arrays = [f"/dev/{one.name}" for one in kernel.told.get("mdstat", HostFacts()).arrays]
    for reading in (
        asked("udevadm", [udev.COMMAND], timeout_seconds),
        asked("mdadm", [(*mdadm.COMMAND, *arrays)] if arrays else [], timeout_seconds),
        kernel,
        asked("multipathd", [multipath.COMMAND], timeout_seconds),
        asked(
            "smartctl", [(*smartctl.COMMAND, f"/dev/{one.name}") for one in disks], timeout_seconds
        ),
        asked("nvme", [nvme.COMMAND], timeout_seconds),
        asked("storcli", storcli.COMMANDS, timeout_seconds),
        asked("ssacli", [ssacli.COMMAND], timeout_seconds),
        asked("arcconf", [arcconf.COMMAND], timeout_seconds),
        asked("zpool", [zpool.COMMAND], timeout_seconds),
        asked("lvm", [lvm.COMMAND], timeout_seconds),
    ):
        listing = listing.joined(reading)
    return listing


def _read_mdstat() -> Reading:
    try:
        text = Path(mdstat.SOURCE).read_text(errors="replace")
    except FileNotFoundError:  # the kernel has not loaded md
        return Reading()
    except OSError as error:
        why = f"Cannot read {mdstat.SOURCE} ({error.strerror}); see that /proc is mounted."
        return Reading(unread={"mdstat": why}, warnings=(why,))
    return read_outputs([(format_of_tool("mdstat"), mdstat.SOURCE, text)])


def asked(tool: str, commands: Iterable[Command], timeout_seconds: float) -> Reading:
    """Return what the commands of one tool say together."""
    reading = Reading()
    for command in commands:
        try:
            output = output_of(command, timeout_seconds=timeout_seconds)
        except FileNotFoundError:
            return Reading(absent=(tool,))
        except DeviceUnreachable as error:
            failed = Reading(unread={tool: str(error)}, warnings=(f"{error}.",))
            reading = reading.joined(failed)
            continue
        said = Reading(warnings=output.complaints)
        if not output.text.strip():
            told = Reading(told={tool: HostFacts()})
        else:
            told = read_outputs([(format_of_tool(tool), f"the output of {tool}", output.text)])
        reading = reading.joined(said).joined(told)
    return reading


def output_of(command: Command, *, timeout_seconds: float) -> Output:
    """Run `command` and return what it wrote.

    Raises FileNotFoundError where it is not installed, DeviceUnreachable where it fails or hangs.
    """
    tool = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - the commands are constants and device names
            command, capture_output=True, timeout=timeout_seconds, check=False
        )
    except FileNotFoundError:
        raise
    except subprocess.TimeoutExpired:
        raise DeviceUnreachable(
            f"{tool} did not answer within {timeout_seconds:g} s; a device may hang, see the "
            "kernel's log"
        ) from None
    except OSError as error:
        raise DeviceUnreachable(
            f"{tool} does not start ({error.strerror}); see that it is installed whole"
        ) from None
    complaints = done.stderr.decode(errors="replace").splitlines()
    text = done.stdout.decode(errors="replace")
    if done.returncode and not text.strip():
        raise DeviceUnreachable(
            f"{tool} ended with exit code {done.returncode} "
            f"({' '.join(complaints) or 'no message'}); see that this may run as root and that "
            "/sys is mounted"
        )
    return Output(text, tuple(f"{tool} said: {line}" for line in complaints if line.strip()))
