"""Reports RAID cards with what is on them, and enclosures with what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plugin_runtime.base_resources import Host
from plugin_runtime.plugins.linux_host.facts import HostFacts
from plugin_runtime.plugins.linux_host.hardware import CardVolume, Element, RaidCard, Shelf
from plugin_runtime.plugins.linux_host.hardware_resources import (
    HostEnclosure,
    RaidCardGroup,
    RaidController,
    RaidVolume,
    ShelfElement,
    ShelfFan,
    ShelfPart,
    ShelfPowerSupply,
    UnnamedHostEnclosure,
    UnnamedRaidController,
)
from plugin_runtime.plugins.linux_host.pools import Report
from plugin_runtime.plugins.linux_host.resources import HostDisk
from plugin_runtime.plugins.linux_host.written import valid_wwn
from plugin_runtime.resource import StorageResource
from topology.ingest.correlate import canonical

_TROUBLED = frozenset({"faulty", "rebuilding", "unknown"})
_CONDITIONS = ("UNRECOV", "CRIT", "NON-CRIT", "INFO")
"""What an enclosure may say of itself, worst first."""
_LOCALLY_ASSIGNED = "naa.3"
"""What begins an identifier that any other enclosure may have too (SPC-4, 7.8.6.6.4)."""
_PART_CLASSES: Mapping[str, type[ShelfPart]] = {
    "Cooling": ShelfFan,
    "Power Supply": ShelfPowerSupply,
}


class CardReporter:
    """Reports the RAID cards of one host, whose disks are reported by now."""

    def __init__(self, report: Report, host: Host, disks: Mapping[str, HostDisk]) -> None:
        self._report = report
        self._host = host
        self._disks = disks

    def report_all(self, facts: HostFacts) -> Mapping[str, StorageResource]:
        """Report cards and volumes; return the volumes by the devices as which the host sees them.

        Of a card of which only volumes or disks are told nothing but its name is known.
        """
        told = {one.name: one for one in facts.cards}
        places = {(one.card, one.name): self._disks[one.title] for one in facts.card_disks}
        named = [one.card for one in facts.card_disks] + [one.card for one in facts.card_volumes]
        for name in named:
            told.setdefault(name, RaidCard(name))
        cards = {name: self._card(one) for name, one in told.items()}
        volumes: dict[str, StorageResource] = {}
        for one in facts.card_volumes:
            volume = self._volume(one, cards[one.card], places)
            if one.device:
                volumes[one.device] = volume
        return volumes

    def _card(self, told: RaidCard) -> RaidController:
        values = {
            "name": told.name,
            "model": told.model or None,
            "status": told.state or None,
            "broken": told.has_failed,
            "serial_number": told.serial or None,
        }
        if canonical("serial", told.serial):
            return self._report(RaidController, values, [self._host])
        values["hostname"] = self._host.hostname
        return self._report(UnnamedRaidController, values, [self._host])

    def _volume(
        self,
        told: CardVolume,
        card: RaidController,
        places: Mapping[tuple[str, str], HostDisk],
    ) -> RaidVolume:
        """Report a volume on its groups of disks and its card."""
        parents: list[StorageResource] = []
        disks: list[HostDisk] = []
        groups = told.groups or told.listed
        for number, group in enumerate(groups):
            found = [places[told.card, one] for one in group.disks if (told.card, one) in places]
            span = f"/{number}" if len(groups) > 1 else ""
            values = {
                "hostname": self._host.hostname,
                "name": f"{told.card}/{told.name}{span} {group.level}",
                "raid_level": group.level,
                "members": group.size,
            }
            parents.append(self._report(RaidCardGroup, values, found))
            disks += found
        is_whole = sum(one.size for one in groups) == len(disks)
        is_explained = not is_whole or any(one.raid_state in _TROUBLED for one in disks)
        is_fault = told.state == "failed" or (told.state == "degraded" and not is_explained)
        volume = {
            "hostname": self._host.hostname,
            "volume": f"{told.card}/{told.name}",
            "name": told.title or None,
            "serial_number": told.wwn or None,
            "spans": len(groups) or None,
            "status": told.state,
            "fault": told.state if is_fault else None,
        }
        return self._report(RaidVolume, volume, [*parents, card])


@dataclass(frozen=True, slots=True)
class Bayed:
    """Where a disk is."""

    shelf: HostEnclosure
    slot: int
    status: str | None


class ShelfReporter:
    """Reports the enclosures that one host sees, before their disks."""

    def __init__(self, report: Report, host: Host) -> None:
        self._report = report
        self._host = host

    def report_all(self, shelves: Iterable[Shelf]) -> Mapping[str, Bayed]:
        """Report enclosures and their parts; return the bays by the devices of their disks."""
        return dict(found for one in shelves for found in self._shelf(one))

    def _shelf(self, told: Shelf) -> Iterator[tuple[str, Bayed]]:
        wwn = valid_wwn(told.name)
        is_unique = wwn is not None and not wwn.startswith(_LOCALLY_ASSIGNED)
        held = [bay for bay in told.bays if bay.device]
        values = {
            "name": " ".join(filter(None, (told.vendor, told.model, told.name))),
            "vendor": told.vendor or None,
            "model": told.model or None,
            "wwn": wwn if is_unique else None,
            "bays": len(told.bays),
            "occupied": len(held),
            "condition": next((one for one in _CONDITIONS if one in told.conditions), None),
        }
        parts = [self._part(one, told.name) for one in told.elements]
        if is_unique:
            shelf = self._report(HostEnclosure, values, parts)
        else:
            values["hostname"] = self._host.hostname
            shelf = self._report(UnnamedHostEnclosure, values, parts)
        for bay in held:
            yield bay.device, Bayed(shelf, bay.slot, bay.status or None)

    def _part(self, told: Element, shelf: str) -> ShelfPart:
        part_class = _PART_CLASSES.get(told.kind, ShelfElement)
        values = {"name": f"{shelf} {told.kind} {told.name}", "status": told.status or None}
        if part_class is ShelfElement:
            values["kind"] = told.kind
        return self._report(part_class, values)
