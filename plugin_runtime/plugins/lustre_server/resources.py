"""The resource classes of a Lustre server, and what in their values is trouble."""

from __future__ import annotations

from typing import ClassVar

from plugin_runtime import attributes, statistics
from plugin_runtime.alert_conditions import (
    AlertCondition,
    LowerBoundCondition,
    State,
    ValueCondition,
    Verdict,
)
from plugin_runtime.base_resources import (
    LnetInterface,
    LustreServer,
    ManagementTarget,
    MetadataTarget,
    ObjectStorageTarget,
)
from plugin_runtime.plugins.linux_host.resources import local_name
from plugin_runtime.plugins.lustre_server.health import CRASHED, HEALTHY
from plugin_runtime.plugins.lustre_server.texts import FULL_HEALTH
from plugin_runtime.relations import Needs
from plugin_runtime.resource import GlobalId, ScannableStorageResource, StorageResource
from topology.state import EXACTLY


class LustreServerSource(ScannableStorageResource):
    """The Lustre server the plugin runs on or, with `source`, the one captured there."""

    hostname = attributes.Hostname(
        default=local_name, label="Host name", help="Of the server, also where `source` is given"
    )
    source = attributes.PosixPath(
        optional=True,
        label="Captured output",
        help="A file or directory with what was captured on one server: `lctl get_param`, /proc "
        "and /sys, `lctl dl`, ldev.conf, blkid, `lnetctl net show -v`, `crm_mon --as-xml`, "
        "a device tree",
    )
    targets = attributes.Integer(
        minimum=0, optional=True, user_read_only=True, label="Targets served"
    )
    identifier = GlobalId("hostname", "source")

    no_target = ValueCondition("targets", info=[0], message="No Lustre target is served here")

    def get_label(self) -> str:
        """Return the server's name, and where it is read from if that is not the server itself."""
        return f"Lustre on {self.hostname}" + (f" ({self.source})" if self.source else "")


class NotHealthy(AlertCondition):
    """Holds while health_check says anything but "healthy", and quotes it.

    The server goes on, so it is DEGRADED; which of its targets suffer is said of them. One that
    has crashed is CRITICAL.
    """

    def judged(self, value: object, held: Verdict | None) -> Verdict | None:
        """Return what the text means; an unset one means nothing here."""
        del held
        if value in (None, HEALTHY):
            return None
        has_crashed = CRASHED in str(value)
        return Verdict("error", EXACTLY[State.CRITICAL if has_crashed else State.DEGRADED])


class LustreHost(LustreServer):
    """A Lustre server, as Lustre on it sees itself."""

    label = "Lustre server"
    lustre_version = attributes.String(optional=True)
    health_check = attributes.String(optional=True, help="What health_check says")

    groups = (Needs(any_of=LnetInterface, at_least=1, name="LNet interfaces"),)
    unhealthy = NotHealthy("health_check", message="health_check on {label} says: {value}")
    unchecked = ValueCondition(
        "health_check",
        unknown=[None],
        message="Nothing tells whether Lustre on {label} is healthy",
        id="unchecked",
    )


class LustrePeer(LustreServer):
    """Another server of the cluster, as Pacemaker sees it; how Lustre on it is, it knows itself."""

    label = "Lustre server"
    cluster_state = attributes.String(help="What Pacemaker says of it")

    condition = ValueCondition(
        "cluster_state",
        error=["offline", "unclean"],
        warning=["standby", "standby_onfail", "maintenance"],
        unknown=["pending"],
        message="Pacemaker says that {label} is {value}",
    )

    def is_hearsay(self) -> bool:
        """It is another server."""
        return True


class LustreNid(LnetInterface):
    """A local network interface of LNet."""

    status = attributes.String(optional=True)
    interface = attributes.String(optional=True, help="The network interface below it")
    health = attributes.Integer(optional=True, help="1000 is full health")

    down = ValueCondition("status", error=["down"], unknown=[None], message="{label} is {value}")
    errors = LowerBoundCondition(
        "health", warning=FULL_HEALTH, message="{label} has health {value}"
    )


class LustreTarget(StorageResource):
    """What all targets have in common."""

    served_here = attributes.Boolean(help="False where the server only knows of it")
    health = attributes.Enum("healthy", "unhealthy", "unknown", help="What health_check says of it")
    osd_type = attributes.String(optional=True, label="OSD type", help="ldiskfs or zfs")
    size = attributes.Bytes(optional=True)
    free = statistics.Gauge(units="B")
    device = attributes.String(optional=True, help="The block device or ZFS dataset that holds it")
    zfs_pool = attributes.String(
        optional=True,
        label="ZFS pool",
        subscribe="scsi_serial",
        help="What the pool of its dataset goes by, as linux_host reports it",
    )
    degraded = attributes.Boolean(
        optional=True, help="Its server was told that the array below it is"
    )
    mount_point = attributes.PosixPath(optional=True)
    recovery = attributes.String(optional=True, help="Whether clients are being reconnected")
    recovered_clients = attributes.String(optional=True, help="Reconnected, of all there had been")
    failover_servers = attributes.String(
        optional=True, help="Servers that ldev.conf names, the usual one first"
    )

    def is_hearsay(self) -> bool:
        """Only the server that serves it knows how it is."""
        return not self.served_here

    cluster_role = attributes.Enum(
        *("started", "starting", "stopping", "stopped", "failed", "unknown"),
        optional=True,
        help="What Pacemaker says of it",
    )

    alert_conditions: ClassVar = (
        ValueCondition(
            "cluster_role",
            error=["failed", "stopped"],
            unknown=["starting", "stopping", "unknown"],
            message="Pacemaker says that {label} is {value}",
        ),
        ValueCondition(
            "health", error=["unhealthy"], message="health_check calls {label} unhealthy"
        ),
        ValueCondition(
            "health",
            info=["unknown"],
            state="UNKNOWN",
            message="Nothing here tells whether {label} is healthy",
            id="unchecked",
        ),
        ValueCondition(
            "degraded",
            warning=[True],
            message="The server of {label} was told that the array below it is degraded",
        ),
        ValueCondition(
            "recovery",
            warning=["RECOVERING", "WAITING", "WAITING_FOR_CLIENTS"],
            message="{label} recovers its clients ({value})",
        ),
    )


class LustreMgt(LustreTarget, ManagementTarget):
    """The MGT."""


class LustreMdt(LustreTarget, MetadataTarget):
    """An MDT."""


class LustreOst(LustreTarget, ObjectStorageTarget):
    """An OST."""
