"""What a thread of its own fetches from the database, a few chunks ahead of whoever reads it.

A database that hangs keeps nobody waiting past a deadline, and no answer has to fit into memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

from topology.errors import TopologyError

T = TypeVar("T")
_LOOK_SECONDS = 0.2  # between two looks whether anybody still reads


class Arriving(Generic[T]):
    """Chunks in the order in which `fetch` gives them; for one thread, and to be closed.

    `fetch` is called once, in the other thread, with what takes a chunk and tells whether more are
    wanted. Whatever it raises is raised again here, after the chunks before it.
    """

    def __init__(
        self,
        fetch: Callable[[Callable[[T], bool]], None],
        *,
        ahead: int,
        patience: Callable[[], float],
        late: Callable[[], TopologyError],
    ) -> None:
        self._fetch = fetch
        self._patience = patience
        self._late = late
        self._sent: Queue[T | _End] = Queue(ahead)
        self._is_closed = threading.Event()
        self._fetching = threading.Thread(target=self._run, name="store-rows", daemon=True)
        self._fetching.start()

    def __iter__(self) -> Iterator[T]:
        """Yield what comes; raise what `late` gives once a chunk takes longer than `patience`."""
        while True:
            try:
                found = self._sent.get(timeout=self._patience())
            except Empty:
                raise self._late() from None
            if not isinstance(found, _End):
                yield found
            elif found.error is None:
                return
            else:
                raise found.error

    def close(self, *, seconds: float = 0.0) -> bool:
        """Want no more; return whether the thread has ended, for which `seconds` are given."""
        self._is_closed.set()
        self._fetching.join(seconds)
        return not self._fetching.is_alive()

    def _run(self) -> None:
        try:
            self._fetch(self._put)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the reader's thread
            self._put(_End(error))
        else:
            self._put(_End(None))

    def _put(self, what: T | _End) -> bool:
        while not self._is_closed.is_set():
            with suppress(Full):
                self._sent.put(what, timeout=_LOOK_SECONDS)
                return True
        return False


class _End:
    """Nothing comes any more, or an error came instead."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
