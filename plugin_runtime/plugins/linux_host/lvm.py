"""LVM's volume groups and logical volumes, as its reports in JSON tell them.

`lvm fullreport`, `vgs`, `pvs` and `lvs` write one shape; each leaves out tables and columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from plugin_runtime.plugins.linux_host.facts import HostFacts, LogicalVolume, VolumeGroup
from plugin_runtime.plugins.linux_host.written import Text, checked, exact_bytes, json_in

COMMAND = (
    *("lvm", "fullreport", "--all", "--reportformat", "json"),
    *("--units", "b", "--nosuffix"),
)
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_EXTENT = re.compile(r"([^\s,()]+)[(:][\d-]+\)?")
"""A device and where on it: "/dev/sda2(7136)" in `devices`, "/dev/sda2:0-99" in ranges."""
_LEVELS = re.compile(r"(?:raid(?:[01456]|10)|mirror)(?=_|$)")
_MISSING = "unknown"
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
        if device and _MISSING not in device and not row.get("pv_missing"):
            present.append(device)
    sizes = {row.get("vg_name"): exact_bytes(row.get("pv_count")) for row in report.vg}
    for group, present in devices.items():
        rows = sum(report.group_of(row) == group for row in report.pv)
        yield VolumeGroup(group, tuple(present), sizes.get(group) or rows or None)


def _volumes(report: _Report) -> Iterable[LogicalVolume]:
    segments: dict[str, list[_Row]] = defaultdict(list)
    for row in report.seg:
        segments[row.get("lv_uuid", "") or row.get("lv_full_name", "")].append(row)
    names = {row["pv_uuid"]: row.get("pv_name", "") for row in report.pv if row.get("pv_uuid")}
    extents: dict[str, list[str]] = defaultdict(list)
    for row in report.pvseg:
        extents[row.get("lv_uuid", "")].append(names.get(row.get("pv_uuid", ""), ""))
    for row in report.lv:
        group = row.get("vg_name") or row.get("lv_full_name", "").partition("/")[0]
        group, name = group or report.group_of(row), row.get("lv_name", "").strip("[]")
        if not group or not name:
            continue
        uuid = row.get("lv_uuid", "")
        own = [row, *segments[uuid], *segments[row.get("lv_full_name", "")]]
        level = next((found[0] for one in own if (found := _LEVELS.match(_type(one)))), "")
        devices = dict.fromkeys(
            device
            for one in own
            for column in ("devices", "seg_pe_ranges")
            for device in _EXTENT.findall(one.get(column, ""))
        ) or dict.fromkeys(extents[uuid])
        yield LogicalVolume(
            group=group,
            name=name,
            level="" if level == "raid0" else level,
            size_bytes=exact_bytes(row.get("lv_size")),
            devices=tuple(one for one in devices if one),
            size=next((n for one in own if (n := exact_bytes(one.get("stripes")))), None),
            health=row.get("lv_health_status", ""),
        )


def _type(row: _Row) -> str:
    """Return what kind of segment a row tells of, its layout where it does not say."""
    return row.get("segtype") or row.get("lv_layout", "").replace(",", "_")
