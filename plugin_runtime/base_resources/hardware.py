"""What stands in a rack and is no host: shelves, controllers, switches, disks, fans, supplies."""

from __future__ import annotations

from typing import ClassVar

from plugin_runtime import attributes
from plugin_runtime.identifier import Identifier
from plugin_runtime.resource import FirstOf, GlobalId, ScannableId, StorageResource


class Enclosure(StorageResource):
    """A shelf that holds disks in `rows` x `columns` slots."""

    name = attributes.String(optional=True)
    serial_number = attributes.String(optional=True)
    wwn = attributes.Wwn(optional=True, label="WWN")
    rack = attributes.String(optional=True)
    rack_unit = attributes.Integer(minimum=0, optional=True)
    rows = attributes.Integer(minimum=1, optional=True)
    columns = attributes.Integer(minimum=1, optional=True)
    identifier: ClassVar[Identifier] = FirstOf("serial_number", "wwn")
    icon = "enclosure"

    def get_label(self) -> str:
        """Return the name, else serial number or WWN, else what identifies a class of one's own."""
        known = self.serial_number or self.wwn
        return self.name or (f"Enclosure {known}" if known else super().get_label())


class Controller(StorageResource):
    """One controller of an array."""

    name = attributes.String(optional=True)
    serial_number = attributes.String()
    enclosure = attributes.ResourceReference(Enclosure, optional=True)
    slot = attributes.Integer(minimum=0, optional=True)
    identifier: ClassVar[Identifier] = GlobalId("serial_number")
    icon = "controller"

    def get_label(self) -> str:
        """Return the name, else the serial number."""
        return self.name or f"Controller {self.serial_number}"


class NetworkSwitch(StorageResource):
    """A switch of a storage, Lustre or management network."""

    name = attributes.String()
    serial_number = attributes.String()
    rack = attributes.String(optional=True)
    identifier: ClassVar[Identifier] = GlobalId("serial_number")
    icon = "switch"

    def get_label(self) -> str:
        """Return the name."""
        return self.name


class PhysicalDisk(StorageResource):
    """A disk, by its serial number or, where it has none, its WWN."""

    label = "Disk"
    serial_number = attributes.String(optional=True)
    wwn = attributes.Wwn(optional=True, label="WWN")
    vendor = attributes.String(optional=True)
    model = attributes.String(optional=True)
    capacity = attributes.Bytes(optional=True)
    root_of = attributes.Hostname(
        optional=True, hidden=True, help="The host whose root file system is on it"
    )
    enclosure = attributes.ResourceReference(Enclosure, optional=True)
    slot = attributes.Integer(minimum=0, optional=True)
    identifier: ClassVar[Identifier] = FirstOf("serial_number", "wwn")
    icon = "disk"

    def get_label(self) -> str:
        """Return serial number or WWN, else what identifies it in a class of one's own."""
        known = self.serial_number or self.wwn
        return f"Disk {known}" if known else super().get_label()


class Fan(StorageResource):
    """A fan of an enclosure, controller or host."""

    name = attributes.String()
    enclosure = attributes.ResourceReference(Enclosure, optional=True)
    identifier: ClassVar[Identifier] = ScannableId("name")
    icon = "fan"

    def get_label(self) -> str:
        """Return the name, behind that of its enclosure."""
        return _in_enclosure(self.enclosure, self.name)


class PowerSupply(StorageResource):
    """A power supply of an enclosure, controller or host."""

    name = attributes.String()
    enclosure = attributes.ResourceReference(Enclosure, optional=True)
    identifier: ClassVar[Identifier] = ScannableId("name")
    icon = "power"

    def get_label(self) -> str:
        """Return the name, behind that of its enclosure."""
        return _in_enclosure(self.enclosure, self.name)


def _in_enclosure(enclosure: Enclosure | None, name: str) -> str:
    """Return what tells a part from that of the same name in another enclosure."""
    return f"{enclosure.get_label()} {name}" if enclosure else name
