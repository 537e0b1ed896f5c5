"""The resource classes of a simulated site.

Every group that loses a member when a component is pulled has a declared size, so that a component
which is missing from the first scan on counts as failed too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from plugin_runtime import attributes, statistics
from plugin_runtime.alert_conditions import State, ValueCondition
from plugin_runtime.base_resources import (
    Controller,
    DeviceNode,
    Enclosure,
    Host,
    LogicalDrive,
    LustreServer,
    ManagementTarget,
    MetadataTarget,
    MultipathDevice,
    NetworkSwitch,
    ObjectStorageTarget,
    PhysicalDisk,
    StoragePool,
)
from plugin_runtime.plugins.simulated_site.sites import SITES, site_called
from plugin_runtime.relations import Needs, Redundancy, Relation, Series
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource, StorageResource

OK, REBUILDING, PREDICTED, FAILED = STATUSES = ("ok", "rebuilding", "predicted", "failed")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?")


class FilesystemName(attributes.Attribute[str]):
    """A name that Lustre takes for a filesystem and that also fits into a host's name."""

    def validate(self, value: object) -> str:
        """Return the name as it is."""
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        raise ValueError("must be 1 to 8 small letters and digits, with hyphens only between them")


class SiteName(attributes.Enum):
    """The short name of a known site; its own name, in any spelling, is taken too."""

    def validate(self, value: object) -> str:
        """Return the short name."""
        if isinstance(value, str) and value not in self.choices:
            value = site_called(value) or value
        return super().validate(value)


class SimulatedSite(ScannableStorageResource):
    """A site of the given sizes, and what of it has failed. Ids are labels, serials or uids."""

    name = FilesystemName(default="scratch", label="Filesystem")
    site = SiteName(
        "custom",
        *SITES,
        default="custom",
        help="A site that exists, instead of the sizes below; where it has several filesystems "
        "they have their own names",
    )
    couplets = attributes.Integer(1, 4000, default=2)
    enclosures = attributes.Integer(1, 200, default=5, label="Enclosures per couplet")
    osts = attributes.Integer(1, 1000, default=4, label="OSTs per couplet")
    oss_pairs = attributes.Integer(1, 100, default=1, label="OSS pairs per couplet")
    mdts = attributes.Integer(1, 1000, default=2, label="MDTs")
    failed = attributes.String(default="", help="Ids of components that have failed: A,B")
    removed = attributes.String(default="", help="Ids of components that are pulled: A,B")
    predicted = attributes.String(default="", help="Ids of components that predict their failure")
    rebuilding = attributes.String(default="", help="Ids of disks that are being rebuilt")
    identifier = GlobalId("name")

    def get_label(self) -> str:
        """Return what tells simulated sites apart."""
        return f"Simulated site {self.name}"


class SimulatedComponent(StorageResource):
    """What all parts that can fail have in common."""

    status = attributes.Enum(*STATUSES, default=OK)

    failure = ValueCondition("status", error=[FAILED], message="{label} has failed")
    prediction = ValueCondition(
        "status",
        warning=[PREDICTED],
        state=State.CRITICAL,
        message="{label} predicts its own failure",
        id="prediction",
    )


class SimulatedEnclosure(SimulatedComponent, Enclosure):
    """A shelf of disks behind both controllers of its couplet."""


class SimulatedDisk(SimulatedComponent, PhysicalDisk):
    """A disk in a slot of an enclosure, without which it has no power."""

    name = attributes.String()
    temperature = statistics.Gauge(units="C", sample_period=60)

    rebuild = ValueCondition(
        "status", info=[REBUILDING], message="{label} is being rebuilt", id="rebuild"
    )
    groups = (Series(of=SimulatedEnclosure, size=1, name="enclosure"),)

    def get_label(self) -> str:
        """Return the place it is in."""
        return self.name


class SimulatedController(SimulatedComponent, Controller):
    """One of the two controllers of a couplet."""


class SimulatedSwitch(SimulatedComponent, NetworkSwitch):
    """A switch between controllers and servers."""


class SimulatedServer(SimulatedComponent, LustreServer):
    """An MDS or OSS."""

    def get_label(self) -> str:
        """Return the node name without the site's domain."""
        return self.hostname.partition(".")[0]


class SimulatedPool(StoragePool):
    """A RAID group."""

    raid_level = attributes.Enum("raid1", "raid6", "raid10", "draid2", label="RAID level")
    members = attributes.Integer(minimum=1)
    size = attributes.Bytes()

    groups = (
        Redundancy(
            of=SimulatedDisk,
            tolerates="raid_level",
            size="members",
            out_of_sync={"status": [REBUILDING]},
            name="disks",
        ),
    )


class SimulatedLun(LogicalDrive):
    """A logical drive that both controllers of a couplet serve."""

    groups = (
        Series(of=SimulatedPool, size=1, name="pool"),
        Needs(any_of=SimulatedController, at_least=1, size=2, name="controllers"),
    )


class SimulatedPath(SimulatedComponent, DeviceNode):
    """A LUN as one server sees it through one controller. A cable or port of it can fail."""

    # Optional, and no part of the identifier: a server that is pulled leaves its paths behind.
    host = attributes.ResourceReference(Host, optional=True)  # type: ignore[assignment]
    name = attributes.String()
    identifier = ScannableId("name")

    can_fail = True
    groups = (
        Series(of=SimulatedController, size=1, name="controller"),
        Series(of=SimulatedSwitch, size=1, name="switch"),
    )

    def get_label(self) -> str:
        """Return the name, which says server, controller and LUN."""
        return self.name


class SimulatedMultipath(MultipathDevice):
    """A LUN as one server uses it."""

    host = attributes.ResourceReference(Host, optional=True)  # type: ignore[assignment]
    identifier = ScannableId("name")

    groups = (
        Series(of=SimulatedServer, size=1, name="server"),
        Needs(any_of=SimulatedPath, at_least=1, size=2, name="paths"),
    )

    def get_label(self) -> str:
        """Return the name, which says server and target."""
        return self.name


class SimulatedTarget(StorageResource):
    """A target, which one of its servers serves."""

    servers = attributes.Integer(minimum=1, default=2, help="That can serve it")

    groups: ClassVar[Sequence[Relation]] = (
        Needs(any_of=Host, at_least=1, size="servers", name="servers"),
        Needs(any_of=MultipathDevice, at_least=1, size="servers", name="devices"),
    )


class SimulatedMgt(SimulatedTarget, ManagementTarget):
    """The MGT."""


class SimulatedMdt(SimulatedTarget, MetadataTarget):
    """An MDT."""


class SimulatedOst(SimulatedTarget, ObjectStorageTarget):
    """An OST."""
