"""Disks and pools of Example arrays, which say themselves what happens."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from plugin_runtime import alert_conditions, attributes, statistics
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.relations import Redundancy
from plugin_runtime.resource import (
    GlobalId,
    ScannableId,
    ScannableStorageResource,
    StorageResource,
)


@dataclass(frozen=True)
class Row:
    """A disk as the client below tells it."""

    slot: int
    state: str  # or "pulled"
    celsius: float
    pool: str


class Client:
    """Stands for your device's client library: put that in its place."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.told: queue.Queue[Row | None] = queue.Queue()

    def disks(self) -> list[Row]:
        """Return what the device has now; raise an exception where it does not answer."""
        return [Row(slot, "ok", 30.0, pool="p1") for slot in range(4)]

    def events(self) -> Iterator[Row]:
        """Wait for what happens, until closed; raise an exception where the device hangs up."""
        yield from iter(self.told.get, None)

    def close(self) -> None:
        """Let `events` end."""
        self.told.put(None)


class ExampleArray(ScannableStorageResource):
    """What an administrator adds, with these attributes as its settings."""

    address = attributes.Hostname()
    identifier = GlobalId("address")


class ExampleDisk(StorageResource):
    """One disk, known by its slot within its array."""

    slot = attributes.Integer(minimum=0)
    status = attributes.Enum("ok", "rebuilding", "failed")
    temperature = statistics.Gauge(units="C")
    identifier = ScannableId("slot")

    health = alert_conditions.ValueCondition(
        "status", info=["rebuilding"], error=["failed"], message="disk is {value}"
    )


class ExamplePool(StorageResource):
    """Disks that are used together; any one of them may fail."""

    name = attributes.String()
    identifier = ScannableId("name")
    groups = (Redundancy(of=ExampleDisk, tolerates=1, out_of_sync={"status": ["rebuilding"]}),)


class ExamplePlugin(StoragePlugin[ExampleArray]):
    """Listens to one array in a thread of its own."""

    client: Client | None = None
    listener: threading.Thread | None = None

    def initial_scan(self, root: ExampleArray) -> None:
        """Report everything there is, and listen from then on."""
        self.client = Client(root.address)  # subscribed first, so that nothing is lost meanwhile
        for row in self.client.disks():
            self.heard(row)
        self.listener = threading.Thread(target=self.listen, args=[self.client], daemon=True)
        self.listener.start()

    def listen(self, client: Client) -> None:
        """Report what happens. An exception ends the session, and a new one begins."""
        for row in client.events():
            self.heard(row)

    def heard(self, row: Row) -> None:
        """Report one disk as it is now."""
        if row.state == "pulled":
            gone = self.find(ExampleDisk, slot=row.slot)
            if gone is not None:
                self.remove(gone)
            return
        disk, _ = self.update_or_create(ExampleDisk, slot=row.slot, status=row.state)
        disk.temperature = row.celsius
        pool, _ = self.update_or_create(ExamplePool, name=row.pool)
        pool.add_parent(disk)

    def teardown(self) -> None:
        """End the thread, as far as a scan came to it."""
        if self.client is not None:
            self.client.close()
        if self.listener is not None:
            self.listener.join()
