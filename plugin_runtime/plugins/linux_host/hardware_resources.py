"""The resource classes of a host's RAID cards and enclosures."""

from __future__ import annotations

from plugin_runtime import attributes
from plugin_runtime.alert_conditions import State, ValueCondition
from plugin_runtime.base_resources import Controller, Enclosure, Fan, LogicalDrive, PowerSupply
from plugin_runtime.plugins.linux_host.resources import HostDisk, LinuxPool
from plugin_runtime.relations import Needs, Redundancy, Series
from plugin_runtime.resource import ScannableId, StorageResource


class RaidController(Controller):
    """A RAID card of a host, recognised anywhere by its serial number."""

    label = "RAID controller"
    model = attributes.String(optional=True)
    status = attributes.String(
        optional=True, help="In its own words; it may speak of what hangs on it"
    )
    broken = attributes.Boolean(optional=True)

    failure = ValueCondition("broken", error=[True], message="{label} has failed")


class UnnamedRaidController(RaidController):
    """A RAID card without a serial number of its own."""

    hostname = attributes.Hostname()
    serial_number = attributes.String(optional=True)  # type: ignore[assignment]
    identifier = ScannableId("name")

    def get_label(self) -> str:
        """Return host and name."""
        return f"{self.hostname}:{self.name}"


class RaidCardGroup(LinuxPool):
    """Disks on a RAID card that hold data together."""

    label = "RAID group"
    raid_level = attributes.String(label="RAID level")
    members = attributes.Integer(minimum=1, help="How many make it whole")

    groups = (
        Redundancy(
            HostDisk,
            "raid_level",
            size="members",
            out_of_sync={"raid_state": ["rebuilding"]},
            name="disks",
        ),
    )


class RaidVolume(LogicalDrive):
    """A volume of a RAID card, which its host sees as a disk."""

    label = "RAID volume"
    hostname = attributes.Hostname()
    volume = attributes.String(help="Its card, and its name there")
    serial_number = attributes.String(  # type: ignore[assignment]
        optional=True, provide="scsi_serial"
    )
    spans = attributes.Integer(minimum=1, optional=True, help="RAID groups it needs, all of them")
    status = attributes.Enum("optimal", "degraded", "failed", "unknown", optional=True)
    fault = attributes.Enum(
        "degraded", "failed", optional=True, help="What none of its disks explains"
    )
    identifier = ScannableId("volume")

    faulted = ValueCondition(
        "fault",
        error=["failed"],
        warning=["degraded"],
        message="Its RAID card says that {label} is {value}",
    )
    unclear = ValueCondition(
        "status",
        unknown=["unknown", None],
        message="The state of {label} is not told in words that are known",
        id="unclear",
    )
    groups = (Series(RaidCardGroup, size="spans", name="groups"),)

    def get_label(self) -> str:
        """Return host, card and name, and what people called it."""
        title = f" ({self.name})" if self.name else ""
        return f"{self.hostname}:{self.volume}{title}"


class ShelfPart(StorageResource):
    """A part of an enclosure."""

    status = attributes.String(optional=True, help="As SES says")

    condition = ValueCondition(
        "status",
        error=["Critical", "Unrecoverable"],
        warning=["Noncritical"],
        unknown=["Unknown"],
        message="SES says that {label} is {value}",
    )


class ShelfFan(ShelfPart, Fan):
    """A fan of an enclosure."""


class ShelfPowerSupply(ShelfPart, PowerSupply):
    """A power supply of an enclosure."""


class ShelfElement(ShelfPart):
    """Another part of an enclosure: an expander, a sensor."""

    label = "Enclosure element"
    name = attributes.String()
    kind = attributes.String(help="In SES's words")
    identifier = ScannableId("name")

    def get_label(self) -> str:
        """Return the name."""
        return self.name


class HostEnclosure(Enclosure):
    """An enclosure that a host sees, recognised anywhere by its WWN."""

    vendor = attributes.String(optional=True)
    model = attributes.String(optional=True)
    bays = attributes.Integer(minimum=0)
    occupied = attributes.Integer(minimum=0, help="Bays with a disk")
    condition = attributes.Enum("INFO", "NON-CRIT", "CRIT", "UNRECOV", optional=True)

    says = ValueCondition(
        "condition",
        error=["UNRECOV"],
        warning=["NON-CRIT"],
        info=["INFO"],
        message="SES says that {label} is {value}",
    )
    alarm = ValueCondition(
        "condition",
        warning=["CRIT"],
        state=State.CRITICAL,
        message="SES says that {label} is {value}",
        id="alarm",
    )
    groups = (
        Needs(any_of=PowerSupply, at_least=1, name="power supplies"),
        Series(of=(Fan, ShelfElement), cap=State.DEGRADED, name="parts"),
    )


class UnnamedHostEnclosure(HostEnclosure):
    """An enclosure whose identifier other enclosures may have too."""

    hostname = attributes.Hostname()
    identifier = ScannableId("name")

    def get_label(self) -> str:
        """Return host and name."""
        return f"{self.hostname}:{self.name}"
