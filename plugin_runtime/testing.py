"""What plugin authors test with: one scan without a store, and a clock that stands still.

```
delta = scan(KestrelPlugin, Array(address_1="a", address_2="b"))
assert State.FAILED is claims_of(delta, Disk)[0].own_state.high
```
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import StorageResource
from plugin_runtime.session import Session
from topology.delta import Delta
from topology.model import Claim


class FakeClock:
    """Epoch seconds that pass only when told to."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def session_of(
    plugin_class: type[StoragePlugin[Any]],
    root: StorageResource,
    *,
    clock: Callable[[], float] | None = None,
) -> Session:
    """Return a session that has not scanned yet, on a scannable with the values of `root`."""
    settings = {name: one for name, one in root.holding.values.items() if one is not None}
    return Session(plugin_class, type(root), settings, clock=clock or FakeClock())


def scan(plugin_class: type[StoragePlugin[Any]], root: StorageResource) -> Delta:
    """Return the report of one initial scan; whatever goes wrong is raised."""
    session = session_of(plugin_class, root)
    try:
        return session.initial_scan()
    finally:
        session.teardown()


def claims_of(delta: Delta, cls: type[StorageResource] | str) -> list[Claim]:
    """Return what `delta` says of the resources of a class, in the order reported."""
    name = cls if isinstance(cls, str) else cls.__name__
    return [claim for claim in delta.reported.values() if name in claim.classes]
