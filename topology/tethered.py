"""Child processes that do not outlive their parent, not even when the parent is killed.

The system itself tells the child (prctl(2), PR_SET_PDEATHSIG), so that nobody has to watch.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """Return the command line that runs `command` and ends it by SIGTERM when this process ends.

    Start it from the main thread: the system counts from the end of the thread that started it.
    `command` begins with the path of a program; it keeps its process id, files and environment.
    """
    return [sys.executable, "-m", __name__, str(os.getpid()), *command]


def _run(parent: int, command: list[str]) -> None:
    """Become `command`, which keeps the tether to `parent`."""
    if ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        sys.exit("this system does not tell a process that its parent has ended; it needs Linux")
    if os.getppid() == parent:  # else it ended before the tether held
        os.execv(command[0], command)  # noqa: S606 - the command line of our own process


if __name__ == "__main__":
    _run(int(sys.argv[1]), sys.argv[2:])
