"""Disks and pools of Example arrays, read over their management ports."""

from __future__ import annotations

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
    size: int  # bytes
    state: str
    celsius: float
    pool: str


class Client:
    """Stands for your device's client library: put that in its place."""

    def __init__(self, address: str) -> None:
        self.address = address

    def disks(self) -> list[Row]:
        """Return what the device has now; raise an exception where it does not answer."""
        return [Row(slot, 4 * 10**12, "ok", 30.0, pool="p1") for slot in range(4)]


class ExampleArray(ScannableStorageResource):
    """What an administrator adds, with these attributes as its settings."""

    address = attributes.Hostname()
    identifier = GlobalId("address")


class ExampleDisk(StorageResource):
    """One disk, known by its slot within its array."""

    slot = attributes.Integer(minimum=0)
    size = attributes.Bytes()
    status = attributes.Enum("ok", "rebuilding", "failed")
    temperature = statistics.Gauge(units="C")
    identifier = ScannableId("slot")

    health = alert_conditions.ValueCondition(
        "status", info=["rebuilding"], error=["failed"], message="disk is {value}"
    )
    heat = alert_conditions.UpperBoundCondition("temperature", warning=50, clear=45)


class ExamplePool(StorageResource):
    """Disks that are used together; any one of them may fail."""

    name = attributes.String()
    identifier = ScannableId("name")
    groups = (Redundancy(of=ExampleDisk, tolerates=1, out_of_sync={"status": ["rebuilding"]}),)


class ExamplePlugin(StoragePlugin[ExampleArray]):
    """Asks one array every half minute."""

    def initial_scan(self, root: ExampleArray) -> None:
        """Report everything there is."""
        self.update_period = 30  # seconds
        self.client = Client(root.address)
        self.disks: set[ExampleDisk] = set()
        self.update_scan(root)

    def update_scan(self, root: ExampleArray) -> None:
        """Report what there is now; the runtime finds out what has changed."""
        members: dict[str, list[ExampleDisk]] = {}
        for row in self.client.disks():
            disk, _ = self.update_or_create(
                ExampleDisk, slot=row.slot, size=row.size, status=row.state
            )
            disk.temperature = row.celsius
            members.setdefault(row.pool, []).append(disk)
        found = {disk for disks in members.values() for disk in disks}
        for pulled in self.disks - found:
            self.remove(pulled)
        self.disks = found
        for name, disks in members.items():
            self.update_or_create(ExamplePool, parents=disks, name=name)
