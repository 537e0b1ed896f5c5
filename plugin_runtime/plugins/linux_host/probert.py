"""What probert, the prober of Ubuntu's installers, gathered: udev's properties and more."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host import udev
from plugin_runtime.plugins.linux_host.facts import (
    BlockDevice,
    HostFacts,
    LogicalVolume,
    Vdev,
    VolumeGroup,
    ZfsPool,
)
from plugin_runtime.plugins.linux_host.written import Bytes, Text, checked, json_in
from plugin_runtime.plugins.linux_host.zpool import level_of

_REMEDY = "capture it anew with 'probert --storage > FILE'"
_CHILD = re.compile(r"children\[\d+\]")
_WITH_PARITY = frozenset({"raidz", "draid"})
_NO_DEVICES = frozenset({"hole", "indirect", "missing"})
"""What stands where a virtual device was removed."""


def read(text: str, where: str) -> HostFacts:
    """Return devices, RAIDs, LVM and ZFS pools; of pools no state, for that is not gathered.

    Raises InvalidFile where the JSON is missing, cut short or not of probert's shape.
    """
    found = json_in(text, where, _REMEDY)
    document = found.document
    if isinstance(document, dict):
        document = document.get("storage", document)
    storage = checked(_Storage, document, where, "probert", _REMEDY)
    facts = udev.facts_of(one.properties() for one in storage.blockdev.values())
    mount_points = _mount_points(storage.mount)
    return replace(
        facts,
        devices=tuple(_completed(one, storage, mount_points) for one in facts.devices),
        groups=tuple(one.told() for one in storage.lvm.volume_groups.values()),
        volumes=tuple(one.told() for one in storage.lvm.logical_volumes.values()),
        pools=tuple(one.zdb.told() for one in storage.zfs.zpools.values() if one.zdb),
        warnings=found.warnings,
    )


def _completed(
    device: BlockDevice, storage: _Storage, mount_points: Mapping[str, Sequence[str]]
) -> BlockDevice:
    """Return a device with what udev does not know of it."""
    path = f"/dev/{device.name}"
    attributes = storage.blockdev[path].attrs if path in storage.blockdev else _Attributes()
    caches = [one for below in device.built_on for one in storage.bcache.caches_of(below)]
    return replace(
        device,
        size_bytes=attributes.size,
        is_read_only=attributes.ro == "1" if attributes.ro else None,
        mountpoints=tuple(mount_points.get(path, ()) or mount_points.get(device.path, ())),
        built_on=(*device.built_on, *caches),
    )


def _mount_points(mounts: Iterable[_Mount]) -> Mapping[str, Sequence[str]]:
    """Return where devices are mounted, by their paths."""
    found: dict[str, list[str]] = defaultdict(list)
    waiting = list(mounts)
    while waiting:
        mount = waiting.pop(0)
        found[mount.source].append(mount.target)
        waiting += mount.children
    return found


class _Attributes(BaseModel):
    size: Bytes = None
    ro: Text = ""


class _Device(BaseModel, extra="allow"):
    attrs: _Attributes = _Attributes()

    def properties(self) -> Mapping[str, str]:
        """Return udev's properties, which stand beside the attributes."""
        return {name: one for name, one in (self.model_extra or {}).items() if isinstance(one, str)}


class _Mount(BaseModel):
    source: Text = ""
    target: Text = ""
    children: list[_Mount] = []


class _Group(BaseModel):
    name: str
    devices: list[str] = []

    def told(self) -> VolumeGroup:
        return VolumeGroup(self.name, tuple(self.devices), len(self.devices) or None)


class _Volume(BaseModel):
    name: str
    volgroup: str
    size: Bytes = None

    def told(self) -> LogicalVolume:
        return LogicalVolume(self.volgroup, self.name, size_bytes=self.size)


class _Lvm(BaseModel):
    volume_groups: dict[str, _Group] = {}
    logical_volumes: dict[str, _Volume] = {}


class _Cached(BaseModel):
    blockdev: str
    superblock: dict[str, str] = {}

    @property
    def name(self) -> str:
        return self.blockdev.removeprefix("/dev/")

    @property
    def cache_set(self) -> str:
        return self.superblock.get("cset.uuid", "")


class _Bcache(BaseModel):
    backing: dict[str, _Cached] = {}
    caching: dict[str, _Cached] = {}

    def caches_of(self, backing: str) -> Iterator[str]:
        """Yield the devices that cache what is on the device `backing`."""
        sets = {one.cache_set for one in self.backing.values() if one.name == backing}
        yield from (one.name for one in self.caching.values() if one.cache_set in sets - {""})


class _Label(BaseModel, extra="allow"):
    """A virtual device of a ZFS pool, as zdb reads it from the label on its disks."""

    kind: Text = Field("", alias="type")
    id: Text = ""
    nparity: Text = ""
    path: Text = ""
    is_log: Text = ""

    def members(self) -> Iterator[_Label]:
        for name, one in (self.model_extra or {}).items():
            label = _Label.model_validate(one) if _CHILD.fullmatch(name) else None
            if label and label.kind not in _NO_DEVICES:
                yield label

    def told(self) -> Vdev:
        members = tuple(one.told() for one in self.members())
        level = f"{self.kind}{self.nparity}" if self.kind in _WITH_PARITY else self.kind
        return Vdev(
            name=f"{level}-{self.id}" if members else self.path,
            level=level_of(level) if members else "",
            path=self.path,
            purpose="log" if self.is_log == "1" else "data",
            members=members,
        )


class _PoolLabel(BaseModel):
    name: str
    vdev_tree: _Label

    def told(self) -> ZfsPool:
        return ZfsPool(self.name, vdevs=tuple(one.told() for one in self.vdev_tree.members()))


class _Pool(BaseModel):
    zdb: _PoolLabel | None = None


class _Zfs(BaseModel):
    zpools: dict[str, _Pool] = {}


class _Storage(BaseModel):
    blockdev: dict[str, _Device]
    lvm: _Lvm = _Lvm()
    bcache: _Bcache = _Bcache()
    mount: list[_Mount] = []
    zfs: _Zfs = _Zfs()
