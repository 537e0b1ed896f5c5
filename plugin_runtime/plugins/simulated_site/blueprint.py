"""What a simulated site consists of: every part with its parents, before anything fails.

Pure and deterministic: the same sizes give the same labels, serials and links, so a part keeps its
identity over restarts and while the site grows. Cost: linear in the number of parts. Labels are::

    switch0  oss3  mds1  couplet0-ctrl1  couplet0-enc4  couplet0-enc4-slot07
    couplet0-pool2  couplet0-lun2  oss1-couplet0-ctrl0-lun2  oss1:scratch-OST0002  scratch-OST0002
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from plugin_runtime.base_resources import LustreFilesystem
from plugin_runtime.plugins.simulated_site.resources import (
    SimulatedController,
    SimulatedDisk,
    SimulatedEnclosure,
    SimulatedLun,
    SimulatedMdt,
    SimulatedMgt,
    SimulatedMultipath,
    SimulatedOst,
    SimulatedPath,
    SimulatedPool,
    SimulatedServer,
    SimulatedSwitch,
)
from plugin_runtime.resource import StorageResource

METADATA_SERVERS = ("mds0", "mds1")
SWITCHES = ("switch0", "switch1")
"""Every couplet has its controller 0 on the first and its controller 1 on the second."""
BAYS_A_ROW = 12
RACK_UNITS_A_SHELF = 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a site is; `enclosures`, `osts` and `oss_pairs` are per couplet."""

    name: str
    """The filesystem's; it also tells the site's serials from another site's."""
    couplets: int
    enclosures: int
    osts: int
    oss_pairs: int
    mdts: int


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of the site."""

    resource_class: type[StorageResource]
    label: str
    """What its resource is called; unique within the site."""
    attributes: Mapping[str, Any]
    parents: tuple[str, ...] = ()
    """Labels of what it is made of or needs, all drawn before it."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Labels of the parts that its references name, by attribute."""

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Labels of all the parts it has a link or reference to."""
        return (*self.parents, *self.references.values())


@dataclass(frozen=True, slots=True)
class _Raid:
    """How a kind of pool is made."""

    level: str
    members: int
    data_members: int
    """How many members' worth of data it holds."""
    disk_bytes: int
    disk_model: str

    @property
    def size_bytes(self) -> int:
        return self.data_members * self.disk_bytes


_RAID6 = _Raid("raid6", 10, 8, 8_001_563_222_016, "ST8000NM0045")
_MIRROR = _Raid("raid1", 2, 1, 1_920_383_410_176, "MZILT1T9HAJQ")


@dataclass(frozen=True, slots=True)
class _Volume:
    """What one target is kept on: a pool with a LUN on it, which two servers reach."""

    couplet: str
    number: int
    """Within its couplet."""
    raid: _Raid
    servers: tuple[str, ...]
    target_class: type[StorageResource]
    target: str
    """The target's label."""
    identity: Mapping[str, object]
    """What identifies the target."""


def blueprint_of(sizes: Sizes) -> Mapping[str, Part]:
    """Return every part by its label, parents before children."""
    return {part.label: part for part in _Drawing(sizes).parts()}


class _Drawing:
    """Draws one site."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        site = hashlib.blake2b(sizes.name.encode(), digest_size=3).digest()
        self._vendor = site.hex()  # where a WWN has the vendor's OUI
        self._mgs = f"10.{site[0]}.{site[1]}.10@o2ib"

    def parts(self) -> Iterator[Part]:
        for label in SWITCHES:
            yield Part(SimulatedSwitch, label, {"name": label, **self._serial(label)})
        oss = range(2 * self._sizes.oss_pairs * self._sizes.couplets)
        for label in (*METADATA_SERVERS, *(f"oss{number}" for number in oss)):
            yield Part(SimulatedServer, label, {"hostname": f"{label}.{self._sizes.name}"})
        targets: list[str] = []
        for couplet in range(self._sizes.couplets):
            volumes = list(self._volumes(couplet))
            yield from self._couplet(couplet, volumes)
            targets += [volume.target for volume in volumes]
        name = self._sizes.name
        yield Part(LustreFilesystem, name, {"mgs": self._mgs, "name": name}, tuple(targets))

    def _volumes(self, couplet: int) -> Iterator[_Volume]:
        """Yield the volumes of a couplet: those of its OSTs, then its share of the metadata."""
        sizes, name, numbers = self._sizes, f"couplet{couplet}", count()
        for ost in range(sizes.osts):
            first = 2 * (couplet * sizes.oss_pairs + ost % sizes.oss_pairs)
            servers = (f"oss{first}", f"oss{first + 1}")
            target = self._target("OST", couplet * sizes.osts + ost)
            yield _Volume(name, next(numbers), _RAID6, servers, SimulatedOst, *target)
        if couplet == 0:
            target = f"MGS {self._mgs}", {"mgs": self._mgs}
            yield _Volume(name, next(numbers), _MIRROR, METADATA_SERVERS, SimulatedMgt, *target)
        for mdt in range(couplet, sizes.mdts, sizes.couplets):
            target = self._target("MDT", mdt)
            yield _Volume(name, next(numbers), _MIRROR, METADATA_SERVERS, SimulatedMdt, *target)

    def _target(self, kind: str, index: int) -> tuple[str, Mapping[str, object]]:
        """Return the label and identity of an OST or MDT."""
        name = self._sizes.name
        identity = {"mgs": self._mgs, "filesystem": name, "index": index}
        return f"{name}-{kind}{index:04x}", identity

    def _couplet(self, couplet: int, volumes: Sequence[_Volume]) -> Iterator[Part]:
        """Draw enclosures and controllers, then each volume from its disks up to its target."""
        name = f"couplet{couplet}"
        places = _places([volume.raid.members for volume in volumes], self._sizes.enclosures)
        slots = 1 + max(slot for of_volume in places for _, slot in of_volume)
        for enclosure in range(self._sizes.enclosures):
            label = f"{name}-enc{enclosure}"
            attributes = {
                "name": label,
                "rack": f"rack{couplet}",
                "rack_unit": 1 + RACK_UNITS_A_SHELF * enclosure,
                "rows": -(-slots // BAYS_A_ROW),
                "columns": BAYS_A_ROW,
            }
            yield Part(SimulatedEnclosure, label, attributes | self._serial(label))
        controllers = [f"{name}-ctrl{number}" for number in range(len(SWITCHES))]
        for slot, label in enumerate(controllers):
            attributes = {"name": label, "slot": slot}
            yield Part(SimulatedController, label, attributes | self._serial(label))
        for volume, of_volume in zip(volumes, places, strict=True):
            disks = [self._disk(couplet, place, volume.raid) for place in of_volume]
            yield from disks
            yield from self._volume(volume, [disk.label for disk in disks], controllers)

    def _disk(self, couplet: int, place: tuple[int, int], raid: _Raid) -> Part:
        enclosure, slot = place
        shelf = f"couplet{couplet}-enc{enclosure}"
        label = f"{shelf}-slot{slot:02}"
        attributes = {
            "name": label,
            "slot": slot,
            "capacity": raid.disk_bytes,
            "model": raid.disk_model,
            # NAA 5 (SPC-4, 7.8.6.6.5): a vendor, then 36 bits of its own.
            "wwn": f"naa.5{self._vendor}{couplet:03x}{enclosure:02x}{slot:04x}",
        }
        return Part(
            SimulatedDisk,
            label,
            attributes | self._serial(label),
            parents=(shelf,),
            references={"enclosure": shelf},
        )

    def _volume(
        self, volume: _Volume, disks: Sequence[str], controllers: Sequence[str]
    ) -> Iterator[Part]:
        """Draw pool, LUN, the paths and device of each server, and the target."""
        raid = volume.raid
        pool, lun = f"{volume.couplet}-pool{volume.number}", f"{volume.couplet}-lun{volume.number}"
        yield Part(
            SimulatedPool,
            pool,
            {
                "name": pool,
                "raid_level": raid.level,
                "members": raid.members,
                "size": raid.size_bytes,
            },
            tuple(disks),
        )
        # NAA 6 (SPC-4, 7.8.6.6.6): a vendor, then 100 bits of its own.
        drive: dict[str, object] = {
            "serial_number": f"6{self._vendor}{self._digits(lun, 25)}",
            "size": raid.size_bytes,
        }
        yield Part(SimulatedLun, lun, {"name": lun, **drive}, (pool, *controllers))
        devices = []
        for server in volume.servers:
            paths = [f"{server}-{controller}-lun{volume.number}" for controller in controllers]
            for path, *through in zip(paths, controllers, SWITCHES, strict=True):
                attributes = {"name": path, "path": f"/dev/disk/by-path/{path}"}
                yield Part(SimulatedPath, path, attributes, tuple(through), {"host": server})
            device = f"{server}:{volume.target}"
            yield Part(
                SimulatedMultipath,
                device,
                {"name": device, **drive},
                (server, *paths),
                {"host": server},
            )
            devices.append(device)
        yield Part(volume.target_class, volume.target, volume.identity, (*volume.servers, *devices))

    def _serial(self, label: str) -> dict[str, object]:
        return {"serial_number": self._digits(label, 12).upper()}

    def _digits(self, label: str, length: int) -> str:
        """Return hex digits that are a part's own."""
        text = f"{self._sizes.name}/{label}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:length]


def _places(members: Sequence[int], enclosures: int) -> Sequence[Sequence[tuple[int, int]]]:
    """Deal the members of pools out to enclosures in turn, each as (enclosure, slot).

    A pool begins where the one before it ended, so that the halves of mirrors spread too.
    """
    turns = count()
    return [
        [(turn % enclosures, turn // enclosures) for turn in islice(turns, wanted)]
        for wanted in members
    ]
