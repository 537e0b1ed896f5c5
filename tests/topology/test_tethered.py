"""A tethered process against parents that are really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from topology.tethered import tethered

_ENDS_SECONDS = 30
_PARENT = """
import subprocess, sys
from topology.tethered import tethered
subprocess.run(tethered([sys.executable, "-c", sys.argv[1]]))
"""
_WAITS = "import sys; print('begun', flush=True); sys.stdin.read()"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The end to read from, the end to write to."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_a_tethered_process_ends_when_its_parent_is_killed(pipe: tuple[int, int]) -> None:
    """kill -9 leaves the parent no moment to end its child, which waits for input that never comes.

    Both write to one pipe: its end is the end of both.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, _WAITS], stdin=pipe[0], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert "begun\n" == parent.stdout.readline()

        parent.send_signal(signal.SIGKILL)
        said, _ = parent.communicate(timeout=_ENDS_SECONDS)

        assert "" == said


def test_a_tethered_process_is_the_command_itself(pipe: tuple[int, int]) -> None:
    """Same process id, same open files, same exit code: nothing stands in between."""
    reading, writing = pipe
    command = f"import os, sys; os.write({writing}, str(os.getpid()).encode()); sys.exit(7)"

    process = subprocess.Popen(tethered([sys.executable, "-c", command]), pass_fds=[writing])

    assert 7 == process.wait(_ENDS_SECONDS)
    assert str(process.pid) == os.read(reading, 100).decode()


def test_a_command_whose_parent_has_ended_already_is_not_run() -> None:
    """Killed between starting its child and the tether: no process is anybody's child 0."""
    *wrapper, parent, program = tethered(["/bin/echo"])
    assert str(os.getpid()) == parent

    said = subprocess.check_output([*wrapper, "0", program, "it ran"], timeout=_ENDS_SECONDS)

    assert b"" == said
