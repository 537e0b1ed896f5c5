"""What type checkers know of attributes: this file is checked by mypy, and never run."""

from __future__ import annotations

from typing import assert_type

from plugin_runtime import attributes, statistics
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import ScannableId, ScannableStorageResource, StorageResource


class Celsius(attributes.Attribute[float]):
    def validate(self, value: object) -> float:
        raise NotImplementedError


class Kelvin(attributes.Attribute[float, attributes.IsOptional]):
    def validate(self, value: object) -> float:
        raise NotImplementedError


class Shelf(ScannableStorageResource):
    name = attributes.Hostname()


class Disk(StorageResource):
    shelf = attributes.ResourceReference(Shelf)
    spare_shelf = attributes.ResourceReference(Shelf, optional=True)
    anything = attributes.ResourceReference()
    slot = attributes.Integer(minimum=0)
    position = attributes.Integer(optional=True, label="Position")
    capacity = attributes.Bytes()
    speed = attributes.Float(optional=True)
    status = attributes.Enum("ok", "failed")
    mode = attributes.Enum("a", "b", optional=True)
    serial = attributes.String(provide="scsi_serial")
    password = attributes.Password()
    wwn = attributes.Wwn(optional=True)
    is_spare = attributes.Boolean(default=False)
    seen = attributes.Timestamp(optional=False)
    warm = Celsius()
    cold = Kelvin(optional=True)
    temperature = statistics.Gauge(units="C")
    sizes = statistics.Histogram(bins=[(0, 1)])
    identifier = ScannableId("shelf", "slot")


class Plugin(StoragePlugin[Shelf]):
    def initial_scan(self, root: Shelf) -> None:
        assert_type(root.name, str)
        disk, is_new = self.update_or_create(Disk, parents=[root], slot="7")
        assert_type(disk, Disk)
        assert_type(is_new, bool)
        assert_type(self.find(Disk, slot=7), Disk | None)


def reading_gives_the_declared_type(disk: Disk) -> None:
    assert_type(disk.shelf, Shelf)
    assert_type(disk.spare_shelf, Shelf | None)
    assert_type(disk.anything, StorageResource)
    assert_type(disk.slot, int)
    assert_type(disk.position, int | None)
    assert_type(disk.capacity, int)
    assert_type(disk.speed, float | None)
    assert_type(disk.status, str)
    assert_type(disk.mode, str | None)
    assert_type(disk.serial, str)
    assert_type(disk.password, str)
    assert_type(disk.wwn, str | None)
    assert_type(disk.is_spare, bool)
    assert_type(disk.seen, float)
    assert_type(disk.warm, float)
    assert_type(disk.cold, float | None)
    assert_type(disk.temperature, float | None)
    assert_type(disk.sizes, tuple[float, ...] | None)


def the_class_gives_the_declaration() -> None:
    assert_type(Disk.slot.minimum, int | None)
    assert_type(Disk.status.choices, tuple[str, ...])


def assigning_takes_the_declared_type(disk: Disk) -> None:
    disk.slot = 7
    disk.position = None
    disk.temperature = 31.5
    disk.slot = "7"  # type: ignore[assignment]  # as text only settings and update_or_create
    disk.slot = None  # type: ignore[assignment]
    disk.status = 3  # type: ignore[assignment]
    disk.colour = "red"  # type: ignore[attr-defined]
