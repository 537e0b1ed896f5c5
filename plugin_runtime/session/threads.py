"""Whose each thread is, so that what a plugin's own thread dies of is told to its session.

Python keeps no account of who started a thread. `Thread.start` keeps it here, in processes that run
plugins; a thread that no plugin started runs as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps

Tell = Callable[[BaseException], None]


class _Here(threading.local):
    """Who is told of threads that the present one starts."""

    tell: Tell | None = None


_here = _Here()


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Let each thread that this one starts meanwhile, and those it starts in turn, be told of.

    `tell` is called in the thread with the exception that ends it; the thread then ends in peace.
    """
    _keep_account()
    before, _here.tell = _here.tell, tell
    try:
        yield
    finally:
        _here.tell = before


@cache
def _keep_account() -> None:
    plain_start = threading.Thread.start

    @wraps(plain_start)
    def start(thread: threading.Thread) -> None:
        if _here.tell is not None:
            thread.run = _told(thread.run, _here.tell)  # type: ignore[method-assign]
        plain_start(thread)

    threading.Thread.start = start  # type: ignore[assignment,method-assign]


def _told(run: Callable[[], None], tell: Tell) -> Callable[[], None]:
    def run_and_tell() -> None:
        _here.tell = tell
        try:
            run()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is told, whatever it is
            tell(error)

    return run_and_tell
