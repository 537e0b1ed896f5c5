"""LVM's volume groups and logical volumes, as its reports in JSON tell them.

`lvm fullreport`, `vgs`, `pvs` and `lvs` write one shape; each leaves out tables and columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from plugin_runtime.plugins.linux_host.facts import HostFacts, LogicalVolume, VolumeGroup
from plugin_runtime.plugins.linux_host.written import (
    all_json_in,
    certain,
    checked,
    whole_number,
)

COMMAND = (
    *("lvm", "fullreport", "--all", "--reportformat", "json"),
    *("--units", "b", "--nosuffix"),
)
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_EXTENT = re.compile(r"(unknown device|[^\s,()]+)[(:][\d-]+\)?")
"""A device and where on it: "/dev/sda2(7136)" in `devices`, "/dev/sda2:0-99" in ranges."""
_LEVELS = re.compile(r"\b(?:raid(?:[01456]|10)|mirror)(?=_|,|$)")
_MISSING = frozenset({"[unknown]", "unknown device"})
"""What LVM calls a physical volume that it does not find."""
_UNSET = frozenset({"", "0", "-1"})
"""What a column holds that tells of something which is not so, with --binary too."""
_HEALTH = {"p": "partial", "r": "refresh needed", "m": "mismatches exist"}
"""What the ninth letter of lv_attr stands for."""

_RAID_LETTERS = "rRmM"
"""First letters of lv_attr of a RAID or mirror; its level is told elsewhere."""


def _cell(said: object) -> str:
    """Return the text of a cell: of a list, as --reportformat json_std writes, with commas."""
    return certain(",".join(map(str, said)) if isinstance(said, list) else said)


_Row = Mapping[str, Annotated[str, BeforeValidator(_cell)]]


def read(text: str, where: str) -> HostFacts:
    """Return groups and volumes. Raises InvalidFile where the JSON is missing or cut short.

    What LVM warns of, before or inside its JSON, becomes a warning here too.
    """
    found = all_json_in(text, where, _REMEDY)
    groups: list[VolumeGroup] = []
    volumes: list[LogicalVolume] = []
    for document in (found.document, *found.others):
        for report in checked(_Document, document, where, "LVM", _REMEDY).report:
            groups += _groups(report)
            volumes += _volumes(report)
    return HostFacts(groups=tuple(groups), volumes=tuple(volumes), warnings=found.warnings)


class _Report(BaseModel):
    """One group's tables in a full report; all groups' rows of one table in others."""

    vg: list[_Row] = []
    pv: list[_Row] = []
    lv: list[_Row] = []
    pvseg: list[_Row] = []
    seg: list[_Row] = []

    def group_of(self, row: _Row) -> str:
        """Return the group a row belongs to: a full report has one, and names it once."""
        return row.get("vg_name") or (self.vg[0].get("vg_name", "") if len(self.vg) == 1 else "")


class _Document(BaseModel):
    report: list[_Report]


def _groups(report: _Report) -> Iterable[VolumeGroup]:
    devices: dict[str, list[str]] = {row["vg_name"]: [] for row in report.vg if row.get("vg_name")}
    for row in report.pv:
        group, device = report.group_of(row), row.get("pv_name", "")
        if not group:
            continue  # a device of no group
        present = devices.setdefault(group, [])
        if device and device not in _MISSING and not _is_missing(row):
            present.append(device)
    told = {row.get("vg_name"): row for row in report.vg}
    for group, present in devices.items():
        rows = sum(report.group_of(row) == group for row in report.pv)
        size = whole_number(told.get(group, {}).get("pv_count"))
        if not rows and not _is_partial(told[group]):
            size = None  # all are there, which these are is not told
        yield VolumeGroup(group, tuple(present), size or rows or None)


def _is_missing(row: _Row) -> bool:
    """A physical volume is missing, or was, and LVM does not use it."""
    return row.get("pv_missing", "") not in _UNSET or row.get("pv_attr", "")[2:3] == "m"


def _is_partial(row: _Row) -> bool:
    """A volume group lacks physical volumes."""
    is_said = any(row.get(one, "") not in _UNSET for one in ("vg_partial", "vg_missing_pv_count"))
    return is_said or row.get("vg_attr", "")[3:4] == "p"


def _volumes(report: _Report) -> Iterable[LogicalVolume]:
    """Yield the volumes; some reports have a row for each segment of one."""
    rows: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in report.lv:
        group = row.get("vg_name") or row.get("lv_full_name", "").partition("/")[0]
        name = row.get("lv_name", "").strip("[]")
        if name and (group := group or report.group_of(row)):
            rows[group, name].append(row)
    devices = {row["pv_uuid"]: row.get("pv_name", "") for row in report.pv if row.get("pv_uuid")}
    for (group, name), own in rows.items():
        uuids = {row["lv_uuid"] for row in own if row.get("lv_uuid")}
        told = [*own, *(row for row in report.seg if row.get("lv_uuid") in uuids)]
        level = next((found[0] for row in told if (found := _LEVELS.search(_type(row)))), "")
        lies_on = [
            *(one for row in told for one in _EXTENT.findall(row.get("devices", ""))),
            *(one for row in told for one in _EXTENT.findall(row.get("seg_pe_ranges", ""))),
            *(
                devices.get(row.get("pv_uuid", ""), "")
                for row in report.pvseg
                if row.get("lv_uuid") in uuids
            ),
            *(one for row in own for one in _pools(row) if (group, one) in rows),
        ]
        if level and not any(lies_on):
            lies_on = [one for of, one in rows if of == group and one.startswith(_images(name))]
        names = dict.fromkeys(one if one in _MISSING else one.strip("[]") for one in lies_on)
        health = next(filter(None, map(_health, own)), "")
        if health and not level and own[0].get("lv_attr", "-")[0] in _RAID_LETTERS:
            health = f"{health} in a RAID"
        yield LogicalVolume(
            group=group,
            name=name,
            level="" if level == "raid0" else level,
            size_bytes=next((n for row in own if (n := whole_number(row.get("lv_size")))), None),
            devices=tuple(one for one in names if one and one not in _MISSING),
            size=next((n for row in told if (n := whole_number(row.get("stripes")))), None),
            health=health,
            lacks_data=any(map(_lacks_data, own)) or (level != "" and any(map(_is_copied, own))),
        )


def _pools(row: _Row) -> Iterable[str]:
    """Return the hidden volumes beside its devices that a thin or cached volume needs."""
    return [row.get(one, "").strip("[]") for one in ("pool_lv", "metadata_lv")]


def _health(row: _Row) -> str:
    """Return what is wrong with a volume."""
    return row.get("lv_health_status") or _HEALTH.get(row.get("lv_attr", "")[8:9], "")


def _lacks_data(row: _Row) -> bool:
    """An active image of a RAID is being filled, or needs what was written while it was gone."""
    attributes = row.get("lv_attr", "")
    is_unsynced = attributes[:1] == "I" and attributes[4:5] == "a"
    return is_unsynced or _health(row) == "refresh needed"


def _is_copied(row: _Row) -> bool:
    """A RAID is being filled, or its images are made equal."""
    percents = (row.get(one, "") for one in ("copy_percent", "sync_percent"))
    return any(one not in ("", "100") and not one.startswith("100.") for one in percents)


def _images(name: str) -> tuple[str, str]:
    """Return how the hidden volumes begin that hold the data of a volume with a level."""
    return (f"{name}_rimage_", f"{name}_mimage_")


def _type(row: _Row) -> str:
    """Return what kind of segment a row tells of, its layout where it does not say."""
    return row.get("segtype") or row.get("lv_layout", "")
