"""What a simulated site consists of: every part with its parents, before anything fails.

Pure and deterministic: the same sizes give the same labels, serials and links, so a part keeps its
identity over restarts and while the site grows. Cost: linear in the number of parts.
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

BAYS_A_ROW = 12
RACK_UNITS_A_SHELF = 4
METADATA_SERVERS = ("mds0", "mds1")
SWITCHES = ("switch0", "switch1")
"""Every couplet has its controller 0 on the first and its controller 1 on the second."""


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
    """What a pool is made of."""

    level: str
    disks: int
    of_data: int
    """How many disks' worth of data it holds."""
    disk_bytes: int
    disk_model: str


_RAID6 = _Raid("raid6", 10, 8, 8_001_563_222_016, "ST8000NM0045")
_MIRROR = _Raid("raid1", 2, 1, 1_920_383_410_176, "MZILT1T9HAJQ")


@dataclass(frozen=True, slots=True)
class _Volume:
    """What one target is kept on: a pool with a LUN on it, which two servers reach."""

    raid: _Raid
    target_class: type[StorageResource]
    index: int
    """The target's, within its kind."""
    servers: tuple[str, ...]


def blueprint_of(sizes: Sizes) -> Mapping[str, Part]:
    """Return every part by its label, parents before children."""
    return {part.label: part for part in _Drawing(sizes).parts()}


class _Drawing:
    """Draws one site."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        site = hashlib.blake2b(sizes.name.encode(), digest_size=3).digest()
        self._oui = site.hex()
        self._mgs = f"10.{site[0]}.{site[1]}.10@o2ib"
        self._targets: list[str] = []

    def parts(self) -> Iterator[Part]:
        for name in SWITCHES:
            yield Part(SimulatedSwitch, name, {"name": name, **self._serial(name)})
        oss = range(2 * self._sizes.oss_pairs * self._sizes.couplets)
        for name in (*METADATA_SERVERS, *(f"oss{number}" for number in oss)):
            yield Part(SimulatedServer, name, {"hostname": f"{name}.{self._sizes.name}"})
        for couplet in range(self._sizes.couplets):
            yield from self._couplet(couplet)
        name = self._sizes.name
        yield Part(LustreFilesystem, name, {"mgs": self._mgs, "name": name}, tuple(self._targets))

    def _couplet(self, couplet: int) -> Iterator[Part]:
        name, rack = f"couplet{couplet}", f"rack{couplet}"
        volumes = self._volumes(couplet)
        places = _places(volumes, self._sizes.enclosures)
        slots = 1 + max(slot for of_volume in places for _, slot in of_volume)
        for enclosure in range(self._sizes.enclosures):
            label = f"{name}-enc{enclosure}"
            yield Part(
                SimulatedEnclosure,
                label,
                {
                    "name": label,
                    "rack": rack,
                    "rack_unit": 1 + RACK_UNITS_A_SHELF * enclosure,
                    "rows": -(-slots // BAYS_A_ROW),
                    "columns": BAYS_A_ROW,
                    **self._serial(label),
                },
            )
        controllers = [f"{name}-ctrl{number}" for number in range(len(SWITCHES))]
        for slot, label in enumerate(controllers):
            yield Part(
                SimulatedController, label, {"name": label, "slot": slot, **self._serial(label)}
            )
        for number, (volume, of_volume) in enumerate(zip(volumes, places, strict=True)):
            disks = [self._disk(couplet, place, volume.raid) for place in of_volume]
            yield from disks
            yield from self._volume(name, number, volume, disks, controllers)

    def _volumes(self, couplet: int) -> Sequence[_Volume]:
        """Return the volumes of one couplet: its OSTs, then its share of the metadata."""
        sizes = self._sizes
        volumes = []
        for number in range(sizes.osts):
            first = 2 * (couplet * sizes.oss_pairs + number % sizes.oss_pairs)
            servers = (f"oss{first}", f"oss{first + 1}")
            volumes.append(_Volume(_RAID6, SimulatedOst, couplet * sizes.osts + number, servers))
        if couplet == 0:
            volumes.append(_Volume(_MIRROR, SimulatedMgt, 0, METADATA_SERVERS))
        volumes += [
            _Volume(_MIRROR, SimulatedMdt, index, METADATA_SERVERS)
            for index in range(couplet, sizes.mdts, sizes.couplets)
        ]
        return volumes

    def _disk(self, couplet: int, place: tuple[int, int], raid: _Raid) -> Part:
        enclosure, slot = place
        shelf = f"couplet{couplet}-enc{enclosure}"
        label = f"{shelf}-slot{slot:02}"
        return Part(
            SimulatedDisk,
            label,
            {
                "name": label,
                "slot": slot,
                "capacity": raid.disk_bytes,
                "model": raid.disk_model,
                # NAA 5 (SPC-4, 7.8.6.6.5): the site in place of a vendor, then the place in it.
                "wwn": f"naa.5{self._oui}{couplet:03x}{enclosure:02x}{slot:04x}",
                **self._serial(label),
            },
            parents=(shelf,),
            references={"enclosure": shelf},
        )

    def _volume(
        self,
        couplet: str,
        number: int,
        volume: _Volume,
        disks: Sequence[Part],
        controllers: Sequence[str],
    ) -> Iterator[Part]:
        """Draw one volume from its pool up to its target."""
        pool, lun = f"{couplet}-pool{number}", f"{couplet}-lun{number}"
        size = volume.raid.of_data * volume.raid.disk_bytes
        yield Part(
            SimulatedPool,
            pool,
            {
                "name": pool,
                "raid_level": volume.raid.level,
                "members": volume.raid.disks,
                "size": size,
            },
            tuple(disk.label for disk in disks),
        )
        serial = {"serial_number": f"6{self._oui}{_digits(lun, self._sizes.name, 25)}"}
        yield Part(SimulatedLun, lun, {"name": lun, "size": size, **serial}, (pool, *controllers))
        target, identity = self._target(volume)
        devices = [f"{server}:{target}" for server in volume.servers]
        for server, device in zip(volume.servers, devices, strict=True):
            paths = [f"{server}-{controller}-lun{number}" for controller in controllers]
            for path, controller, switch in zip(paths, controllers, SWITCHES, strict=True):
                yield Part(
                    SimulatedPath,
                    path,
                    {"name": path, "path": f"/dev/disk/by-path/{path}", "size": size},
                    (controller, switch),
                    references={"host": server},
                )
            yield Part(
                SimulatedMultipath,
                device,
                {"name": device, "size": size, **serial},
                (server, *paths),
                references={"host": server},
            )
        self._targets.append(target)
        yield Part(volume.target_class, target, identity, (*volume.servers, *devices))

    def _target(self, volume: _Volume) -> tuple[str, Mapping[str, object]]:
        """Return a target's label and what identifies it."""
        if volume.target_class is SimulatedMgt:
            return f"MGS {self._mgs}", {"mgs": self._mgs}
        name = self._sizes.name
        kind = "MDT" if volume.target_class is SimulatedMdt else "OST"
        identity = {"mgs": self._mgs, "filesystem": name, "index": volume.index}
        return f"{name}-{kind}{volume.index:04x}", identity

    def _serial(self, label: str) -> Mapping[str, object]:
        return {"serial_number": _digits(label, self._sizes.name, 12).upper()}


def _places(volumes: Sequence[_Volume], enclosures: int) -> Sequence[Sequence[tuple[int, int]]]:
    """Deal the disks of each volume out to the enclosures in turn, as (enclosure, slot).

    A volume begins where the one before it ended, so that the halves of mirrors spread too.
    """
    turns = count()
    return [
        [(turn % enclosures, turn // enclosures) for turn in islice(turns, volume.raid.disks)]
        for volume in volumes
    ]


def _digits(label: str, site: str, length: int) -> str:
    """Return hex digits that are a part's own."""
    return hashlib.blake2b(f"{site}/{label}".encode(), digest_size=16).hexdigest()[:length]
