"""The resource classes of a Linux host."""

from __future__ import annotations

import platform
import re

from plugin_runtime import attributes
from plugin_runtime.alert_conditions import ValueCondition
from plugin_runtime.base_resources import DeviceNode, MultipathDevice, PhysicalDisk
from plugin_runtime.relations import Redundancy
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource

RAID_LEVELS = ("raid0", "raid1", "raid4", "raid5", "raid6", "raid10")
"""What lsblk calls a software RAID of each level."""


def local_name() -> str:
    """Return this machine's name, made to fit where it is no valid host name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", platform.node()).strip("-.") or "localhost"


class LinuxHost(ScannableStorageResource):
    """The machine the plugin runs on or, with `source`, the one whose lsblk output that is."""

    hostname = attributes.Hostname(default=local_name, label="Host name")
    source = attributes.PosixPath(
        optional=True,
        label="Captured output",
        help="A file written by `lsblk --json --bytes --output-all`, or a directory holding one",
    )
    disks = attributes.Integer(minimum=0, optional=True, user_read_only=True, label="Disks found")
    identifier = GlobalId("hostname", "source")

    no_disk = ValueCondition("disks", info=[0], message="No disk found")

    def get_label(self) -> str:
        """Return the host's name, and where it is read from if that is not the machine itself."""
        return f"Linux host {self.hostname}" + (f" ({self.source})" if self.source else "")


class LinuxDisk(PhysicalDisk):
    """A disk of the host, recognised anywhere by its serial number or WWN."""

    name = attributes.String(help="Of its device node")
    rotational = attributes.Boolean(optional=True)

    def get_label(self) -> str:
        """Return the model and what identifies it."""
        return " ".join(filter(None, (self.model or "Disk", self.serial_number or self.wwn)))


class UnnamedLinuxDisk(PhysicalDisk):
    """A disk without anything that would tell it from a disk of another host."""

    label = "Disk"
    hostname = attributes.Hostname()
    name = attributes.String(help="Of its device node")
    rotational = attributes.Boolean(optional=True)
    identifier = ScannableId("name")

    def get_label(self) -> str:
        """Return the host and the device's name there."""
        return f"{self.model or 'Disk'} {self.hostname}:{self.name}"


class LinuxDevice(DeviceNode):
    """A block device: a disk as the host sees it, a partition, a logical or encrypted volume."""

    kind = attributes.String(optional=True, help="What lsblk calls its type")
    name = attributes.String(help="The kernel's")
    wwn = attributes.Wwn(optional=True, label="WWN", subscribe="scsi_serial")
    read_only = attributes.Boolean(optional=True)
    driver_state = attributes.String(optional=True)

    driver = ValueCondition(
        "driver_state",
        error=["dead", "deleted", "offline", "transport-offline"],
        warning=["blocked", "connecting", "quiesce", "resetting", "suspended"],
        message="The driver of {label} says {value}",
    )


class LinuxRaid(LinuxDevice):
    """A software RAID (md)."""

    raid_level = attributes.Enum(*RAID_LEVELS, label="RAID level")

    groups = (Redundancy((DeviceNode, MultipathDevice), "raid_level", name="members"),)


class LinuxMultipath(MultipathDevice):
    """A multipath map, built on the device nodes of its paths."""

    wwn = attributes.Wwn(optional=True, label="WWN", subscribe="scsi_serial")
    mount_point = attributes.PosixPath(optional=True)
    in_use = attributes.Boolean(default=False, help="Mounted or partitioned")
