"""What a thread of its own fetches from the database, some way ahead of whoever reads it.

A database that hangs keeps nobody waiting past a deadline, and no answer has to fit into memory.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from topology.errors import TopologyError

T = TypeVar("T")
_T_contra = TypeVar("_T_contra", contravariant=True)


class Put(Protocol[_T_contra]):
    """Takes a chunk, as soon as there is room for it; returns whether more are wanted."""

    def __call__(self, chunk: _T_contra, /, *, weight: float = 1.0) -> bool:
        """`weight` is the part it takes of the room there is."""


class Arriving(Generic[T]):
    """Chunks in the order in which `fetch` puts them; for one thread, and to be closed.

    `fetch` is called once, in the other thread. Whatever it raises is raised again here, after the
    chunks before it. It waits once what nobody has read yet weighs 1.
    """

    def __init__(
        self,
        fetch: Callable[[Put[T]], None],
        *,
        patience: Callable[[], float],
        late: Callable[[], TopologyError],
    ) -> None:
        self._fetch = fetch
        self._patience = patience
        self._late = late
        self._moved = threading.Condition()
        self._unread: deque[tuple[T, float]] = deque()
        self._weight = 0.0
        self._is_closed = self._has_ended = False
        self._error: BaseException | None = None
        self._fetching = threading.Thread(target=self._run, name="store-rows", daemon=True)
        self._fetching.start()

    def __iter__(self) -> Iterator[T]:
        """Yield what comes; raise what `late` gives once a chunk takes longer than `patience`."""
        while True:
            until = time.monotonic() + self._patience()
            with self._moved:
                while not (self._unread or self._has_ended):
                    if not self._moved.wait(max(until - time.monotonic(), 0.0)):
                        raise self._late()
                if not self._unread:
                    break
                chunk, weight = self._unread.popleft()
                self._weight -= weight
                self._moved.notify()
            yield chunk
        if self._error is not None:
            raise self._error

    def close(self, *, seconds: float = 0.0) -> bool:
        """Want no more; return whether the thread has ended, for which `seconds` are given."""
        with self._moved:
            self._is_closed = True
            self._moved.notify()
        self._fetching.join(seconds)
        return not self._fetching.is_alive()

    def _run(self) -> None:
        try:
            self._fetch(self._put)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the reader's thread
            self._error = error
        with self._moved:
            self._has_ended = True
            self._moved.notify()

    def _put(self, chunk: T, /, *, weight: float = 1.0) -> bool:
        with self._moved:
            self._moved.wait_for(lambda: self._is_closed or self._weight < 1)
            if self._is_closed:
                return False
            self._unread.append((chunk, weight))
            self._weight += weight
            self._moved.notify()
            return True
