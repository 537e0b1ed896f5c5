"""One picture of a host out of all that its tools told: every device once, under one name.

Tools call one device "/dev/mapper/vg-home", "dm-3", "253:3" or by a link; here it gets the
kernel's name, and what is built on what is settled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from plugin_runtime.plugins.linux_host.devices import shown_devices
from plugin_runtime.plugins.linux_host.facts import (
    MULTIPATH,
    BlockDevice,
    DiskHealth,
    HostFacts,
    LogicalVolume,
    MultipathMap,
    RaidArray,
    Vdev,
    VolumeGroup,
    causes_first,
)
from plugin_runtime.plugins.linux_host.hardware import Shelf
from topology.ingest.correlate import canonical

_SERIAL = "scsi_serial"

_NUMBER = re.compile(r"\d+:\d+")
_BY_LINK = ("", "mapper/", "disk/by-id/", "disk/by-vdev/", "disk/by-partuuid/", "disk/by-path/")
"""Where zpool finds a device by the name it shows."""


def assembled(facts: HostFacts) -> HostFacts:
    """Return the facts with all devices by the kernel's names, causes first.

    Devices that are only known because something is built on them are there too, as not listed.
    Raises InvalidFile where the tools together say that a device is built on itself.
    """
    return _Assembly(facts).host()


class _Assembly:
    """Devices while they are put together."""

    def __init__(self, facts: HostFacts) -> None:
        self._facts = facts
        self._devices: dict[str, BlockDevice] = {}
        self._names: dict[str, str] = {}
        self._warnings: list[str] = []
        for device in facts.devices:
            self._put(device)
        for volume in facts.volumes:
            self._put(_device_of(volume, self._names.get(f"mapper/{volume.title}")))
        for name, device in list(self._devices.items()):
            below = tuple(dict.fromkeys(map(self._name, device.built_on)))
            self._devices[name] = replace(device, built_on=below)
        self._by_identifier: dict[str, str] = {}
        for name, device in self._devices.items():
            if not device.built_on:
                for one in _identifiers(device.serial, device.wwn):
                    self._by_identifier.setdefault(one, name)
        self._used = {self._name(name) for one in facts.arrays for name in one.used}

    def host(self) -> HostFacts:
        """Return the facts with every device by its kernel's name."""
        health = tuple(found for one in self._facts.health if (found := self._health(one)))
        maps = tuple(self._map(one) for one in self._facts.maps)
        arrays = tuple(self._array(one) for one in self._facts.arrays)
        groups = tuple(self._group(one) for one in self._facts.groups)
        volumes = tuple(self._volume(one, groups) for one in self._facts.volumes)
        shelves = tuple(self._shelf(one) for one in self._facts.shelves)
        card_disks = tuple(
            replace(one, device=self._recognised(one.serial, one.wwn))
            for one in self._facts.card_disks
        )
        card_volumes = tuple(
            replace(one, device=self._names.get(one.device) or self._recognised(one.wwn))
            for one in self._facts.card_volumes
        )
        pools = tuple(replace(one, vdevs=self._vdevs(one.vdevs)) for one in self._facts.pools)
        for device in list(self._devices.values()):
            if device.kind == MULTIPATH:
                self._identify(device)
        counted = {
            *(name for one in arrays for name in one.used),
            *(name for one in groups for name in one.devices),
            *(name for one in volumes if one.level for name in one.devices),
        }
        ordered = causes_first(self._devices.values(), "What the tools tell")
        return HostFacts(
            devices=tuple(shown_devices(ordered, counted)),
            arrays=arrays,
            maps=maps,
            groups=groups,
            volumes=volumes,
            pools=pools,
            health=health,
            cards=self._facts.cards,
            card_disks=card_disks,
            card_volumes=card_volumes,
            shelves=shelves,
            warnings=tuple(self._warnings),
        )

    def _put(self, device: BlockDevice) -> None:
        """Add a device, or what is told of it beside what is known, by name or number."""
        numbers = (one for one in device.aliases if _NUMBER.fullmatch(one))
        name = next((self._names[one] for one in numbers if one in self._names), device.name)
        others = (name, device.name, device.title, device.path)
        known = self._devices.get(name)
        device = known.completed_by(device) if known else device
        self._devices[name] = device
        for other in (*others, device.title, device.path, *device.aliases):
            self._names.setdefault(other.removeprefix("/dev/"), name)

    def _name(self, told: str) -> str:
        """Return a device's name, whichever of its names is told; it need not be listed."""
        plain = told.removeprefix("/dev/")
        if plain not in self._names:
            title = plain.rpartition("/")[2]
            name = plain if title in self._devices else title  # another one of the same title
            self._put(BlockDevice(name, title=title, path=f"/dev/{plain}", is_listed=False))
        return self._names[plain]

    def _map(self, told: MultipathMap) -> MultipathMap:
        paths = tuple(replace(one, device=self._name(one.device)) for one in told.paths)
        names = (told.name, f"mapper/{told.title}", told.title)
        name = next((self._names[one] for one in names if one in self._names), told.name)
        known = self._devices.get(name, BlockDevice(name))
        device = replace(
            known,
            title=told.title or known.title,
            kind=MULTIPATH,
            wwn=told.wwid or known.wwn,
            model=told.model or known.model,
            built_on=tuple(one.device for one in paths) or known.built_on,
        )
        self._devices[name] = device
        self._put(device)
        return replace(told, name=name, paths=paths)

    def _identify(self, device: BlockDevice) -> None:
        """Let a multipath map bear the serial number and WWN of the drive behind its paths."""
        paths = [self._devices[name] for name in device.built_on]
        path = next((one for one in paths if one.serial or one.wwn), BlockDevice(""))
        wwn = device.wwn or path.wwn
        self._devices[device.name] = replace(device, serial=path.serial or wwn, wwn=wwn)

    def _array(self, told: RaidArray) -> RaidArray:
        members = tuple(replace(one, device=self._name(one.device)) for one in told.members)
        array = replace(told, name=self._names.get(told.name, told.name), members=members)
        device = BlockDevice(array.name, title=array.name, path=f"/dev/{array.name}")
        known = self._devices.get(array.name, device)
        # A device that works in another array has not failed as such: here it is just missing.
        failed = [one for one in array.failed if one not in self._used]
        # What else lsblk lists below an array are its spares, which hold nothing of it.
        self._devices[array.name] = replace(
            known, kind=array.level or known.kind or "md", built_on=(*array.used, *failed)
        )
        self._put(device)
        return array

    def _group(self, told: VolumeGroup) -> VolumeGroup:
        return replace(told, devices=tuple(self._name(one) for one in told.devices))

    def _volume(self, told: LogicalVolume, groups: Iterable[VolumeGroup]) -> LogicalVolume:
        """Return a volume with what it lies on; its device may lie anywhere in its group else."""
        name = self._names[f"mapper/{told.title}"]
        device = self._devices[name]
        named = [
            self._name(one if "/" in one else f"mapper/{replace(told, name=one).title}")
            for one in told.devices
        ]
        lies_on = tuple(dict.fromkeys(named)) or device.built_on
        if told.level:
            lies_on = tuple(one for one in lies_on if "_rmeta_" not in self._devices[one].title)
        anywhere = [one.devices for one in groups if one.name == told.group]
        built_on = lies_on or next(iter(anywhere), ())
        self._devices[name] = replace(device, built_on=built_on)
        return replace(told, devices=lies_on)

    def _vdevs(self, told: Iterable[Vdev]) -> tuple[Vdev, ...]:
        """Return virtual devices with the names of their devices, empty for unknown ones."""
        return tuple(
            replace(one, path=self._found(one.path, one.name), members=self._vdevs(one.members))
            for one in told
        )

    def _found(self, *told: str) -> str:
        names = (f"{link}{one.removeprefix('/dev/')}" for one in told for link in _BY_LINK)
        found = next((self._names[name] for name in names if name in self._names), "")
        return found or next(filter(None, map(self._linked, told)), "")

    def _linked(self, told: str) -> str:
        """Return the device that a link is named after, by what identifies it or its disk.

        Such as "wwn-0x5000c500a1b2c3d4-part1" or "ata-MODEL_SERIAL"; only udev lists them.
        """
        link, _, part = told.rpartition("/")[2].partition("-part")
        words = link.split("_")
        disk = self._recognised(link.partition("-")[2], link.rpartition("-")[2], *words[-2:])
        maps = (
            one.name
            for one in self._devices.values()
            if one.kind == MULTIPATH and disk in one.built_on
        )
        whole = next(maps, disk)
        parts = (f"{whole}{part}", f"{whole}p{part}") if disk and part else ()
        return next((one for one in parts if one in self._devices), whole)

    def _recognised(self, *identifiers: str) -> str:
        """Return the one disk with one of these serial numbers or WWNs, by its first path.

        Nothing where several disks claim them.
        """
        wanted = _identifiers(*identifiers)
        found = [
            one.name
            for one in self._devices.values()
            if one.kind == "disk"
            and not wanted.keys().isdisjoint(_identifiers(one.serial, one.wwn))
        ]
        is_one = len(found) == 1 or any(
            one.kind == MULTIPATH and {*found} <= {*one.built_on} for one in self._devices.values()
        )
        return found[0] if found and is_one else ""

    def _shelf(self, told: Shelf) -> Shelf:
        """Return an enclosure whose disks are known, though nothing but it tells of them."""
        bays = []
        for bay in told.bays:
            name = bay.device
            if name and name not in self._names:
                self._put(BlockDevice(name, title=name, kind="disk", path=f"/dev/{name}"))
            bays.append(replace(bay, device=self._names.get(name, "")))
        return replace(told, bays=tuple(bays))

    def _health(self, told: DiskHealth) -> DiskHealth | None:
        """Return what a disk says with the name of its device; None where that is another disk's.

        Of disks behind a RAID controller smartctl tells under the name of the controller's drive.
        """
        names = (self._by_identifier.get(one) for one in _identifiers(told.serial, told.wwn))
        name = next(filter(None, names), "")
        behind = [one for one in self._facts.card_disks if told.serial == one.serial != ""]
        if not name and behind:
            return replace(told, name=behind[0].title)
        known = self._devices.get(name or self._namespace(told.name))
        if known is None:
            known = BlockDevice(
                told.name,
                title=told.name,
                kind="disk",
                path=f"/dev/{told.name}",
                size_bytes=told.size_bytes,
                serial=told.serial,
                wwn=told.wwn,
                model=told.model,
            )
            self._put(known)
        elif not name and told.serial and known.serial:
            self._warnings.append(
                f"smartctl tells of a disk {told.serial} as {told.name}, which is another one; it "
                "is left out, for its own device is not known."
            )
            return None
        return replace(told, name=known.name)

    def _namespace(self, name: str) -> str:
        """Return the one namespace of an NVMe controller; any other name as it is."""
        found = [one for one in self._devices if re.fullmatch(rf"{re.escape(name)}n\d+", one)]
        return found[0] if len(found) == 1 and name.startswith("nvme") else name


def _identifiers(*said: str) -> Mapping[str, None]:
    """Return what tells a disk from others, in their order and the form in which they compare."""
    return {one: None for text in said if (one := canonical(_SERIAL, text))}


def _device_of(volume: LogicalVolume, name: str | None) -> BlockDevice:
    return BlockDevice(
        name or volume.title,
        title=volume.title,
        kind="lvm",
        path=f"/dev/mapper/{volume.title}",
        size_bytes=volume.size_bytes,
        aliases=(f"/dev/{volume.group}/{volume.name}",),
    )
