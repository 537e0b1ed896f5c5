"""The built-in resource classes, from fans up to Lustre client mounts.

A plugin derives its classes from these where one fits: so disks, hosts and targets that several
plugins see become one. What can fail and what is a service stands in `topology.builtin_classes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from plugin_runtime import attributes
from plugin_runtime.identifier import Identifier
from plugin_runtime.relations import Needs, Relation, Series
from plugin_runtime.resource import FirstOf, GlobalId, ScannableId, StorageResource
from topology.builtin_classes import BUILTIN_CLASSES, lustre_cap
from topology.state import State


class Host(StorageResource):
    """A machine, by its node name. A virtual machine of the same address is what it runs on."""

    hostname = attributes.Hostname()
    address = attributes.Hostname(optional=True, subscribe="host_address")
    rack = attributes.String(optional=True)
    identifier: ClassVar[Identifier] = GlobalId("hostname")
    icon = "host"

    def get_label(self) -> str:
        """Return the node name."""
        return self.hostname


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
        """Return the name, else what identifies it."""
        return self.name or f"Enclosure {self.serial_number or self.wwn}"


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
        """Return what identifies it."""
        return f"Disk {self.serial_number or self.wwn}"


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


class Fan(StorageResource):
    """A fan of an enclosure, controller or host."""

    name = attributes.String()
    enclosure = attributes.ResourceReference(Enclosure, optional=True)
    identifier: ClassVar[Identifier] = ScannableId("name")
    icon = "fan"

    def get_label(self) -> str:
        """Return the name."""
        return self.name


class PowerSupply(StorageResource):
    """A power supply of an enclosure, controller or host."""

    plural_label = "Power supplies"
    name = attributes.String()
    enclosure = attributes.ResourceReference(Enclosure, optional=True)
    identifier: ClassVar[Identifier] = ScannableId("name")
    icon = "power"

    def get_label(self) -> str:
        """Return the name."""
        return self.name


class NetworkInterface(StorageResource):
    """A network port of a host."""

    host = attributes.ResourceReference(Host)
    name = attributes.String()
    address = attributes.Hostname(optional=True)
    identifier: ClassVar[Identifier] = GlobalId("host", "name")
    icon = "network"

    def get_label(self) -> str:
        """Return host and name."""
        return f"{self.host.get_label()}:{self.name}"


class LnetInterface(StorageResource):
    """A Lustre network interface, by its NID."""

    label = "LNet interface"
    nid = attributes.String(label="NID")
    identifier: ClassVar[Identifier] = GlobalId("nid")
    icon = "network"

    def get_label(self) -> str:
        """Return the NID."""
        return self.nid


class VirtualMachine(StorageResource):
    """A machine inside an array or host. The host of the same address runs on it."""

    name = attributes.String(optional=True)
    address = attributes.Hostname(provide="host_address")
    identifier: ClassVar[Identifier] = GlobalId("address")
    icon = "host"

    def get_label(self) -> str:
        """Return the name, else the address."""
        return self.name or self.address


class LustreServer(Host):
    """A host that serves Lustre targets: an MDS, an OSS or the MGS."""


class PathWeight(StorageResource):
    """How much a server is preferred for a target; the greatest weight is served first."""

    target = attributes.ResourceReference()
    server = attributes.ResourceReference(Host)
    weight = attributes.Integer()
    identifier: ClassVar[Identifier] = ScannableId("target", "server")

    def get_label(self) -> str:
        """Return target and server."""
        return f"{self.target.get_label()} by {self.server.get_label()}"


_ONE_SERVER_AND_ITS_DEVICE = (
    Needs(any_of=(Host, VirtualMachine), at_least=1, name="servers"),
    Needs(any_of=(MultipathDevice, DeviceNode), at_least=1, name="devices"),
)
"""A target needs one of the servers it may run on, and one of the devices that reach its drive."""


class ManagementTarget(StorageResource):
    """The MGT, by the first NID of its MGS."""

    label = "MGT"
    mgs = attributes.String(label="MGS", help="The first NID of the MGS")
    identifier: ClassVar[Identifier] = GlobalId("mgs")
    icon = "target"
    groups: ClassVar[Sequence[Relation]] = _ONE_SERVER_AND_ITS_DEVICE

    def get_label(self) -> str:
        """Return MGS and its NID."""
        return f"MGS {self.mgs}"


class MetadataTarget(StorageResource):
    """An MDT, by filesystem and index within one MGS. MDT0000 holds the filesystem's root."""

    label = "MDT"
    mgs = attributes.String(label="MGS", help="The first NID of the MGS")
    filesystem = attributes.String()
    index = attributes.Integer(minimum=0, maximum=0xFFFF)
    identifier: ClassVar[Identifier] = GlobalId("mgs", "filesystem", "index")
    icon = "target"
    groups: ClassVar[Sequence[Relation]] = _ONE_SERVER_AND_ITS_DEVICE

    def get_label(self) -> str:
        """Return the target as Lustre names it."""
        return f"{self.filesystem}-MDT{self.index:04x}"


class ObjectStorageTarget(StorageResource):
    """An OST, by filesystem and index within one MGS."""

    label = "OST"
    mgs = attributes.String(label="MGS", help="The first NID of the MGS")
    filesystem = attributes.String()
    index = attributes.Integer(minimum=0, maximum=0xFFFF)
    size = attributes.Bytes(optional=True)
    identifier: ClassVar[Identifier] = GlobalId("mgs", "filesystem", "index")
    icon = "target"
    groups: ClassVar[Sequence[Relation]] = _ONE_SERVER_AND_ITS_DEVICE

    def get_label(self) -> str:
        """Return the target as Lustre names it."""
        return f"{self.filesystem}-OST{self.index:04x}"


def _metadata_cap(target: MetadataTarget) -> State:
    return lustre_cap("MetadataTarget", index=target.index)


class LustreFilesystem(StorageResource):
    """A filesystem, by its name within one MGS: "lustre" at two sites is two filesystems."""

    mgs = attributes.String(label="MGS", help="The first NID of the MGS")
    name = attributes.String()
    identifier: ClassVar[Identifier] = GlobalId("mgs", "name")
    icon = "filesystem"
    groups: ClassVar[Sequence[Relation]] = (
        Series(of=ManagementTarget, cap=lustre_cap("ManagementTarget"), name="MGS"),
        Series(of=MetadataTarget, cap=_metadata_cap, name="MDTs"),
        Series(of=ObjectStorageTarget, cap=lustre_cap("ObjectStorageTarget"), name="OSTs"),
    )

    def get_label(self) -> str:
        """Return the name."""
        return self.name


class LustreClientMount(StorageResource):
    """A filesystem mounted on a client."""

    client = attributes.Hostname()
    mount_point = attributes.PosixPath()
    identifier: ClassVar[Identifier] = GlobalId("client", "mount_point")
    icon = "mount"

    def get_label(self) -> str:
        """Return client and mount point."""
        return f"{self.client}:{self.mount_point}"


for _facts in BUILTIN_CLASSES.values():
    _class: type[StorageResource] = globals()[_facts.name]
    _class.can_fail, _class.is_service = _facts.can_fail, _facts.is_service
