"""The built-in resource classes, from fans up to Lustre client mounts.

A plugin derives its classes from these where one fits: so disks, hosts and targets that several
plugins see become one. What can fail and what is a service stands in `topology.builtin_classes`.
"""

from __future__ import annotations

from plugin_runtime.base_resources.hardware import (
    Controller,
    Enclosure,
    Fan,
    NetworkSwitch,
    PhysicalDisk,
    PowerSupply,
)
from plugin_runtime.base_resources.hosts import (
    Host,
    LnetInterface,
    NetworkInterface,
    VirtualMachine,
)
from plugin_runtime.base_resources.lustre import (
    LustreClientMount,
    LustreFilesystem,
    LustreServer,
    ManagementTarget,
    MetadataTarget,
    ObjectStorageTarget,
    PathWeight,
)
from plugin_runtime.base_resources.storage import (
    DeviceNode,
    LogicalDrive,
    LogicalDriveSlice,
    MultipathDevice,
    StoragePool,
)
from plugin_runtime.resource import StorageResource
from topology.builtin_classes import BUILTIN_CLASSES

__all__ = [
    "Controller",
    "DeviceNode",
    "Enclosure",
    "Fan",
    "Host",
    "LnetInterface",
    "LogicalDrive",
    "LogicalDriveSlice",
    "LustreClientMount",
    "LustreFilesystem",
    "LustreServer",
    "ManagementTarget",
    "MetadataTarget",
    "MultipathDevice",
    "NetworkInterface",
    "NetworkSwitch",
    "ObjectStorageTarget",
    "PathWeight",
    "PhysicalDisk",
    "PowerSupply",
    "StoragePool",
    "VirtualMachine",
]

for _facts in BUILTIN_CLASSES.values():
    _class: type[StorageResource] = globals()[_facts.name]
    _class.can_fail, _class.is_service = _facts.can_fail, _facts.is_service
