"""What the tools of a host tell, in one form whichever tool told it and from whichever source.

Readers of one tool's format each turn text into `HostFacts`; nothing here knows of a format or of
resources. What a tool does not tell is empty or None, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal, Self, TypeVar

from plugin_runtime.plugins.linux_host.fact import Fact, Key, RaidState
from plugin_runtime.plugins.linux_host.hardware import CardDisk, CardVolume, RaidCard, Shelf
from topology.errors import InvalidFile

MULTIPATH = "mpath"
CONTAINER = "container"
"""Of an md array: drives that arrays are made from, itself without data."""
PathState = Literal["active", "standby", "unsteady", "failed", "unknown"]
Purpose = Literal["data", "log"]
ENDED = ("FAULTED", "OFFLINE", "REMOVED", "SUSPENDED", "UNAVAIL")
"""What ZFS calls a pool, group or device that does not serve."""

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class BlockDevice(Fact):
    """One block device of a host. Texts are empty where nothing, or nothing certain, is said."""

    name: str
    """The kernel's name, unique on the host: "sda", "dm-0"."""
    title: str = ""
    """The name people know it by: "vg-home"; the kernel's where it has no other."""
    kind: str = ""
    """What lsblk calls its type: disk, part, lvm, crypt, mpath, raid1, loop, rom."""
    path: str = ""
    size_bytes: int | None = None
    """None where it is not told exactly."""
    serial: str = ""
    wwn: str = ""
    model: str = ""
    vendor: str = ""
    transport: str = ""
    """How it is attached: sata, sas, nvme, fc, iscsi, usb."""
    driver_state: str = ""
    """What its driver says: running, live, offline."""
    is_rotational: bool | None = None
    is_read_only: bool | None = None
    mountpoints: tuple[str, ...] = ()
    """Where it is in use, in the order told: mount points, "[SWAP]" for swap space."""
    built_on: tuple[str, ...] = ()
    """Names of the devices it is made of, in the order in which they were met."""
    aliases: tuple[str, ...] = ()
    """Other paths below /dev, and its device number such as "8:16"."""
    is_listed: bool = True
    """False for one that is only known because another is said to be built on it."""

    def completed_by(self, other: Self) -> Self:
        """Return it with what `other` tells of the same device and this does not."""
        told = {
            one.name: getattr(other, one.name)
            for one in fields(self)
            if getattr(self, one.name) in (None, "", ())
        }
        aliases = tuple(dict.fromkeys((*self.aliases, *other.aliases)))
        is_listed = self.is_listed or other.is_listed
        return replace(self, **told | {"aliases": aliases, "is_listed": is_listed})


@dataclass(frozen=True, slots=True)
class RaidMember:
    """A device in an md array."""

    device: str
    state: RaidState


@dataclass(frozen=True, slots=True)
class RaidArray(Fact):
    """A software RAID (md)."""

    name: str
    level: str = ""
    """Such as "raid5", "linear" or "container"; empty for one that was not started."""
    size: int | None = None
    """How many devices it needs to be whole."""
    members: tuple[RaidMember, ...] = ()
    is_running: bool = True
    activity: str = ""
    """What md does with it: recovery, resync, reshape, check; "resync DELAYED" where it waits."""
    progress: float | None = None
    """How much of that is done, in percent; None where it is not told."""
    is_dated: bool = False
    """It is told as it was when it was assembled or last changed, as by udev."""

    def completed_by(self, other: Self) -> Self:
        """Return the one of both that tells how it is now."""
        return other if self.is_dated and not other.is_dated else self

    @property
    def used(self) -> tuple[str, ...]:
        """The devices its data is on, or is being written to."""
        return tuple(one.device for one in self.members if one.state in {"in_sync", "rebuilding"})

    @property
    def failed(self) -> tuple[str, ...]:
        """Failed devices, as far as nothing has taken their place."""
        failed = tuple(one.device for one in self.members if one.state == "faulty")
        return failed if self.size is None else failed[: max(0, self.size - len(self.used))]


@dataclass(frozen=True, slots=True)
class MultipathPath:
    """One of the ways to the drive behind a multipath map."""

    device: str
    state: PathState


@dataclass(frozen=True, slots=True)
class MultipathMap(Fact):
    """A multipath map."""

    name: str
    """The kernel's: "dm-3"."""
    title: str = ""
    wwid: str = ""
    """What the drive behind it says it is, with the digit that tells the kind of identifier."""
    model: str = ""
    paths: tuple[MultipathPath, ...] = ()
    is_suspended: bool = False


@dataclass(frozen=True, slots=True)
class VolumeGroup(Fact):
    """An LVM volume group."""

    name: str
    devices: tuple[str, ...] = ()
    """Its physical volumes that are there."""
    size: int | None = None
    """How many physical volumes it should have."""


@dataclass(frozen=True, slots=True)
class LogicalVolume(Fact):
    """An LVM logical volume."""

    group: str
    name: str
    level: str = ""
    """Such as "raid5"; empty where every device is needed."""
    size_bytes: int | None = None
    devices: tuple[str, ...] = ()
    """Devices and hidden volumes it lies on; none where that is not told."""
    size: int | None = None
    """How many of these it needs to be whole, of one with a level."""
    health: str = ""
    """What LVM says is wrong with it: partial, refresh needed, mismatches exist.

    Each of them "in a RAID", where its level is not told.
    """
    lacks_data: bool = False
    """It is an image of a RAID that is not in sync, or a RAID that has such a one."""

    @property
    def key(self) -> Key:
        """Its group and name: a name is unique in its group alone."""
        return (self.group, self.name)

    @property
    def title(self) -> str:
        """The device mapper's name of it, in which hyphens are doubled."""
        return "-".join(one.replace("-", "--") for one in (self.group, self.name))


@dataclass(frozen=True, slots=True)
class Vdev:
    """A virtual device of a ZFS pool: a group of others, or one device."""

    name: str
    """Unique in its pool: "raidz2-0", "sda"."""
    level: str = ""
    """A group's redundancy: mirror, raidz2, draid2; empty for one device."""
    state: str = ""
    """ONLINE, DEGRADED, FAULTED, OFFLINE, UNAVAIL or REMOVED; empty where it is not told."""
    path: str = ""
    is_resilvering: bool = False
    purpose: Purpose = "data"
    members: tuple[Vdev, ...] = ()

    @property
    def inputs(self) -> tuple[Vdev, ...]:
        """Its members, but of a replacement the device only once it holds all data."""
        is_replacement = self.name.startswith(("replacing", "spare"))
        return tuple(one for one in self.members if not (is_replacement and one.is_resilvering))

    @property
    def groups(self) -> tuple[Vdev, ...]:
        """Itself and those below it that are made of others."""
        below = tuple(group for one in self.members for group in one.groups)
        return (self, *below) if self.members else ()

    @property
    def devices(self) -> tuple[Vdev, ...]:
        """Those below it, or itself, that are one device each."""
        below = tuple(device for one in self.members for device in one.devices)
        return below or (self,)


@dataclass(frozen=True, slots=True)
class ZfsPool(Fact):
    """A ZFS pool: a series of virtual devices."""

    name: str
    state: str = ""
    vdevs: tuple[Vdev, ...] = ()
    spares: int = 0
    """How many spares are available."""
    vague: str = ""
    """Why its state is not known, though it is told of."""

    @property
    def devices(self) -> tuple[Vdev, ...]:
        """Its virtual devices that are one device each."""
        return tuple(device for one in self.vdevs for device in one.devices)


@dataclass(frozen=True, slots=True)
class DiskHealth(Fact):
    """What a disk's own diagnosis (SMART) says."""

    name: str
    """Of its device, as smartctl was asked for it."""
    serial: str = ""
    wwn: str = ""
    model: str = ""
    size_bytes: int | None = None
    is_passed: bool | None = None
    """None where the disk says nothing."""

    @property
    def key(self) -> Key:
        """Its serial number: behind a RAID controller several disks go by one name."""
        return (self.serial or self.name,)


@dataclass(frozen=True, slots=True)
class Doubts:
    """The names of what its tool could not be asked about."""

    maps: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What one or several tools told of a host."""

    devices: tuple[BlockDevice, ...] = ()
    """Each once, after those it is built on."""
    arrays: tuple[RaidArray, ...] = ()
    maps: tuple[MultipathMap, ...] = ()
    groups: tuple[VolumeGroup, ...] = ()
    volumes: tuple[LogicalVolume, ...] = ()
    pools: tuple[ZfsPool, ...] = ()
    health: tuple[DiskHealth, ...] = ()
    cards: tuple[RaidCard, ...] = ()
    card_disks: tuple[CardDisk, ...] = ()
    card_volumes: tuple[CardVolume, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    warnings: tuple[str, ...] = ()
    """What was passed over, one sentence each."""
    is_partial: bool = False
    """The text was cut short: there may be more than is told here."""

    def joined(self, other: HostFacts) -> HostFacts:
        """Return it with what `other` tells of and this does not."""
        told = {name: _joined(one, getattr(other, name)) for name, one in self._told()}
        return HostFacts(
            **told,
            warnings=(*self.warnings, *other.warnings),
            is_partial=self.is_partial or other.is_partial,
        )

    def without(self, left_out: Fact) -> HostFacts:
        """Return the facts about everything but that one thing."""
        unwanted = (type(left_out), left_out.key)
        kept: dict[str, Any] = {
            name: tuple(one for one in told if (type(one), one.key) != unwanted)
            for name, told in self._told()
        }
        return replace(self, **kept)

    def __iter__(self) -> Iterator[Fact]:
        """Yield all that is told."""
        for _, told in self._told():
            yield from told

    def _told(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield what is told of things, by field."""
        for one in fields(self):
            if one.name not in ("warnings", "is_partial"):
                yield one.name, getattr(self, one.name)


def _joined(told: Iterable[F], other: Iterable[F]) -> tuple[F, ...]:
    facts = {one.key: one for one in told}
    for one in other:
        known = facts.setdefault(one.key, one)
        facts[one.key] = known.completed_by(one)
    return tuple(facts.values())


def causes_first(devices: Iterable[BlockDevice], where: str) -> tuple[BlockDevice, ...]:
    """Return the devices, each after those it is built on.

    Raises InvalidFile, saying `where` that was told, for a device that is built on itself.
    """
    by_name = {device.name: device for device in devices}
    built_on = {name: device.built_on for name, device in by_name.items()}
    try:
        order = tuple(TopologicalSorter(built_on).static_order())
    except CycleError as error:
        raise InvalidFile(
            f"{where} says that a device is built on itself: {' -> '.join(error.args[1])}; "
            "capture it anew."
        ) from None
    return tuple(by_name[name] for name in order if name in by_name)
