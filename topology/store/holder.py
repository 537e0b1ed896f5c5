"""A process that shares leases with others: it shows that it lives, and sees who no longer does.

Whether another lives is judged by one's own clock alone: its beat in the store has to move,
whatever time it says. Clocks that differ or step make nobody dead, nor does a store that was away.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from topology.errors import LeaseLost, StoreUnavailable
from topology.store.graph_store import GraphStore
from topology.store.values import Held, Lease

BEAT_SECONDS = 5.0
"""How often a holder says that it is alive."""
SILENT_SECONDS = 3 * BEAT_SECONDS
"""A lease whose holder's beat has not moved for so long may be taken."""
_LONGEST_LOOK_SECONDS = 1.0
"""What counts as silence between two looks: in a longer gap nobody could see a beat."""


class Standing(Enum):
    """What is known of a lease."""

    FREE = auto()
    """Nobody holds it, or its holder has been silent for too long."""
    HELD = auto()
    """Its holder is alive."""
    UNDECIDED = auto()
    """Its holder has not been watched for long enough."""


@dataclass(slots=True)
class _Watched:
    held: Held
    looked_at: float
    silent_seconds: float = 0.0
    is_alive: bool = False


class Holder:
    """One process as a holder of leases. `standing` and `take` are for one thread."""

    def __init__(
        self, store: GraphStore, name: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take part as `name`, which is nobody else's. `clock` gives seconds that never go back."""
        self.name = name
        self._store = store
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._leaving = threading.Event()
        self._beating = threading.Thread(target=self._beat, name=f"beat {name}", daemon=True)

    def __enter__(self) -> Self:
        self._beating.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._leaving.set()
        self._beating.join()

    def standing(self, lease_id: str, held: Held) -> Standing:
        """Return what may be done about a lease that the store says is `held` so."""
        if held.holder in ("", self.name):
            self._watched.pop(lease_id, None)
            return Standing.FREE
        now = self._clock()
        known = self._watched.get(lease_id)
        if known is None or (known.held.epoch, known.held.holder) != (held.epoch, held.holder):
            self._watched[lease_id] = _Watched(held, now)
            return Standing.UNDECIDED
        if known.held.beat != held.beat:
            self._watched[lease_id] = _Watched(held, now, is_alive=True)
            return Standing.HELD
        known.silent_seconds += min(now - known.looked_at, _LONGEST_LOOK_SECONDS)
        known.looked_at = now
        if known.silent_seconds > SILENT_SECONDS:
            return Standing.FREE
        return Standing.HELD if known.is_alive else Standing.UNDECIDED

    def take(self, lease_id: str, held: Held) -> Lease | None:
        """Return the lease where it may be taken and nobody else was quicker, None otherwise."""
        if self.standing(lease_id, held) is not Standing.FREE:
            return None
        try:
            return self._store.take_lease(lease_id, self.name, seen=held)
        except LeaseLost:
            return None

    def _beat(self) -> None:
        is_leaving = False
        while not is_leaving:
            # A store that is away is told of where it is needed.
            with suppress(StoreUnavailable):
                self._store.beat(self.name)
            is_leaving = self._leaving.wait(BEAT_SECONDS)
        with suppress(StoreUnavailable):
            self._store.leave(self.name)


def holder_name() -> str:
    """Return a name that no other process has, and that says to people which one it is."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
