"""What a simulated site consists of: every part with its parents, before anything fails.

Pure and deterministic: the same sizes give the same labels, serials and links, so a part keeps its
identity over restarts and while the site grows. Cost: linear in the number of parts. Labels are::

    switch0  oss3  mds1  couplet0-ctrl1  couplet0-enc4  couplet0-enc4-slot07
    couplet0-pool2  couplet0-lun2  oss1-couplet0-ctrl0-lun2  oss1:scratch-OST0002  scratch-OST0002
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
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
from plugin_runtime.plugins.simulated_site.sizes import Couplet, Raid, Sizes, Store, TargetKind
from plugin_runtime.resource import StorageResource

SWITCHES = ("switch0", "switch1")
"""Every couplet has its controller 0 on the first and its controller 1 on the second."""
BAYS_A_ROW = 12
RACK_UNITS_A_SHELF = 4


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
class _Pool:
    """Where LUNs are made from."""

    label: str
    raid: Raid
    places: Sequence[tuple[int, int]]
    """Of its disks, as (enclosure, slot)."""


_TARGET_CLASSES: Mapping[TargetKind, type[StorageResource]] = {
    "OST": SimulatedOst,
    "MGT": SimulatedMgt,
    "MDT": SimulatedMdt,
}


def blueprint_of(sizes: Sizes) -> Mapping[str, Part]:
    """Return every part by its label, parents before children."""
    return {part.label: part for part in _Drawing(sizes).parts()}


class _Drawing:
    """Draws one site."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._site = hashlib.blake2b(sizes.name.encode(), digest_size=3).digest()
        self._vendor = self._site.hex()  # where a WWN has the vendor's OUI
        self._indices: dict[tuple[str, TargetKind], count[int]] = defaultdict(count)
        self._targets: dict[str, list[str]] = {name: [] for name in sizes.filesystems}

    def parts(self) -> Iterator[Part]:
        for label in SWITCHES:
            yield Part(SimulatedSwitch, label, {"name": label, **self._serial(label)})
        for label in self._sizes.servers:
            yield Part(SimulatedServer, label, {"hostname": f"{label}.{self._sizes.name}"})
        for number, couplet in enumerate(self._sizes.couplets):
            yield from self._couplet(number, couplet)
        for name, targets in self._targets.items():
            identity = {"mgs": self._mgs(name), "name": name}
            yield Part(LustreFilesystem, name, identity, tuple(targets))

    def _mgs(self, filesystem: str) -> str:
        """Return the NID of a filesystem's MGS."""
        number = self._sizes.filesystems.index(filesystem)
        return f"10.{self._site[0]}.{self._site[1]}.{10 + number}@o2ib"

    def _couplet(self, number: int, couplet: Couplet) -> Iterator[Part]:
        """Draw enclosures and controllers, then pools and targets, each before what it carries."""
        name = f"couplet{number}"
        own_pools = [
            (one, one.raid) for one in couplet.stores if one.raid for _ in range(one.pools)
        ]
        places = _places([raid.members for _, raid in own_pools], couplet.enclosures)
        slots = 1 + max(slot for of_pool in places for _, slot in of_pool)
        for enclosure in range(couplet.enclosures):
            label = f"{name}-enc{enclosure}"
            attributes = {
                "name": label,
                "rack": f"rack{number}",
                "rack_unit": 1 + RACK_UNITS_A_SHELF * enclosure,
                "rows": -(-slots // BAYS_A_ROW),
                "columns": BAYS_A_ROW,
            }
            yield Part(SimulatedEnclosure, label, attributes | self._serial(label))
        controllers = [f"{name}-ctrl{slot}" for slot in range(len(SWITCHES))]
        for slot, label in enumerate(controllers):
            attributes = {"name": label, "slot": slot}
            yield Part(SimulatedController, label, attributes | self._serial(label))
        pools: list[_Pool] = []
        luns = count()
        for store in couplet.stores:
            used = pools
            if store.raid:
                begun = len(pools)
                used = [
                    _Pool(f"{name}-pool{at}", store.raid, places[at])
                    for at in range(begun, begun + store.pools)
                ]
                pools += used
            for target in range(store.targets):
                pool = used[target % len(used)]
                if store.raid and target < len(used):
                    yield from self._pool(number, pool)
                servers = store.pairs[target % len(store.pairs)]
                yield from self._volume(
                    f"{name}-lun{next(luns)}", pool, controllers, servers, store
                )

    def _pool(self, couplet: int, pool: _Pool) -> Iterator[Part]:
        """Draw a pool on its disks."""
        disks = [self._disk(couplet, place, pool.raid) for place in pool.places]
        yield from disks
        attributes = {
            "name": pool.label,
            "raid_level": pool.raid.level,
            "members": pool.raid.members,
            "size": pool.raid.size_bytes,
        }
        yield Part(SimulatedPool, pool.label, attributes, tuple(one.label for one in disks))

    def _target(self, store: Store) -> tuple[str, dict[str, object]]:
        """Return the label and identity of the next target of a store."""
        mgs = self._mgs(store.filesystem)
        if store.kind == "MGT":
            return f"MGS {mgs}", {"mgs": mgs}
        index = next(self._indices[store.filesystem, store.kind])
        identity = {"mgs": mgs, "filesystem": store.filesystem, "index": index}
        return f"{store.filesystem}-{store.kind}{index:04x}", identity

    def _disk(self, couplet: int, place: tuple[int, int], raid: Raid) -> Part:
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
        self,
        lun: str,
        pool: _Pool,
        controllers: Sequence[str],
        servers: Sequence[str],
        store: Store,
    ) -> Iterator[Part]:
        """Draw a LUN, the paths and device of each server, and the target on it."""
        target, identity = self._target(store)
        # NAA 6 (SPC-4, 7.8.6.6.6): a vendor, then 100 bits of its own.
        drive: dict[str, object] = {
            "serial_number": f"6{self._vendor}{self._digits(lun, 25)}",
            "size": pool.raid.size_bytes,
        }
        yield Part(SimulatedLun, lun, {"name": lun, **drive}, (pool.label, *controllers))
        devices = []
        for server in servers:
            paths = [f"{server}-{controller}-{_short(lun)}" for controller in controllers]
            for path, *through in zip(paths, controllers, SWITCHES, strict=True):
                attributes = {"name": path, "path": f"/dev/disk/by-path/{path}"}
                yield Part(SimulatedPath, path, attributes, tuple(through), {"host": server})
            device = f"{server}:{target}"
            yield Part(
                SimulatedMultipath,
                device,
                {"name": device, **drive},
                (server, *paths),
                {"host": server},
            )
            devices.append(device)
        identity["servers"] = len(servers)
        yield Part(_TARGET_CLASSES[store.kind], target, identity, (*servers, *devices))
        self._targets[store.filesystem].append(target)

    def _serial(self, label: str) -> dict[str, object]:
        return {"serial_number": self._digits(label, 12).upper()}

    def _digits(self, label: str, length: int) -> str:
        """Return hex digits that are a part's own."""
        text = f"{self._sizes.name}/{label}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:length]


def _short(lun: str) -> str:
    """Return what a LUN is called within its couplet."""
    return lun.rpartition("-")[2]


def _places(members: Sequence[int], enclosures: int) -> Sequence[Sequence[tuple[int, int]]]:
    """Deal the members of pools out to enclosures in turn, each as (enclosure, slot).

    A pool begins where the one before it ended, so that the halves of mirrors spread too.
    """
    turns = count()
    return [
        [(turn % enclosures, turn // enclosures) for turn in islice(turns, wanted)]
        for wanted in members
    ]
