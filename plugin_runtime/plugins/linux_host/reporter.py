"""Reports what is known of one host: its disks, its block devices and what is built on them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from plugin_runtime.base_resources import Host
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.plugins.linux_host.devices import drive_of, hardware_of
from plugin_runtime.plugins.linux_host.fact import RaidState
from plugin_runtime.plugins.linux_host.facts import (
    CONTAINER,
    MULTIPATH,
    BlockDevice,
    Doubts,
    HostFacts,
    PathState,
)
from plugin_runtime.plugins.linux_host.hardware_reporter import (
    Bayed,
    CardReporter,
    ShelfReporter,
)
from plugin_runtime.plugins.linux_host.pools import PoolReporter
from plugin_runtime.plugins.linux_host.resources import (
    RAID_LEVELS,
    HostDisk,
    LinuxDevice,
    LinuxDisk,
    LinuxHost,
    LinuxMultipath,
    LinuxPath,
    LinuxRaid,
    LinuxVolumeGroup,
    UnlistedLinuxDevice,
    UnnamedLinuxDisk,
)
from plugin_runtime.plugins.linux_host.written import valid_wwn
from plugin_runtime.resource import StorageResource
from topology.errors import InvalidValue

R = TypeVar("R", bound=StorageResource)
S = TypeVar("S", bound=str)
Values = Mapping[str, Any]
_RAID_STATES: Sequence[RaidState] = ("rebuilding", "in_sync", "faulty", "spare")
_PATH_STATES: Sequence[PathState] = ("failed", "unknown", "unsteady", "active", "standby")
"""Of a device that is said to be in several places the first of these counts."""


class Reporter:
    """One report of one host."""

    def __init__(
        self, plugin: StoragePlugin[LinuxHost], hostname: str, facts: HostFacts, doubts: Doubts
    ) -> None:
        self._plugin = plugin
        self._facts = facts
        self._doubts = doubts
        self.reported: dict[str, StorageResource] = {}
        """All that was reported, by uid."""
        self._host = self.report(Host, {"hostname": hostname})
        self.disks: dict[str, HostDisk] = {}
        """The host's own disks, by the names of their devices."""
        self._nodes: dict[str, StorageResource] = {}
        self._groups: dict[str, LinuxVolumeGroup] = {}
        self._maps = {one.name: one for one in facts.maps}
        self._arrays = {one.name: one for one in facts.arrays}
        self._told_groups = {one.name: one for one in facts.groups}
        self._volumes = {one.title: one for one in facts.volumes}
        self._vague: set[str] = set()
        """Titles of LVM's RAIDs that lack something of which it is not told where."""
        self._raid_states = _first_of(
            (
                *((one.device, one.state) for array in facts.arrays for one in array.members),
                *((name, "rebuilding") for name in self._unsynced_images()),
            ),
            _RAID_STATES,
        )
        self._path_states = _first_of(
            ((one.device, one.state) for each in facts.maps for one in each.paths), _PATH_STATES
        )
        self._siblings = {
            name: one.built_on
            for one in facts.devices
            if one.kind == MULTIPATH
            for name in one.built_on
        }
        below = [name for one in facts.devices for name in one.built_on]
        members = [name for one in facts.groups for name in one.devices]
        leaves = [one.path for pool in facts.pools for one in pool.devices]
        self._carrying = {*below, *members, *leaves}
        self._below_root = _below_root(facts.devices)

    def _unsynced_images(self) -> Iterator[str]:
        """Yield the names of the devices that are images of LVM's RAIDs and not in sync.

        Where that is said of each image they are being made equal, and all have data.
        """
        volumes = {one.name: self._volumes.get(one.title) for one in self._facts.devices}
        for raid in self._volumes.values():
            if raid.level:
                told = {name: volumes.get(name) for name in raid.devices}
                unsynced = [name for name, one in told.items() if one and one.lacks_data]
                is_short = raid.size is not None and len(told) < raid.size
                is_partial = any(one and one.health == "partial" for one in told.values())
                is_told = is_short or is_partial or 0 < len(unsynced) < len(told)
                if (raid.lacks_data or raid.health == "partial" or unsynced) and not is_told:
                    self._vague.add(raid.title)
                elif len(unsynced) < len(told):
                    yield from unsynced

    def report_all(self) -> Mapping[str, StorageResource]:
        """Report everything and return it by uid."""
        bays = ShelfReporter(self.report, self._host).report_all(self._facts.shelves)
        self._report_disks(self._hardware(), bays)
        self._on_card = CardReporter(self.report, self._host, self.disks).report_all(self._facts)
        for device in self._facts.devices:
            self._nodes[device.name] = self._report_node(device)
        for group in self._facts.groups:
            self._group(group.name)
        PoolReporter(self.report, self._host, self._nodes).report_all(
            self._facts.pools, self._doubts.pools
        )
        return self.reported

    def report(self, cls: type[R], values: Values, parents: Iterable[StorageResource] = ()) -> R:
        """Report one resource."""
        resource, _ = self._plugin.update_or_create(cls, parents, **values)
        self.reported[resource.uid] = resource
        return resource

    def _hardware(self) -> Sequence[BlockDevice]:
        """Return the host's disks: those it sees as such, then those it knows of otherwise.

        A path of a multipath map is an array's drive, unless a bay or card of this host holds it.
        """
        volumes = {one.device for one in self._facts.card_volumes if one.device}
        seen = {one.name: one for one in hardware_of(self._facts.devices, volumes)}
        bayed = {bay.device for shelf in self._facts.shelves for bay in shelf.bays} - volumes
        for device in self._facts.devices:
            if device.name in bayed:
                seen.setdefault(device.name, device)
        for one in self._facts.card_disks:
            behind = BlockDevice(
                one.title,
                serial=one.serial,
                wwn=one.wwn,
                vendor=one.vendor,
                model=one.model,
                size_bytes=one.size_bytes,
            )
            seen.setdefault(one.title, behind)
        return list(seen.values())

    def _report_disks(self, hardware: Sequence[BlockDevice], bays: Mapping[str, Bayed]) -> None:
        drives: dict[object, list[BlockDevice]] = defaultdict(list)
        for device in hardware:
            drives[drive_of(device)].append(device)
        # What two disks of one host claim tells neither of them from any other disk.
        claims = Counter(
            text
            for drive in drives.values()
            for text in {text for one in drive for text in (one.serial, one.wwn)}
        )
        healthy = {one.name: one.is_passed for one in self._facts.health}
        on_card = {one.title: one for one in self._facts.card_disks}
        for drive in drives.values():
            device = drive[0]
            serial, wwn = (
                text if claims[text] == 1 else "" for text in (device.serial, device.wwn)
            )
            identity = {"serial_number": serial or None, "wwn": valid_wwn(wwn)}
            sizes = [one.size_bytes for one in drive if one.size_bytes is not None]
            said = {healthy.get(one.name) for one in drive}
            values: dict[str, Any] = {
                "name": device.name,
                "vendor": device.vendor or None,
                "model": device.model or None,
                "capacity": sum(sizes) if len(sizes) == len(drive) else None,
                "rotational": device.is_rotational,
                "healthy": next((one for one in (False, True) if one in said), None),
                "root_of": self._host.hostname if self._carries_root(drive) else None,
                **identity,
            }
            parents: list[StorageResource] = []
            if card := on_card.get(device.name):
                values |= {"slot": card.slot, "raid_state": card.state}
                if values["healthy"] is None and card.is_predicted is not None:
                    values["healthy"] = not card.is_predicted
            if bay := bays.get(device.name):
                parents.append(bay.shelf)
                values |= {"enclosure": bay.shelf, "slot": bay.slot, "bay_status": bay.status}
            disk_class: type[HostDisk] = LinuxDisk
            if not self._is_identity(identity):
                disk_class = UnnamedLinuxDisk
                values["hostname"] = self._host.hostname
            disk = self.report(disk_class, values, parents)
            self.disks |= {one.name: disk for one in drive}

    def _carries_root(self, drive: Iterable[BlockDevice]) -> bool:
        return not self._below_root.isdisjoint(one.name for one in drive)

    def _is_identity(self, values: Mapping[str, str | None]) -> bool:
        """Anything in `values` tells a disk from all others."""
        try:
            self._plugin.uid_of(LinuxDisk, **values)
        except InvalidValue:
            return False
        return True

    def _report_node(self, device: BlockDevice) -> StorageResource:
        """Report a device on what it is built on, which is reported by now."""
        values: dict[str, Any] = {
            "host": self._host,
            "serial_number": device.serial or None,
            "wwn": valid_wwn(device.wwn),
            "size": device.size_bytes,
            "mount_point": next(iter(device.mountpoints), None),
            "in_use": bool(device.mountpoints) or device.name in self._carrying,
            "raid_state": self._raid_states.get(device.name),
        }
        parents = self._parents(device)
        if device.kind == MULTIPATH:
            return self._report_map(device, values, parents)
        values |= {
            "name": device.name,
            "path": device.path,
            "kind": device.kind or None,
            "read_only": device.is_read_only,
            "driver_state": device.driver_state or None,
        }
        node_class, own = self._node_class(device)
        held = self._plugin.find(LinuxDevice, host=self._host, path=device.path)
        if held is not None and type(held) is not node_class:
            self._plugin.remove(held)  # an array was assembled or stopped
        return self.report(node_class, {**values, **own}, parents)

    def _parents(self, device: BlockDevice) -> Iterable[StorageResource]:
        volume = self._volumes.get(device.title)
        if volume is not None and not volume.devices and volume.group in self._told_groups:
            return [self._group(volume.group)]  # it may lie anywhere in it
        below = [self._nodes[name] for name in device.built_on if name in self._nodes]
        behind = (self._on_card.get(device.name), self._disk_of(device.name))
        disk = [one for one in behind if one is not None]
        return below or [*disk, self._host]

    def _disk_of(self, name: str) -> HostDisk | None:
        """Return the disk that a device is; every path of a map leads to the same one."""
        siblings = self._siblings.get(name, ())
        return next((self.disks[one] for one in (name, *siblings) if one in self.disks), None)

    def _group(self, name: str) -> LinuxVolumeGroup:
        """Return the reported volume group; its devices are reported by now."""
        if name not in self._groups:
            group = self._told_groups[name]
            values = {
                "hostname": self._host.hostname,
                "name": name,
                "size": group.size,
                "in_doubt": name in self._doubts.groups,
            }
            devices = [self._nodes[one] for one in group.devices if one in self._nodes]
            self._groups[name] = self.report(LinuxVolumeGroup, values, devices)
        return self._groups[name]

    def _node_class(self, device: BlockDevice) -> tuple[type[LinuxDevice], Values]:
        """Return which class a device is of, and what only that class has."""
        array = self._arrays.get(device.name)
        volume = self._volumes.get(device.title)
        if device.kind in RAID_LEVELS or (array and device.kind != CONTAINER):
            progress = (
                {} if array is None or array.progress is None else {"progress": array.progress}
            )
            return LinuxRaid, progress | {
                "raid_level": device.kind if device.kind in RAID_LEVELS else None,
                "members": array.size if array else None,
                "running": array.is_running if array else True,
                "activity": (array.activity if array else "") or None,
                "in_doubt": device.name in self._doubts.arrays
                or (array is None and not device.built_on),  # nothing tells of its members
            }
        if volume is not None and volume.level:
            return LinuxRaid, {
                "raid_level": volume.level,
                "members": volume.size,
                "in_doubt": volume.group in self._doubts.groups or volume.title in self._vague,
            }
        if device.name in self._siblings:
            return LinuxPath, {"path_state": self._path_states.get(device.name)}
        if volume is not None:
            return LinuxDevice, {"problem": volume.health or None}
        return (LinuxDevice if device.is_listed else UnlistedLinuxDevice), {}

    def _report_map(
        self, device: BlockDevice, values: Values, parents: Iterable[StorageResource]
    ) -> LinuxMultipath:
        told = self._maps.get(device.name)
        own = {
            "name": device.title,
            "paths": len(told.paths) if told else len(device.built_on) or None,
            "suspended": bool(told and told.is_suspended),
            "in_doubt": device.name in self._doubts.maps,
        }
        return self.report(LinuxMultipath, {**values, **own}, parents)


def _first_of(told: Iterable[tuple[str, S]], order: Sequence[S]) -> Mapping[str, S]:
    """Return of each device the state that comes first in `order`."""
    found: dict[str, S] = {}
    for device, state in sorted(told, key=lambda one: order.index(one[1])):
        found.setdefault(device, state)
    return found


def _below_root(devices: Iterable[BlockDevice]) -> set[str]:
    """Return the names of the devices that the root file system is on, at any depth."""
    built_on = {one.name: one.built_on for one in devices}
    found: set[str] = set()
    waiting = [one.name for one in devices if "/" in one.mountpoints]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += built_on.get(name, ())
    return found
