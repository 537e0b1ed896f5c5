"""LVM's volume groups and logical volumes, as its reports in JSON tell them.

`lvm fullreport`, `vgs`, `pvs` and `lvs` write one shape; each leaves out tables and columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from plugin_runtime.plugins.linux_host.facts import HostFacts, LogicalVolume, VolumeGroup
from plugin_runtime.plugins.linux_host.written import Text, checked, json_in, whole_number

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
_Row = Mapping[str, Text]


def read(text: str, where: str) -> HostFacts:
    """Return groups and volumes. Raises InvalidFile where the JSON is missing or cut short.

    What LVM warns of, before or inside its JSON, becomes a warning here too.
    """
    found = json_in(text, where, _REMEDY)
    document = checked(_Document, found.document, where, "LVM", _REMEDY)
    groups: list[VolumeGroup] = []
    volumes: list[LogicalVolume] = []
    for report in document.report:
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
        if device and device not in _MISSING and not row.get("pv_missing"):
            present.append(device)
    sizes = {row.get("vg_name"): whole_number(row.get("pv_count")) for row in report.vg}
    for group, present in devices.items():
        rows = sum(report.group_of(row) == group for row in report.pv)
        yield VolumeGroup(group, tuple(present), sizes.get(group) or rows or None)


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
        ]
        if level and not lies_on:
            lies_on = [one for of, one in rows if of == group and one.startswith(_images(name))]
        yield LogicalVolume(
            group=group,
            name=name,
            level="" if level == "raid0" else level,
            size_bytes=next((n for row in own if (n := whole_number(row.get("lv_size")))), None),
            devices=tuple(one for one in dict.fromkeys(lies_on) if one and one not in _MISSING),
            size=next((n for row in told if (n := whole_number(row.get("stripes")))), None),
            health=next(
                (row["lv_health_status"] for row in own if row.get("lv_health_status")), ""
            ),
        )


def _images(name: str) -> tuple[str, str]:
    """Return how the hidden volumes begin that hold the data of a volume with a level."""
    return (f"{name}_rimage_", f"{name}_mimage_")


def _type(row: _Row) -> str:
    """Return what kind of segment a row tells of, its layout where it does not say."""
    return row.get("segtype") or row.get("lv_layout", "")
