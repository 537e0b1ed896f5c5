"""Lustre: servers, targets, filesystems and client mounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from plugin_runtime import attributes
from plugin_runtime.base_resources.hosts import Host, VirtualMachine
from plugin_runtime.base_resources.storage import DeviceNode, MultipathDevice
from plugin_runtime.identifier import Identifier
from plugin_runtime.relations import Needs, Relation, Series
from plugin_runtime.resource import GlobalId, ScannableId, StorageResource
from topology.builtin_classes import lustre_cap
from topology.state import State


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
