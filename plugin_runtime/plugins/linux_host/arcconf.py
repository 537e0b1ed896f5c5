"""Adaptec's RAID cards, as `arcconf getconfig 1` tells of them, whole or its LD or PD part alone.

It writes text alone, in sections of "name : value" lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from plugin_runtime.plugins.linux_host.fact import RaidState
from plugin_runtime.plugins.linux_host.facts import HostFacts
from plugin_runtime.plugins.linux_host.hardware import (
    CardDisk,
    CardGroup,
    CardVolume,
    RaidCard,
    VolumeState,
)
from plugin_runtime.plugins.linux_host.written import certain, raid_level
from topology.errors import InvalidFile

COMMAND = ("arcconf", "getconfig", "1")
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
CARD = "adaptec"
"""The name of the card: its own outputs do not number it."""
_VOLUME = re.compile(r"\s*Logical [Dd]evice number (?P<number>\d+)\s*")
_DISK = re.compile(r"\s*Device #(?P<number>\d+)\s*")
_VALUE = re.compile(r"\s+(?P<name>\S[^:]*?)\s+: (?P<value>.*)")
_SEGMENT = re.compile(r"Group (?P<group>\d+), Segment (?P<segment>\d+)|Segment (?P<alone>\d+)")
_PLACE = re.compile(r"(?:Connector|Enclosure)[ :]*(\d+),\s*(?:Device|Slot)[ :]*(\d+)")
_SERIAL = re.compile(r"\)\s*(\S+)\s*$")
_DISK_STATES: Mapping[str, RaidState | None] = {
    "Online": "in_sync",
    "Rebuilding": "rebuilding",
    **dict.fromkeys(("Failed", "Missing", "Offline"), "faulty"),
    **dict.fromkeys(("Hot Spare", "Hot-Spare", "Dedicated Hot-Spare", "Global Hot-Spare"), "spare"),
    **dict.fromkeys(("Ready", "Raw (Pass Through)", "Available"), None),
}
_SEGMENT_STATES: Mapping[str, RaidState] = {
    "Present": "in_sync",
    "Rebuilding": "rebuilding",
    **dict.fromkeys(("Inconsistent", "Missing", "Failed"), "faulty"),
}
_VOLUME_STATES: Mapping[str, VolumeState] = {
    "Optimal": "optimal",
    **dict.fromkeys(
        ("Degraded", "Suboptimal", "Sub-Optimal", "Impacted", "Rebuilding"), "degraded"
    ),
    **dict.fromkeys(("Failed", "Offline", "Dead"), "failed"),
}


def read(text: str, where: str) -> HostFacts:
    """Return the card, disks and volumes. Raises InvalidFile where it tells of none.

    A disk or volume whose status is not told, as at the end of a text that was cut short, is
    unknown.
    """
    parts = list(_parts(text))
    values = next((told for kind, _, told in parts if kind == "card"), {})
    disks = [_disk(told) for kind, _, told in parts if kind == "disk" and _place(told)]
    volumes = [(number, told) for kind, number, told in parts if kind == "volume"]
    if not (disks or volumes or values.get("Controller Status")):
        raise InvalidFile(f"{where} tells of no disk or volume of an Adaptec card; {_REMEDY}.")
    state = values.get("Controller Status", "")
    card = RaidCard(
        CARD,
        values.get("Controller Model", ""),
        values.get("Controller Serial Number", ""),
        state,
        state == "Failed" if state else None,
    )
    segments = [disk for _, told in volumes for disk in _segment_disks(told)]
    whole = text.rstrip().endswith("successfully.") or text.endswith("\n")
    warnings = () if whole else (f"{where} is cut short; {_REMEDY}.",)
    return HostFacts(
        cards=(card,), card_disks=tuple(disks), warnings=warnings, is_partial=not whole
    ).joined(
        HostFacts(
            card_disks=tuple(segments),
            card_volumes=tuple(_volume(number, told) for number, told in volumes),
        )
    )


def _parts(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield card, volumes and disks: what each is, its number, and its values by name."""
    values: dict[str, str] = {}
    yield "card", "", values
    for line in text.splitlines():
        if match := _VOLUME.fullmatch(line):
            values = {}
            yield "volume", match["number"], values
        elif match := _DISK.fullmatch(line):
            values = {}
            yield "disk", match["number"], values
        elif match := _VALUE.fullmatch(line):
            values.setdefault(match["name"], certain(match["value"]))


def _place(told: Mapping[str, str]) -> str:
    """Return where a disk is; empty for what is none, as an enclosure's processor."""
    match = _PLACE.search(told.get("Reported Location", ""))
    return f"{match[1]}:{match[2]}" if match else ""


def _disk(told: Mapping[str, str]) -> CardDisk:
    place = _place(told)
    warned = told.get("S.M.A.R.T. warnings", "")
    return CardDisk(
        CARD,
        place,
        serial=told.get("Serial number", ""),
        wwn=told.get("World-wide name", ""),
        vendor=told.get("Vendor", ""),
        model=told.get("Model", ""),
        slot=int(place.rpartition(":")[2]),
        state=_DISK_STATES.get(told.get("State", ""), "unknown"),
        is_predicted=int(warned) > 0 if warned.isascii() and warned.isdecimal() else None,
    )


def _segments(told: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield of each segment of a volume its group, its state and where its disk is, if it is."""
    for name, value in told.items():
        if match := _SEGMENT.fullmatch(name):
            place = _PLACE.search(value)
            state = value.partition(" ")[0].partition("(")[0]
            yield match["group"] or "", state, f"{place[1]}:{place[2]}" if place else ""


def _segment_disks(told: Mapping[str, str]) -> Iterator[CardDisk]:
    """Yield the disks that a volume names."""
    for name, value in told.items():
        place = _PLACE.search(value) if _SEGMENT.fullmatch(name) else None
        if place is not None:
            serial = _SERIAL.search(value)
            state = value.partition(" ")[0].partition("(")[0]
            yield CardDisk(
                CARD,
                f"{place[1]}:{place[2]}",
                serial=serial[1] if serial else "",
                slot=int(place[2]),
                state=_SEGMENT_STATES.get(state, "unknown"),
            )


def _volume(number: str, told: Mapping[str, str]) -> CardVolume:
    places: dict[str, list[str]] = defaultdict(list)
    for group, _, place in _segments(told):
        places[group].append(place)
    level = raid_level(told.get("RAID level", ""))
    inner = {"raid10": "raid1", "raid50": "raid5", "raid60": "raid6"}.get(level)
    if not inner or len(places) < 2:
        inner, places = level, {"": [one for of in places.values() for one in of]}
    status = told.get("Status of Logical Device", told.get("Status of logical device", ""))
    device = told.get("Disk Name", "").partition(" ")[0].removeprefix("/dev/")
    return CardVolume(
        CARD,
        f"LD {number}",
        title=told.get("Logical Device name", told.get("Logical device name", "")),
        state=_VOLUME_STATES.get(status, "unknown"),
        wwn=told.get("Volume Unique Identifier", ""),
        device=device if device.isalnum() else "",
        groups=tuple(
            CardGroup(inner, tuple(filter(None, of)), len(of)) for of in places.values() if of
        ),
    )
