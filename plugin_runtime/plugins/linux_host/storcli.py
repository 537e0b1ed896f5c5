"""Broadcom's RAID cards and their kin (PERC, ServeRAID), as `storcli ... show all J` tells of them.

`/call` tells of cards, drive groups, volumes and disks; `/call/vall` and `/call/eall/sall` add how
volumes and disks are recognised: by NAA identifiers and serial numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from plugin_runtime.plugins.linux_host.fact import RaidState
from plugin_runtime.plugins.linux_host.facts import HostFacts
from plugin_runtime.plugins.linux_host.hardware import (
    CardDisk,
    CardGroup,
    CardVolume,
    RaidCard,
    VolumeState,
)
from plugin_runtime.plugins.linux_host.written import Text, all_json_in, checked, raid_level
from topology.errors import InvalidFile

COMMANDS = tuple(
    ("storcli64", of, "show", "all", "J") for of in ("/call", "/call/vall", "/call/eall/sall")
)
_REMEDY = "capture it anew with 'storcli /call show all J > FILE'"
_DISK_STATES: Mapping[str, RaidState | None] = {
    **dict.fromkeys(("Onln", "Cpybck"), "in_sync"),
    "Rbld": "rebuilding",
    **dict.fromkeys(("GHS", "DHS", "CBShld"), "spare"),
    **dict.fromkeys(("Offln", "UBad", "UBUnsp", "F", "Failed"), "faulty"),
    **dict.fromkeys(("UGood", "UGUnsp", "UGShld", "JBOD", "Sntze"), None),
}
"""By storcli's words; others are not known."""
_VOLUME_STATES: Mapping[str, VolumeState] = {
    "Optl": "optimal",
    **dict.fromkeys(("Dgrd", "Pdgd", "Rec"), "degraded"),
    "OfLn": "failed",
}
_DISK_DETAILS = re.compile(r"Drive /c\d+(?:/e(\d+))?/s(\d+) - Detailed Information")
_VOLUME_DETAILS = re.compile(r"VD(\d+) Properties")
_Values = Mapping[str, Any]
M = TypeVar("M", bound=BaseModel)


def read(text: str, where: str) -> HostFacts:
    """Return cards, disks and volumes. Raises InvalidFile where storcli could tell of no card."""
    found = all_json_in(text, where, _REMEDY)
    answers = [
        answer
        for one in (found.document, *found.others)
        for answer in checked(_Document, one, where, "storcli", _REMEDY).controllers
    ]
    facts = HostFacts(warnings=found.warnings)
    failures = []
    for one in answers:
        if one.status.status != "Success" or not isinstance(one.answer, dict):
            failures.append(one.status.description or one.status.status or "nothing")
        else:
            facts = facts.joined(_card(f"c{one.status.controller}", one.answer))
    if len(failures) == len(answers):
        raise InvalidFile(f"{where} tells of no RAID card: storcli said {failures or 'nothing'}.")
    return facts.joined(
        HostFacts(warnings=tuple(f"{where}: storcli said of a card: {one}" for one in failures))
    )


class _Status(BaseModel):
    controller: int = Field(0, alias="Controller")
    status: Text = Field("", alias="Status")
    description: Text = Field("", alias="Description")


class _Answer(BaseModel):
    status: _Status = Field(
        default_factory=lambda: _Status.model_validate({}), alias="Command Status"
    )
    answer: object = Field(None, alias="Response Data")


class _Document(BaseModel):
    controllers: list[_Answer] = Field(alias="Controllers")


class _Basics(BaseModel):
    model: Text = Field("", alias="Model")
    serial: Text = Field("", alias="Serial Number")


class _Health(BaseModel):
    state: Text = Field("", alias="Controller Status")


class _Row(BaseModel):
    """A row of TOPOLOGY, of PD LIST or of VD LIST; numbers may be a hyphen."""

    group: Text = Field("", alias="DG")
    span: Text = Field("", alias="Arr")
    place: Text = Field("", alias="EID:Slot")
    place_in_list: Text = Field("", alias="EID:Slt")
    volume: Text = Field("", alias="DG/VD")
    kind: Text = Field("", alias="Type")
    level: Text = Field("", alias="TYPE")
    state: Text = Field("", alias="State")
    name: Text = Field("", alias="Name")
    model: Text = Field("", alias="Model")

    @property
    def group_of_volume(self) -> str:
        """The drive group that a volume is on."""
        return self.volume.partition("/")[0]

    @property
    def number(self) -> str:
        """What a volume is called on its card."""
        return self.volume.partition("/")[2]


class _Shape(BaseModel):
    """How many disks a volume has."""

    spans: int = Field(1, alias="Span Depth")
    disks: int = Field(0, alias="Number of Drives Per Span")


_ROWS = TypeAdapter(list[_Row])


def _card(card: str, answer: _Values) -> HostFacts:
    """Return what is told of one card."""
    basics = _part(_Basics, answer.get("Basics"))
    state = _part(_Health, answer.get("Status")).state
    rows = {name: _rows(told) for name, told in answer.items() if isinstance(told, list)}
    listed = (one for of in rows.values() for one in of if one.place_in_list and not one.volume)
    disks = HostFacts(card_disks=tuple(_disk(card, one) for one in listed))
    details = HostFacts(card_disks=tuple(_detailed_disks(card, answer)))
    groups = _groups(rows.get("TOPOLOGY", ()))
    volumes = HostFacts(
        card_volumes=tuple(
            _volume(card, one, groups.get(one.group_of_volume, ()), _members(one, rows, answer))
            for of in rows.values()
            for one in of
            if one.volume
        )
    )
    named = HostFacts(card_volumes=tuple(_detailed_volumes(card, answer)))
    told = RaidCard(card, basics.model, basics.serial, state, _has_failed(state))
    return HostFacts(cards=(told,)).joined(disks).joined(details).joined(volumes).joined(named)


def _disk(card: str, row: _Row) -> CardDisk:
    return CardDisk(
        card,
        row.place_in_list,
        model=row.model,
        slot=_slot(row.place_in_list),
        state=_DISK_STATES.get(row.state, "unknown"),
    )


def _detailed_disks(card: str, answer: _Values) -> Iterator[CardDisk]:
    for title, told in answer.items():
        match = _DISK_DETAILS.fullmatch(title)
        if match is None or not isinstance(told, dict):
            continue
        values = {
            name: one
            for part in told.values()
            if isinstance(part, dict)
            for name, one in part.items()
        }
        place = f"{match[1] or ''}:{match[2]}"
        flag = values.get("S.M.A.R.T alert flagged by drive")
        yield CardDisk(
            card,
            place,
            serial=_text(values.get("SN")),
            wwn=_text(values.get("WWN")),
            vendor=_text(values.get("Manufacturer Id")),
            model=_text(values.get("Model Number")),
            slot=int(match[2]),
            is_predicted=None if flag is None else flag != "No",
        )


def _volume(
    card: str, row: _Row, groups: tuple[CardGroup, ...], listed: tuple[CardGroup, ...]
) -> CardVolume:
    return CardVolume(
        card,
        f"v{row.number}",
        title=row.name,
        state=_VOLUME_STATES.get(row.state, "unknown"),
        groups=groups,
        listed=listed,
    )


def _members(
    volume: _Row, rows: Mapping[str, Iterable[_Row]], answer: _Values
) -> tuple[CardGroup, ...]:
    """Return the disks listed with a volume, as `/call/vall` does, which has no topology.

    Which of them are in which span is not told.
    """
    listed = rows.get(f"PDs for VD {volume.number}", ())
    places = tuple(one.place_in_list for one in listed if one.place_in_list)
    shape = _part(_Shape, answer.get(f"VD{volume.number} Properties"))
    size = max(shape.spans * shape.disks, len(places))
    return (CardGroup(raid_level(volume.level), places, size),) if places else ()


def _detailed_volumes(card: str, answer: _Values) -> Iterator[CardVolume]:
    for title, told in answer.items():
        match = _VOLUME_DETAILS.fullmatch(title)
        if match is not None and isinstance(told, dict):
            device = _text(told.get("OS Drive Name")).removeprefix("/dev/")
            wwn = _text(told.get("SCSI NAA Id"))
            yield CardVolume(
                card, f"v{match[1]}", wwn=wwn, device=device if device.isalnum() else ""
            )


def _groups(topology: Iterable[_Row]) -> Mapping[str, tuple[CardGroup, ...]]:
    """Return of each drive group its spans: of RAID10, 50 and 60 more than one."""
    levels: dict[tuple[str, str], str] = {}
    disks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in topology:
        if row.kind == "DRIVE":
            disks[row.group, row.span].append(row.place)
        elif row.span != "-":
            levels[row.group, row.span] = row.kind
    spans: dict[str, tuple[CardGroup, ...]] = {}
    for (group, span), level in levels.items():
        places = disks[group, span]
        if places:
            there = tuple(one for one in places if any(map(str.isdigit, one)))
            spans[group] = (*spans.get(group, ()), CardGroup(raid_level(level), there, len(places)))
    return spans


def _has_failed(state: str) -> bool | None:
    return state in {"Failed", "Fail"} if state else None


def _slot(place: str) -> int | None:
    slot = place.rpartition(":")[2]
    return int(slot) if slot.isascii() and slot.isdecimal() else None


def _text(said: object) -> str:
    text = str(said or "").strip()
    return "" if text in {"N/A", "NA", "-"} or "\N{REPLACEMENT CHARACTER}" in text else text


def _rows(told: list[object]) -> list[_Row]:
    try:
        return _ROWS.validate_python(told)
    except ValidationError:
        return []


def _part(model: type[M], told: object) -> M:
    try:
        return model.model_validate(told)
    except ValidationError:
        return model()
