"""A plugin that does in each scan what a test says, and classes for it to report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugin_runtime import attributes, statistics
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import (
    GlobalId,
    ScannableId,
    ScannableStorageResource,
    StorageResource,
)
from plugin_runtime.session.session import Session
from plugin_runtime.testing import FakeClock, session_of
from topology.delta import Delta


class Array(ScannableStorageResource):
    address = attributes.Hostname()
    failed = attributes.String(default="")
    limit = attributes.Integer(minimum=0, optional=True)
    options = attributes.Json(optional=True)
    identifier = GlobalId("address")


class Shelf(StorageResource):
    number = attributes.Integer()
    identifier = ScannableId("number")


class Disk(StorageResource):
    slot = attributes.Integer(minimum=0)
    size = attributes.Bytes(default=0)
    shelf = attributes.ResourceReference(Shelf, optional=True)
    temperature = statistics.Gauge(units="C")
    identifier = ScannableId("slot")


class Bay(StorageResource):
    shelf = attributes.ResourceReference(Shelf)
    slot = attributes.Integer()
    next_bay = attributes.ResourceReference(optional=True)
    identifier = ScannableId("shelf", "slot")


class Volume(StorageResource):
    serial = attributes.String(provide="scsi_serial")
    owner = attributes.String()
    identifier = GlobalId("serial")


class Recording(StoragePlugin[Array]):
    """Does in each scan what the test says; keeps what it was given."""

    def __init__(self) -> None:
        self.scans: list[Callable[[Recording], object]] = []
        self.calls: list[str] = []
        self.root: Array | None = None

    def initial_scan(self, root: Array) -> None:
        self.calls.append("initial_scan")
        self.root = root
        self._next()

    def update_scan(self, root: Array) -> None:
        self.calls.append("update_scan")
        self._next()

    def teardown(self) -> None:
        self.calls.append("teardown")

    def disk(self, slot: int, **values: Any) -> Disk:
        return self.update_or_create(Disk, slot=slot, **values)[0]

    def _next(self) -> None:
        if self.scans:
            self.scans.pop(0)(self)


def session_with(
    *scans: Callable[[Recording], object], clock: FakeClock | None = None
) -> tuple[Session, Recording]:
    """Return a session whose plugin does `scans`, and that plugin."""
    session = session_of(Recording, Array(address="array"), clock=clock)
    plugin = session._plugin
    assert isinstance(plugin, Recording)
    plugin.scans = list(scans)
    return session, plugin


def labels(delta: Delta) -> list[str]:
    return [claim.label for claim in delta.reported.values()]
