"""Where captures come from: files and trees of one server, or the machine itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

from plugin_runtime.plugins.linux_host import lsblk
from plugin_runtime.plugins.lustre_server import pacemaker
from plugin_runtime.plugins.lustre_server.capture import Capture
from plugin_runtime.plugins.lustre_server.parameters import (
    WANTED,
    is_wanted,
    parameter_at,
    parameter_called,
)
from plugin_runtime.plugins.lustre_server.texts import capture_of
from topology.errors import DeviceUnreachable, InvalidFile

_GET_PARAM = ("lctl", "get_param", *WANTED)
_COMMANDS = (("blkid",), lsblk.COMMAND, ("lnetctl", "net", "show", "-v"))
_FILES = (Path("/proc/mounts"), Path("/etc/ldev.conf"))
_TREES = (Path("/proc/fs/lustre"), Path("/sys/fs/lustre"), Path("/sys/kernel/debug/lustre"))
_MOST_BYTES = 64 << 20
"""Of one file or answer; what is longer is not read to its end."""
_CROWDED = frozenset({"exports", "namespaces"})
"""Directories with something for every client, which nobody asks for."""
_NO_SUCH_PARAMETER = "No such file or directory"
_REMEDY = "capture `lctl get_param -R '*'` anew, or correct `source`"


def captured(source: Path) -> Capture:
    """Read a file, or a directory that holds what was captured on one server.

    Raises InvalidFile where it cannot be read, or tells nothing of a Lustre server: that is no
    proof that the server serves nothing.
    """
    try:
        is_directory = source.is_dir()
    except OSError as error:
        raise InvalidFile(f"Cannot read '{source}' ({error.strerror}); correct `source`.") from None
    capture = _read(_files_in(source) if is_directory else [source])
    if capture.is_empty:
        found = next(iter(capture.warnings), "there is nothing of Lustre in it")
        raise InvalidFile(f"'{source}' tells nothing of a Lustre server: {found}; {_REMEDY}.")
    return capture


def live(*, timeout_seconds: float) -> Capture:
    """Ask this machine. Each of its commands may take `timeout_seconds`.

    Raises DeviceUnreachable where it runs no Lustre, or a command hangs: what that would have told
    must not look as if it were gone.
    """
    capture = _answer(_GET_PARAM, timeout_seconds)
    if not capture.parameters:
        files = chain.from_iterable(map(_files_in, _TREES))
        parameters = _read(one for one in files if parameter_at(PurePosixPath(one)))
        capture = Capture.joined((capture, parameters))
    if not capture.parameters:
        raise DeviceUnreachable(
            "This machine runs no Lustre: neither lctl nor /proc/fs/lustre nor /sys/fs/lustre "
            "tells anything; start Lustre, or name a captured output in `source`."
        )
    commands = [*_COMMANDS, *([pacemaker.COMMAND] if shutil.which(pacemaker.COMMAND[0]) else [])]
    answers = [_answer(command, timeout_seconds) for command in commands]
    return Capture.joined((capture, *answers, _read(path for path in _FILES if path.exists())))


def _answer(command: tuple[str, ...], timeout_seconds: float) -> Capture:
    """Return what a command tells; a warning where it is missing or fails."""
    shown = " ".join(command[:3])
    try:
        done = subprocess.run(  # noqa: S603 - every command is a constant
            command, capture_output=True, timeout=timeout_seconds, check=False
        )
    except FileNotFoundError:
        return Capture(warnings=(f"there is no {command[0]} on the PATH, so it is not asked",))
    except subprocess.TimeoutExpired:
        raise DeviceUnreachable(
            f"`{shown}` did not answer within {timeout_seconds:g} s; a device may hang, see the "
            "kernel's log."
        ) from None
    except OSError as error:
        return Capture(warnings=(f"`{shown}` does not start ({error.strerror})",))
    complaints = tuple(
        f"`{shown}` said: {line}"
        for line in done.stderr.decode(errors="replace").splitlines()
        if _NO_SUCH_PARAMETER not in line  # every server lacks most kinds of parameters
    )
    told = capture_of(_decoded(done.stdout), f"the output of `{shown}`") or Capture()
    return Capture.joined((Capture(warnings=complaints), told))


def _read(paths: Iterable[Path]) -> Capture:
    return Capture.joined(_read_file(path) for path in paths)


def _read_file(path: Path) -> Capture:
    """Return what one file tells: by its place in a tree, else its content, else its name."""
    parameter = parameter_at(PurePosixPath(path))
    if parameter is not None and not is_wanted(parameter):
        return Capture()
    try:
        with path.open("rb") as file:
            written = file.read(_MOST_BYTES + 1)
    except OSError as error:
        return Capture(warnings=(f"'{path}' cannot be read ({error.strerror})",))
    warnings: tuple[str, ...] = ()
    if len(written) > _MOST_BYTES:
        warnings = (f"'{path}' is longer than {_MOST_BYTES >> 20} MiB; its end is not read",)
        written = written[: written.rfind(b"\n", 0, _MOST_BYTES) + 1]
    text = _decoded(written)
    told = None if parameter else capture_of(text, f"'{path}'")
    parameter = parameter or parameter_called(path.name)
    if told is None and parameter is not None:
        told = Capture(parameters={parameter: (text.strip(),)} if is_wanted(parameter) else {})
    if told is None:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        is_told = any(not line.startswith("#") for line in lines)
        kind = "of no known format" if is_told else "comments alone" if lines else "empty"
        told = Capture(warnings=(f"'{path}' is {kind}",))
    return Capture.joined((Capture(warnings=warnings), told))


def _decoded(written: bytes) -> str:
    return written.decode("utf-8-sig", errors="replace")


def _files_in(directory: Path) -> Iterator[Path]:
    """Yield the files of a tree by name, without following links to directories."""
    for parent, directories, files in os.walk(directory):
        directories[:] = sorted(set(directories) - _CROWDED)
        yield from (Path(parent, name) for name in sorted(files))
