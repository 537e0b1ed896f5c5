"""HPE's Smart Array cards, as `ssacli ctrl all show config detail` tells of them.

It writes text alone, indented; what is read of it here::

    Smart Array P440ar in Slot 0 (Embedded)
       Controller Status: OK
       Array: A
          Logical Drive: 1
             Fault Tolerance: 5
             Unique Identifier: 600508B1001C158B69C0104DA29E6FF7
             Disk Name: /dev/sda
          physicaldrive 1I:1:1
             Status: OK
             Drive Type: Data Drive
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from plugin_runtime.plugins.linux_host.fact import RaidState
from plugin_runtime.plugins.linux_host.facts import HostFacts
from plugin_runtime.plugins.linux_host.hardware import (
    CardDisk,
    CardGroup,
    CardVolume,
    RaidCard,
    VolumeState,
)
from plugin_runtime.plugins.linux_host.ssacli_short import in_detail
from plugin_runtime.plugins.linux_host.written import certain, raid_level
from topology.errors import InvalidFile

COMMAND = ("ssacli", "ctrl", "all", "show", "config", "detail")
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_CARD = re.compile(r"(?P<model>\S.*?) in Slot (?P<slot>\w+)(?: .*)?")
_DISK = re.compile(r"\s*physicaldrive (?P<place>\S+)\s*")
_LISTED = re.compile(r"\s*physicaldrive (?P<place>\S+) \(.*\)\s*")
_HEAD = re.compile(
    r"\s*(?P<kind>Array|Logical Drive): (?P<name>\S+)\s*|\s*(?P<others>[Uu]nassigned)\s*"
)
_SPAN = re.compile(r"\s*(?P<kind>Mirror|Parity) Group (?P<number>\d+):?\s*")
_VALUE = re.compile(r"\s+(?P<name>[^:]+?)\s*: ?(?P<value>.*)")
_VOLUME_STATES: Mapping[str, VolumeState] = {"OK": "optimal", "Failed": "failed"}
"""By the first words of its status; all others that are known mean degraded."""
_DEGRADED = re.compile(
    r"Interim Recovery|Ready for Rebuild|Recovering|Rebuilding|Transforming|Expand"
)


@dataclass(slots=True)
class _Part:
    """A card, array, volume or disk while it is read: its values and what is listed in it."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    spans: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    volumes: list[_Part] = field(default_factory=list)
    disks: list[_Part] = field(default_factory=list)


@dataclass(slots=True)
class _Card(_Part):
    model: str = ""
    listed: set[str] = field(default_factory=set)
    arrays: list[_Part] = field(default_factory=list)


def read(text: str, where: str) -> HostFacts:
    """Return cards, disks and volumes.

    Where a disk that is listed is not told of in full, or the last array has none, the text was cut
    short: that array may have more disks than are told, so its volumes are left out. Raises
    InvalidFile without a card.
    """
    cards = list(_cards(in_detail(text)))
    if not cards:
        raise InvalidFile(f"{where} tells of no Smart Array card; {_REMEDY}.")
    facts = HostFacts()
    for card in cards:
        told = {disk.name for array in (card, *card.arrays) for disk in array.disks}
        untold = sorted(card.listed - told)
        warnings: tuple[str, ...] = ()
        is_empty = bool(card.arrays) and not card.arrays[-1].disks
        if untold or is_empty:
            left_out = f", so array {card.arrays[-1].name} is left out" if card.arrays else ""
            nothing = f"of disk {untold[0]}" if untold else "of the disks of its last array"
            warnings = (f"{where} tells nothing {nothing}{left_out}; {_REMEDY}.",)
            del card.arrays[-1:]
        facts = facts.joined(_facts(card)).joined(
            HostFacts(warnings=warnings, is_partial=bool(warnings))
        )
    return facts


def _cards(text: str) -> Iterator[_Card]:
    """Yield the cards of a text."""
    card = _Card("")
    part: _Part = card
    span: list[str] | None = None
    for line in text.splitlines():
        if head := _CARD.fullmatch(line):
            card = _Card(f"slot {head['slot']}", model=certain(head["model"]))
            part, span = card, None
            array: _Part = card
            yield card
        elif not card.name:
            continue
        elif listed := _LISTED.fullmatch(line):
            card.listed.add(listed["place"])
            if span is not None:
                span.append(listed["place"])
        elif disk := _DISK.fullmatch(line):
            part, span = _Part(disk["place"]), None
            array.disks.append(part)
        elif named := _HEAD.fullmatch(line):
            span = None
            part = _Part(named["name"] or "")
            if named["kind"] == "Logical Drive":
                array.volumes.append(part)
            elif named["kind"] == "Array":
                array = part
                card.arrays.append(array)
            else:
                array = part = card
        elif spanned := _SPAN.fullmatch(line):
            span = part.spans.setdefault((spanned["kind"], spanned["number"]), [])
        elif value := _VALUE.fullmatch(line):
            span = None
            part.values.setdefault(value["name"], certain(value["value"]))


def _facts(card: _Card) -> HostFacts:
    state = card.values.get("Controller Status", "")
    disks = [disk for array in (card, *card.arrays) for disk in array.disks]
    return HostFacts(
        cards=(
            RaidCard(
                card.name,
                card.model,
                card.values.get("Serial Number", ""),
                state,
                state == "Failed" if state else None,
            ),
        ),
        card_disks=tuple(_disk(card, one) for one in disks),
        card_volumes=tuple(
            _volume(card, array, one) for array in card.arrays for one in array.volumes
        ),
    )


def _disk(card: _Card, told: _Part) -> CardDisk:
    status, kind = told.values.get("Status", ""), told.values.get("Drive Type", "")
    bay = told.values.get("Bay", "")
    return CardDisk(
        card.name,
        told.name,
        serial=told.values.get("Serial Number", ""),
        wwn=told.values.get("WWID", ""),
        model=" ".join(told.values.get("Model", "").split()),
        slot=int(bay) if bay.isascii() and bay.isdecimal() else None,
        state=_disk_state(status, kind),
        is_predicted="Predictive Failure" in status if status else None,
    )


def _disk_state(status: str, kind: str) -> RaidState | None:
    if status.startswith("Failed"):
        return "faulty"
    if "Rebuilding" in status:
        return "rebuilding"
    if not (status == "OK" or status.startswith("Predictive Failure")):
        return "unknown"
    if "Spare" in kind:
        return "spare"
    return "in_sync" if kind == "Data Drive" else None


def _volume(card: _Card, array: _Part, told: _Part) -> CardVolume:
    members = [one.name for one in array.disks if "Spare" not in one.values.get("Drive Type", "")]
    level = raid_level(told.values.get("Fault Tolerance", ""))
    # The two groups of a mirror are its halves; which disk mirrors which is not told.
    parity = [places for (kind, _), places in told.spans.items() if kind == "Parity"]
    inner = {"raid50": "raid5", "raid60": "raid6"}.get(level)
    groups = [(inner, one) for one in parity] if inner and parity else [(level, members)]
    status = told.values.get("Status", "")
    device = told.values.get("Disk Name", "").removeprefix("/dev/")
    degraded: VolumeState = "degraded" if _DEGRADED.match(status) else "unknown"
    return CardVolume(
        card.name,
        f"logicaldrive {told.name}",
        state=_VOLUME_STATES.get(status, degraded),
        wwn=told.values.get("Unique Identifier", ""),
        device=device if device.isalnum() else "",
        groups=tuple(CardGroup(of, tuple(disks), len(disks)) for of, disks in groups if disks),
    )
