"""The resource classes of a Linux host."""

from __future__ import annotations

import platform
import re

from plugin_runtime import attributes, statistics
from plugin_runtime.alert_conditions import State, UpperBoundCondition, ValueCondition
from plugin_runtime.base_resources import DeviceNode, MultipathDevice, PhysicalDisk, StoragePool
from plugin_runtime.relations import Redundancy, Series
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource, StorageResource

RAID_LEVELS = ("linear", "raid0", "raid1", "raid4", "raid5", "raid6", "raid10", "mirror")
"""What lsblk, md and LVM call a software RAID of each level."""


def local_name() -> str:
    """Return this machine's name, made to fit where it is no valid host name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", platform.node()).strip("-.") or "localhost"


class LinuxHost(ScannableStorageResource):
    """The machine the plugin runs on or, with `source`, the one whose tools wrote that."""

    hostname = attributes.Hostname(default=local_name, label="Host name")
    source = attributes.PosixPath(
        optional=True,
        label="Captured outputs",
        help="What lsblk, udevadm, multipathd, mdadm, zpool, LVM, smartctl, nvme, storcli, ssacli "
        "or arcconf wrote, or enclosures in JSON: a file, or a directory",
    )
    disks = attributes.Integer(minimum=0, optional=True, user_read_only=True, label="Disks found")
    unread = attributes.Integer(
        minimum=0, default=0, user_read_only=True, label="Tools that could not be read"
    )
    identifier = GlobalId("hostname", "source")

    no_disk = ValueCondition("disks", info=[0], message="No disk found")
    incomplete = UpperBoundCondition(
        "unread",
        warning=0,
        state=State.OK,
        message="{value} of the tools could not be read; the log says which, and why",
    )

    def get_label(self) -> str:
        """Return the host's name, and where it is read from if that is not the machine itself."""
        return f"Linux host {self.hostname}" + (f" ({self.source})" if self.source else "")


class LinuxRaidMember(StorageResource):
    """What may be in a software RAID."""

    raid_state = attributes.Enum(
        "in_sync", "rebuilding", "spare", "faulty", "unknown", optional=True, label="RAID state"
    )

    in_raid = ValueCondition(
        "raid_state",
        error=["faulty"],
        unknown=["unknown"],
        info=["rebuilding"],
        message="In its RAID, {label} is {value}",
    )


class HostDisk(LinuxRaidMember, PhysicalDisk):
    """A disk of the host."""

    label = "Disk"
    name = attributes.String(help="Of its device node")
    rotational = attributes.Boolean(optional=True)
    bay_status = attributes.String(optional=True, help="What its enclosure says of its bay")
    healthy = attributes.Boolean(optional=True, help="By its own diagnosis (SMART)")

    prediction = ValueCondition(
        "healthy",
        warning=[False],
        state=State.CRITICAL,
        message="{label} predicts its own failure",
    )
    bay = ValueCondition(
        "bay_status",
        error=["Critical", "Unrecoverable"],
        warning=["Noncritical"],
        message="The enclosure says that the bay of {label} is {value}",
    )


class LinuxDisk(HostDisk):
    """A disk of the host, recognised anywhere by its serial number or WWN."""

    def get_label(self) -> str:
        """Return the model and what identifies it."""
        return " ".join(filter(None, (self.model or "Disk", self.serial_number or self.wwn)))


class UnnamedLinuxDisk(HostDisk):
    """A disk without anything that would tell it from a disk of another host."""

    hostname = attributes.Hostname()
    identifier = ScannableId("name")

    def get_label(self) -> str:
        """Return the host and the device's name there."""
        return f"{self.model or 'Disk'} {self.hostname}:{self.name}"


class LinuxReported(StorageResource):
    """What a tool tells of, as long as it can be asked."""

    in_doubt = attributes.Boolean(
        default=False, help="The tool that tells its state could not be read"
    )

    doubt = ValueCondition(
        "in_doubt",
        unknown=[True],
        message="What tells the state of {label} is missing or could not be read; the log says "
        "what could not",
    )


class LinuxDevice(LinuxRaidMember, DeviceNode):
    """A block device: a disk as the host sees it, a partition, a logical or encrypted volume."""

    can_fail = False  # it is as good as what it is made of
    kind = attributes.String(optional=True, help="What lsblk calls its type")
    name = attributes.String(help="The kernel's")
    wwn = attributes.Wwn(optional=True, label="WWN", subscribe="scsi_serial")
    read_only = attributes.Boolean(optional=True)
    driver_state = attributes.String(optional=True)
    problem = attributes.String(optional=True, help="What LVM says is wrong with it")

    driver = ValueCondition(
        "driver_state",
        error=["dead", "deleted", "offline", "transport-offline"],
        warning=["blocked", "connecting", "quiesce", "resetting", "suspended"],
        message="The driver of {label} says {value}",
    )
    volume = ValueCondition(
        "problem", error=["partial"], message="A physical volume under {label} is missing"
    )
    untold = ValueCondition(
        "problem",
        unknown=["partial in a RAID", "refresh needed in a RAID"],
        message="LVM says of {label}: {value}; of which level and of what is not told",
        id="untold",
    )


class UnlistedLinuxDevice(LinuxDevice):
    """A device that is only known by what is built on it. What is behind it may fail."""

    label = "Device"
    can_fail = True


class LinuxPath(LinuxDevice):
    """One of the ways to a drive behind a multipath map. A cable or port of it may fail."""

    label = "Path"
    can_fail = True
    path_state = attributes.Enum(
        "active", "standby", "unsteady", "failed", "unknown", optional=True
    )

    path_condition = ValueCondition(
        "path_state",
        error=["failed"],
        unknown=["unknown"],
        warning=["unsteady"],
        message="Multipath says that the path {label} is {value}",
    )


class LinuxRaid(LinuxReported, LinuxDevice):
    """A software RAID, of md or LVM."""

    label = "Software RAID"
    raid_level = attributes.Enum(*RAID_LEVELS, optional=True, label="RAID level")
    members = attributes.Integer(minimum=1, optional=True, help="How many make it whole")
    running = attributes.Boolean(default=True)
    activity = attributes.String(optional=True, help="Recovery, resync, reshape or check")
    progress = statistics.Gauge(units="%")

    stopped = ValueCondition("running", error=[False], message="{label} is not running")
    groups = (
        Redundancy(
            LinuxRaidMember,
            "raid_level",
            size="members",
            out_of_sync={"raid_state": ["rebuilding"]},
            name="members",
        ),
    )


class LinuxMultipath(LinuxReported, LinuxRaidMember, MultipathDevice):
    """A multipath map, built on the device nodes of its paths."""

    can_fail = False
    wwn = attributes.Wwn(optional=True, label="WWN", subscribe="scsi_serial")
    paths = attributes.Integer(minimum=0, optional=True, user_read_only=True)
    suspended = attributes.Boolean(default=False)

    no_path = ValueCondition("paths", error=[0], message="{label} has no path")
    suspension = ValueCondition(
        "suspended", warning=[True], message="{label} is suspended: its readers and writers wait"
    )


class LinuxPool(StoragePool):
    """What a host makes of several devices under a name of its own."""

    hostname = attributes.Hostname()

    def get_label(self) -> str:
        """Return host and name."""
        return f"{self.hostname}:{self.name}"


class LinuxVolumeGroup(LinuxReported, LinuxPool):
    """An LVM volume group on its physical volumes."""

    label = "Volume group"
    size = attributes.Integer(minimum=1, optional=True, help="Physical volumes it should have")

    groups = (Series((DeviceNode, MultipathDevice), size="size", name="physical volumes"),)


class LinuxZfsMember(StorageResource):
    """What a ZFS pool, or a group in it, is made of."""

    purpose = attributes.Enum("data", "log", default="data")
    health = attributes.String(optional=True, help="As ZFS says")
    resilvering = attributes.Boolean(default=False)


class LinuxZfsDevice(LinuxZfsMember):
    """A device in a ZFS pool, as ZFS sees it."""

    label = "ZFS device"
    can_fail = False
    hostname = attributes.Hostname()
    name = attributes.String(help="The pool, and its name there")
    identifier = ScannableId("name")
    icon = "device"

    condition = ValueCondition(
        "health",
        error=["FAULTED", "OFFLINE", "REMOVED", "UNAVAIL"],
        warning=["DEGRADED"],
        unknown=[None],
        message="ZFS says that {label} is {value}",
    )

    def get_label(self) -> str:
        """Return host, pool and name."""
        return f"{self.hostname}:{self.name}"


class UnlistedLinuxZfsDevice(LinuxZfsDevice):
    """A device in a ZFS pool that is no device known here. What is behind it may fail."""

    can_fail = True


def _cap_on_pool(member: LinuxZfsMember) -> State:
    """Return the worst a member does: without its log a pool goes on."""
    return State.DEGRADED if member.purpose == "log" else State.FAILED


class LinuxZfsPart(StorageResource):
    """A pool, or a group in one: what is made of other parts."""

    fault = attributes.String(
        optional=True, help="What ZFS says is wrong, where none of its members explains it"
    )

    faulted = ValueCondition(
        "fault",
        error=["FAULTED", "SUSPENDED", "UNAVAIL"],
        warning=["DEGRADED"],
        message="ZFS says that {label} is {value}",
    )


class LinuxZfsGroup(LinuxZfsPart, LinuxZfsMember, LinuxPool):
    """A group of devices in a ZFS pool: a mirror, a raidz, a dRAID."""

    label = "ZFS group"
    can_fail = False
    raid_level = attributes.String(label="RAID level")
    members = attributes.Integer(minimum=1)

    groups = (
        Redundancy(
            ("LinuxZfsDevice", "LinuxZfsGroup"),
            "raid_level",
            size="members",
            out_of_sync={"resilvering": [True]},
            name="members",
        ),
    )


class LinuxZpool(LinuxReported, LinuxZfsPart, LinuxPool):
    """A ZFS pool, which needs each of its groups."""

    label = "ZFS pool"
    pool_id = attributes.String(
        provide="scsi_serial", label="Pool", help="What it goes by for what is kept in it"
    )
    health = attributes.String(optional=True, help="As ZFS says")
    members = attributes.Integer(minimum=1, optional=True)
    spares = attributes.Integer(minimum=0, default=0, help="Available ones")

    groups = (
        Series((LinuxZfsDevice, LinuxZfsGroup), size="members", cap=_cap_on_pool, name="members"),
    )
