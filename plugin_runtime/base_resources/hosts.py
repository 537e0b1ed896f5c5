"""Machines, real and virtual, and their network ports."""

from __future__ import annotations

from typing import ClassVar

from plugin_runtime import attributes
from plugin_runtime.identifier import Identifier
from plugin_runtime.resource import GlobalId, StorageResource


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


class VirtualMachine(StorageResource):
    """A machine inside an array or host. The host of the same address runs on it."""

    name = attributes.String(optional=True)
    address = attributes.Hostname(provide="host_address")
    identifier: ClassVar[Identifier] = GlobalId("address")
    icon = "host"

    def get_label(self) -> str:
        """Return the name, else the address."""
        return self.name or self.address


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
