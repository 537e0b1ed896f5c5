"""What judging and drawing need to know of the built-in resource classes, in one table.

`plugin_runtime.base_resources` takes its flags from here; no RAID level and no plugin stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from topology.state import State


@dataclass(frozen=True, slots=True)
class BuiltinClass:
    """The facts of one built-in class."""

    name: str
    lane: int
    """Its column in a picture; trouble travels from lower to higher."""
    can_fail: bool = True
    """It is a physical thing that can fail by itself."""
    is_service: bool = False
    """It is what people use."""
    cap_on_filesystem: State = State.FAILED
    """The worst its failure does to a LustreFilesystem (impact-semantics, section 7)."""


_TABLE = (
    BuiltinClass("PowerSupply", lane=0),
    BuiltinClass("Fan", lane=0),
    BuiltinClass("Enclosure", lane=1),
    BuiltinClass("PhysicalDisk", lane=2),
    BuiltinClass("StoragePool", lane=3, can_fail=False),
    BuiltinClass("Controller", lane=3),
    BuiltinClass("LogicalDrive", lane=4, can_fail=False),
    BuiltinClass("LogicalDriveSlice", lane=4, can_fail=False),
    BuiltinClass("NetworkSwitch", lane=4),
    BuiltinClass("NetworkInterface", lane=5),
    BuiltinClass("LnetInterface", lane=5),
    BuiltinClass("Host", lane=5),
    BuiltinClass("VirtualMachine", lane=5),
    BuiltinClass("LustreServer", lane=5),
    BuiltinClass("DeviceNode", lane=6, can_fail=False),
    BuiltinClass("MultipathDevice", lane=6, can_fail=False),
    BuiltinClass("PathWeight", lane=6, can_fail=False),
    BuiltinClass(
        "ManagementTarget", 7, can_fail=False, is_service=True, cap_on_filesystem=State.DEGRADED
    ),
    BuiltinClass(
        "MetadataTarget", 7, can_fail=False, is_service=True, cap_on_filesystem=State.PARTIAL
    ),
    BuiltinClass(
        "ObjectStorageTarget", 7, can_fail=False, is_service=True, cap_on_filesystem=State.PARTIAL
    ),
    BuiltinClass("LustreFilesystem", lane=8, can_fail=False, is_service=True),
    BuiltinClass("LustreClientMount", lane=9, can_fail=False, is_service=True),
)

BUILTIN_CLASSES = MappingProxyType({one.name: one for one in _TABLE})
"""By name. MetadataTarget's cap is that of any but MDT0000, which holds the root: `lustre_cap`."""


def lustre_cap(class_name: str, *, index: int | None = None) -> State:
    """Return the worst a target's failure does to its filesystem.

    `index` is a MetadataTarget's; index 0 holds the root, so it takes the filesystem with it, and
    so must one whose index is not known.
    """
    if class_name == "MetadataTarget" and not index:
        return State.FAILED
    return BUILTIN_CLASSES[class_name].cap_on_filesystem
