"""The descendant's `resources`: classes that are declared by an inner class `Meta`."""

from __future__ import annotations

from typing import Any, ClassVar

from plugin_runtime import base_resources
from plugin_runtime.attributes import Bytes, Hostname, ResourceReference, String
from plugin_runtime.chroma.attributes import Integer
from plugin_runtime.chroma.meta import declare_from_meta, refresh
from plugin_runtime.resource import ScannableStorageResource, StorageResource

_ROOT_MODULE = StorageResource.__module__
"""A class of this module adds no label of its own to what derives from it."""


class Resource(StorageResource):
    """One identified thing."""

    __module__ = _ROOT_MODULE

    def __init_subclass__(cls) -> None:
        declare_from_meta(cls)
        super().__init_subclass__()

    def __setattr__(self, name: str, value: object) -> None:
        """Assign an attribute; any other name is the plugin's own affair."""
        declared = self.declaration
        if name in declared.attributes or name in declared.statistics:
            super().__setattr__(name, value)
            refresh(self, changed=name)
        else:
            object.__setattr__(self, name, value)

    def get_parents(self) -> list[StorageResource]:
        """Return what it is built from."""
        return list(self.parents)

    def get_parent(self, parent_klass: type[StorageResource]) -> StorageResource:
        """Return its one parent of a class. Raises RuntimeError where there is not exactly one."""
        found = [one for one in self.parents if isinstance(one, parent_klass)]
        if len(found) != 1:
            raise RuntimeError(f"{self!r} has {len(found)} parents of {parent_klass.__name__}")
        return found[0]


class ScannableResource(Resource, ScannableStorageResource):
    """A resource that an administrator adds and a plugin contacts."""

    __module__ = _ROOT_MODULE


class Builtin(Resource):
    """A built-in class of today with nothing mandatory, as it was then."""

    __module__ = _ROOT_MODULE
    identifier: ClassVar[Any] = None

    def get_label(self) -> str:
        """Return class and identifier: what today's label is made of may be missing."""
        return StorageResource.get_label(self)


class Host(Builtin, base_resources.Host):
    """A machine."""

    hostname: Any = Hostname(optional=True)


class VirtualMachine(Builtin, base_resources.VirtualMachine):
    """A machine inside an array."""

    host_id: Any = Integer(optional=True)


class DeviceNode(Builtin, base_resources.DeviceNode):
    """A block device of a host."""

    host: Any = ResourceReference(base_resources.Host, optional=True)
    host_id: Any = Integer()
    logical_drive: Any = ResourceReference(optional=True)


class LogicalDrive(Builtin, base_resources.LogicalDrive):
    """A volume or LUN."""

    serial_number: Any = String(optional=True, provide="scsi_serial")
    size: Any = Bytes()
    filesystem_type: Any = String(optional=True)


class LogicalDriveSlice(Builtin, base_resources.LogicalDriveSlice):
    """A part of a logical drive."""

    name: Any = String(optional=True)
    size: Any = Bytes()
    filesystem_type: Any = String(optional=True)


class LogicalDriveOccupier(Resource):
    """What makes a logical drive used; here, a resource like any other."""


class Enclosure(Builtin, base_resources.Enclosure):
    """A shelf."""


class Fan(Builtin, base_resources.Fan):
    """A fan."""

    name: Any = String(optional=True)


class Controller(Builtin, base_resources.Controller):
    """A controller of an array."""

    serial_number: Any = String(optional=True)


class StoragePool(Builtin, base_resources.StoragePool):
    """Disks used together."""

    name: Any = String(optional=True)


class PhysicalDisk(Builtin, base_resources.PhysicalDisk):
    """A disk."""


class PathWeight(Builtin, base_resources.PathWeight):
    """How much a path is preferred."""

    target: Any = ResourceReference(optional=True)
    server: Any = ResourceReference(base_resources.Host, optional=True)


class NetworkInterface(Builtin, base_resources.NetworkInterface):
    """A network port of a host."""

    host: Any = ResourceReference(base_resources.Host, optional=True)
    host_id: Any = Integer()
    name: Any = String(optional=True)


class LNETInterface(Builtin, base_resources.LnetInterface):
    """A Lustre network interface."""

    nid: Any = String(optional=True)


class LNETModules(Resource):
    """The state of LNet on a host."""

    host_id: Any = Integer()
