"""What disks are made into, and the devices by which hosts reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from plugin_runtime import attributes
from plugin_runtime.base_resources.hosts import Host
from plugin_runtime.identifier import Identifier
from plugin_runtime.relations import Needs, Relation
from plugin_runtime.resource import GlobalId, ScannableId, StorageResource


class StoragePool(StorageResource):
    """Disks used together: a RAID group, a pool, a volume group."""

    name = attributes.String()
    identifier: ClassVar[Identifier] = ScannableId("name")
    icon = "pool"

    def get_label(self) -> str:
        """Return the name."""
        return self.name


class LogicalDrive(StorageResource):
    """A volume or LUN; hosts recognise it by its serial number."""

    name = attributes.String(optional=True)
    serial_number = attributes.String(provide="scsi_serial")
    size = attributes.Bytes(optional=True)
    identifier: ClassVar[Identifier] = GlobalId("serial_number")
    icon = "drive"

    def get_label(self) -> str:
        """Return the name, else the serial number."""
        return self.name or f"Logical drive {self.serial_number}"


class LogicalDriveSlice(StorageResource):
    """A part of a logical drive."""

    name = attributes.String()
    size = attributes.Bytes(optional=True)
    identifier: ClassVar[Identifier] = ScannableId("name")
    icon = "drive"

    def get_label(self) -> str:
        """Return the name."""
        return self.name


def _use_of(device: StorageResource, mount_point: str | None) -> Mapping[str, object]:
    """Return that a device is in use, where it is mounted or another device is built on it."""
    is_partitioned = any(
        isinstance(one, DeviceNode | MultipathDevice) for one in device.holding.children()
    )
    return {"in_use": True} if mount_point or is_partitioned else {}


class DeviceNode(StorageResource):
    """A block device of a host, by its path there. Mounted or partitioned, it is in use."""

    host = attributes.ResourceReference(Host)
    path = attributes.PosixPath()
    serial_number = attributes.String(optional=True, subscribe="scsi_serial")
    size = attributes.Bytes(optional=True)
    mount_point = attributes.PosixPath(optional=True)
    in_use = attributes.Boolean(default=False, help="Mounted or partitioned")
    identifier: ClassVar[Identifier] = GlobalId("host", "path")
    icon = "device"

    def derived(self) -> Mapping[str, object]:
        """Return that it is in use, where it is mounted or another device is built on it."""
        return _use_of(self, self.mount_point)

    def get_label(self) -> str:
        """Return host and path, as scp writes them."""
        return f"{self.host.get_label()}:{self.path}"


class MultipathDevice(StorageResource):
    """Several paths of a host to one drive; one of them is enough."""

    host = attributes.ResourceReference(Host)
    name = attributes.String()
    serial_number = attributes.String(optional=True, subscribe="scsi_serial")
    size = attributes.Bytes(optional=True)
    mount_point = attributes.PosixPath(optional=True)
    in_use = attributes.Boolean(default=False, help="Mounted or partitioned")
    identifier: ClassVar[Identifier] = GlobalId("host", "name")
    icon = "device"

    groups: ClassVar[Sequence[Relation]] = (Needs(any_of=DeviceNode, at_least=1, name="paths"),)

    def derived(self) -> Mapping[str, object]:
        """Return that it is in use, where it is mounted or another device is built on it."""
        return _use_of(self, self.mount_point)

    def get_label(self) -> str:
        """Return host and name."""
        return f"{self.host.get_label()}:{self.name}"
