"""The directory of an embedded store: who may use it, what lies in it, how its owner is reached.

The owner process and its clients agree on all of it here. Every file is readable by its user alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

from topology.errors import CannotWrite

LOG = "owner.log"
BUSY = 75
"""What an owner exits with where the directory has one already (EX_TEMPFAIL)."""
GREETING = b"ready\n"
"""What the owner says to a client once the database takes connections."""
_LOCK = "owner.lock"
_SOCKET = "owner.sock"
_PORT = "owner.port"
_SECRETS = "secrets.json"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords of the two users, made once for each directory."""

    writer: str
    reader: str


def enter(directory: Path) -> None:
    """Make sure the directory exists and is ours to write. Raises CannotWrite."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = directory.stat().st_uid
    except OSError as error:
        raise cannot_write(directory, error) from None
    if owner != os.geteuid():
        raise CannotWrite(
            f"the store's directory {str(directory)!r} belongs to user {owner}, not to user "
            f"{os.geteuid()}; run as its owner, or set TOPOLOGY_DATA_DIR"
        )


def cannot_write(directory: Path, error: OSError) -> CannotWrite:
    """Return what to raise where the directory does not let us keep a store."""
    return CannotWrite(
        f"cannot keep a store in {str(directory)!r} ({error.strerror}); make room or set "
        "TOPOLOGY_DATA_DIR to a directory that can be written"
    )


def lock(directory: Path) -> int | None:
    """Become the one owner: return the lock's file descriptor, None where there is an owner.

    The lock lasts as long as the process, however it ends.
    """
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_write(directory, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_owned(directory: Path) -> bool:
    """Tell whether some process owns the directory now."""
    descriptor = lock(directory)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def write_port(directory: Path, port: int) -> None:
    """Say where the database listens on loopback."""
    _write_whole(directory / _PORT, str(port))


def read_port(directory: Path) -> int:
    """Return where the database listens; right only while its owner lives."""
    return int((directory / _PORT).read_text(encoding="ascii"))


def load_secrets(directory: Path) -> Secrets:
    """Return the users' passwords. Raises ValueError for a file that is damaged."""
    found = json.loads((directory / _SECRETS).read_text(encoding="ascii"))
    match found:
        case {"writer": str(writer), "reader": str(reader)}:
            return Secrets(writer, reader)
    raise ValueError("it does not name the passwords of writer and reader")


def make_secrets(directory: Path) -> tuple[Secrets, bool]:
    """Return the users' passwords, and whether they were made just now, as damaged ones are."""
    with suppress(FileNotFoundError, ValueError):
        return load_secrets(directory), False
    made = Secrets(writer=secrets.token_urlsafe(), reader=secrets.token_urlsafe())
    _write_whole(directory / _SECRETS, json.dumps({"writer": made.writer, "reader": made.reader}))
    return made, True


def _write_whole(path: Path, text: str) -> None:
    """Replace a file so that nobody ever reads half of it."""
    fresh = path.with_suffix(".new")
    with open_private(fresh, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def open_private(path: Path, mode: str) -> TextIO:
    """Open a text file that, if it is new, its user alone may read."""
    return cast("TextIO", open(path, mode, encoding="utf-8", opener=_private))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def listen(directory: Path) -> socket.socket:
    """Return the socket on which clients hold on to the owner. Only the lock's holder may."""
    (directory / _SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short_path(directory) as path:
        listener.bind(path)
    (directory / _SOCKET).chmod(0o600)
    listener.listen(128)
    listener.settimeout(0)
    return listener


def leave(directory: Path) -> None:
    """Take the door away: from now on clients find no owner here."""
    (directory / _SOCKET).unlink(missing_ok=True)
    (directory / _PORT).unlink(missing_ok=True)


def connect(directory: Path, *, seconds: float) -> socket.socket | None:
    """Hold on to the directory's owner once it is ready; None where there is no owner yet.

    Raises TimeoutError when there is one that says nothing for `seconds`.
    """
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(seconds)
    try:
        with _short_path(directory) as path:
            client.connect(path)
        greeting = client.recv(len(GREETING))
    except TimeoutError:
        client.close()
        raise
    except OSError:
        greeting = b""
    if greeting != GREETING:
        client.close()
        return None
    return client


def is_alive(client: socket.socket) -> bool:
    """Tell at once whether the owner at the other end still lives."""
    client.settimeout(0)  # with a timeout it would be waited out, and taken for an end
    try:
        return bool(client.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


@contextmanager
def _short_path(directory: Path) -> Iterator[str]:
    """Yield a path of the socket that fits into its 107 bytes however deep the directory is."""
    descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)
