"""What was captured on one Lustre server, format by format, before anything is concluded from it.

Values only. Texts are as they were written; what could not be read is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Literal


@dataclass(frozen=True, slots=True)
class ObdDevice:
    """One line of `lctl dl`."""

    state: str
    """UP; else AT (attached only), IN (inactive) or ST (stopping)."""
    kind: str
    """Its type: mgs, mgc, mdt, obdfilter, osd-ldiskfs, osd-zfs, osp, lwp."""
    name: str


@dataclass(frozen=True, slots=True)
class LustreMount:
    """One mount of type lustre: a target's on a server, or a client's."""

    source: str
    """The device or ZFS dataset; for a client "NID[,NID][:NID]:/FILESYSTEM"."""
    mount_point: str
    options: Mapping[str, str]
    """By name; without a value the text is empty. Newer servers say svname and mgsnode."""


@dataclass(frozen=True, slots=True)
class DeviceLabel:
    """A filesystem label that blkid or udev found on a block device."""

    device: str
    """A path."""
    label: str


@dataclass(frozen=True, slots=True)
class LdevLine:
    """One line of ldev.conf."""

    servers: tuple[str, ...]
    """The server that usually serves the target, then the one it fails over to, if any."""
    label: str
    device: str
    """A path or a ZFS dataset, without the prefix that says which."""


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A block device as a device tree tells it."""

    paths: tuple[str, ...]
    serial: str
    """Empty where there is none."""
    multipath_name: str
    """Empty for all but multipath devices."""


@dataclass(frozen=True, slots=True)
class Nid:
    """A local network interface of LNet."""

    nid: str
    status: str
    """up or down; empty where nothing is said."""
    interface: str
    """The network interface below it; empty where there is none."""
    health: int | None
    """1000 is full health; None where nothing is said."""


Role = Literal["started", "starting", "stopping", "stopped", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A server of a Pacemaker cluster."""

    name: str
    state: str
    """online, offline, unclean, standby, standby_onfail, maintenance or pending."""


@dataclass(frozen=True, slots=True)
class ClusterTarget:
    """A target that Pacemaker starts and stops."""

    label: str
    """As Lustre names it."""
    role: Role
    may_run_on: tuple[str, ...]
    """Names of the nodes that it is not banned from."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Everything captured on one server."""

    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Lustre parameters by their dotted names; of each all values, in the order met."""
    obd_devices: tuple[ObdDevice, ...] = ()
    mounts: tuple[LustreMount, ...] = ()
    labels: tuple[DeviceLabel, ...] = ()
    ldev: tuple[LdevLine, ...] = ()
    block_devices: tuple[BlockDevice, ...] = ()
    nids: tuple[Nid, ...] = ()
    cluster_nodes: tuple[ClusterNode, ...] = ()
    cluster_targets: tuple[ClusterTarget, ...] = ()
    warnings: tuple[str, ...] = ()
    """What was passed over, one sentence each."""

    @classmethod
    def joined(cls, captures: Iterable[Capture]) -> Capture:
        """Return captures of one server as one, in their order."""
        parts = tuple(captures)
        parameters: dict[str, tuple[str, ...]] = {}
        for name, values in chain.from_iterable(one.parameters.items() for one in parts):
            parameters[name] = parameters.get(name, ()) + values
        lists = {
            each.name: tuple(chain.from_iterable(getattr(one, each.name) for one in parts))
            for each in fields(cls)
            if each.name != "parameters"
        }
        return cls(parameters=parameters, **lists)

    @property
    def is_empty(self) -> bool:
        """It tells nothing of a server."""
        return not any(getattr(self, one.name) for one in fields(self) if one.name != "warnings")

    def last(self, name: str) -> str:
        """Return the newest value of a parameter; empty where there is none."""
        return next(reversed(self.parameters.get(name, ())), "")
