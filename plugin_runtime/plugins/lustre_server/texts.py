"""Every other format in which a server tells of itself; each is recognised by its content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from plugin_runtime.plugins.linux_host import lsblk
from plugin_runtime.plugins.linux_host.facts import MULTIPATH
from plugin_runtime.plugins.lustre_server.capture import (
    BlockDevice,
    Capture,
    DeviceLabel,
    LdevLine,
    LustreMount,
    Nid,
    ObdDevice,
)
from plugin_runtime.plugins.lustre_server.pacemaker import cluster_of
from plugin_runtime.plugins.lustre_server.parameters import TARGET, parameters_of
from topology.errors import InvalidFile

_OBD_DEVICE = re.compile(r"\s*\d+\s+([A-Z]{2}|--)\s+(\S+)\s+(\S+)\s+\S+\s+-?\d+(?:\s+\S+)?\s*")
"""With -t it tells of imports whom they are connected to, too."""
_LSBLK = re.compile(lsblk.SIGNATURE, re.MULTILINE)
_BLKID = re.compile(r"(/[^\s\ufffd]+):((?:\s+\w+=\"[^\"]*\")+)\s*")
_BLKID_TAG = re.compile(r"(\w+)=\"([^\"]*)\"")
_MOUNT = re.compile(r"(\S+) (\S+) (\S+) (\S+) \d+ \d+")
_LDEV = re.compile(rf"(\S+)\s+(\S+)\s+(MGS|{TARGET})\s+(?:md:|zfs:)?(\S+)(?:\s+\S+){{0,2}}\s*")
FULL_HEALTH = 1000
"""LNet's health value of an interface without errors."""
_BY_LABEL = "/dev/disk/by-label/"
_SHOWN_LINES = 3


def capture_of(text: str, where: str) -> Capture | None:
    """Return what a text tells, None where it is of no known format. `where` names it."""
    recognised = (recognise(text, where) for recognise in _FORMATS)
    return next((one for one in recognised if one is not None), None)


def obd_devices_of(text: str, where: str) -> Capture | None:
    """Return what `lctl dl` printed."""
    matches, warnings = _lines(_OBD_DEVICE, text, where)
    devices = tuple(ObdDevice(one[1], one[2], one[3]) for one in matches)
    return Capture(obd_devices=devices, warnings=warnings) if devices else None


def labels_of(text: str, where: str) -> Capture | None:
    """Return the filesystem labels that blkid printed."""
    matches, warnings = _lines(_BLKID, text, where)
    found = [(one[1], dict(_BLKID_TAG.findall(one[2]))) for one in matches]
    labels = tuple(DeviceLabel(path, tags["LABEL"]) for path, tags in found if "LABEL" in tags)
    return Capture(labels=labels, warnings=warnings) if matches else None


def mounts_of(text: str, where: str) -> Capture | None:
    """Return the Lustre mounts in the text of /proc/mounts."""
    matches, warnings = _lines(_MOUNT, text, where)
    mounts = tuple(
        LustreMount(one[1], one[2], _options(one[4])) for one in matches if one[3] == "lustre"
    )
    return Capture(mounts=mounts, warnings=warnings) if matches else None


def ldev_of(text: str, where: str) -> Capture | None:
    """Return the lines of ldev.conf."""
    matches, warnings = _lines(_LDEV, text, where)
    lines = tuple(
        LdevLine(tuple(name for name in one.group(1, 2) if name != "-"), one[3], one[4])
        for one in matches
    )
    return Capture(ldev=lines, warnings=warnings) if lines else None


def nids_of(text: str, where: str) -> Capture | None:
    """Return the interfaces that `lnetctl net show -v` printed, loopback left out."""
    begin = re.search(r"^net:\s*$", text, re.MULTILINE)
    if begin is None:
        return None
    try:
        shown = _LnetShown.model_validate(yaml.safe_load(text[begin.start() :]))
    except (yaml.YAMLError, ValidationError, RecursionError):
        return Capture(warnings=(f"{where} is no whole output of `lnetctl net show`",))
    nids = tuple(
        Nid(one.nid, one.status, next(iter(one.interfaces.values()), ""), one.health)
        for net in shown.net
        for one in net.interfaces
        if one.nid.isprintable() and not one.nid.endswith("@lo")
    )
    return Capture(nids=nids)


def device_tree_of(text: str, where: str) -> Capture | None:
    """Return block devices, labels and mounts of a device tree in JSON."""
    begin = re.search(r"^\s*\{", text, re.MULTILINE)
    if begin is None:
        return None
    try:
        tree, _ = json.JSONDecoder().raw_decode(text, begin.end() - 1)
    except (json.JSONDecodeError, RecursionError):
        return Capture(warnings=(f"{where} is cut short or damaged JSON",))
    if "Root" not in tree:
        return None
    devices: dict[tuple[str, ...], BlockDevice] = {}
    labels: dict[DeviceLabel, None] = {}
    mounts: list[LustreMount] = []
    for one in _devices_in(tree):
        paths = tuple(path for path in one["paths"] if isinstance(path, str))
        if not paths:
            continue
        serial, name = (_text(one.get(key)) for key in ("serial", "dm_name"))
        devices[paths] = BlockDevice(paths, serial, name)
        labelled = [path for path in paths if path.startswith(_BY_LABEL)]
        labels |= dict.fromkeys(DeviceLabel(paths[0], path[len(_BY_LABEL) :]) for path in labelled)
        mount = one.get("mount")
        if isinstance(mount, dict) and mount.get("fs_type") == "lustre":
            source, target, options = (
                _text(mount.get(key)) for key in ("source", "target", "opts")
            )
            mounts.append(LustreMount(source, target, _options(options)))
    return Capture(
        block_devices=tuple(devices.values()), labels=tuple(labels), mounts=tuple(mounts)
    )


def block_devices_of(text: str, where: str) -> Capture | None:
    """Return the block devices that lsblk listed, as the host they are of reports them."""
    if not _LSBLK.search(text):
        return None
    try:
        listing = lsblk.read(text, where)
    except InvalidFile as error:
        return Capture(warnings=(str(error),))
    serials = {one.name: one.wwn or one.serial for one in listing.devices}
    devices = tuple(
        BlockDevice(
            paths=(one.path, f"/dev/{one.name}"),
            serial=serials[one.built_on[0] if is_multipath and one.built_on else one.name],
            multipath_name=one.title if is_multipath else "",
        )
        for one in listing.devices
        for is_multipath in (one.kind == MULTIPATH,)
    )
    return Capture(block_devices=devices, warnings=listing.warnings)


_FORMATS: tuple[Callable[[str, str], Capture | None], ...] = (
    device_tree_of,
    block_devices_of,
    cluster_of,
    nids_of,
    parameters_of,
    obd_devices_of,
    labels_of,
    mounts_of,
    ldev_of,
)


def _lines(
    pattern: re.Pattern[str], text: str, where: str
) -> tuple[Sequence[re.Match[str]], tuple[str, ...]]:
    """Return the lines that match, none where most do not, and a warning of the others."""
    matches: list[re.Match[str]] = []
    others: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if match := pattern.fullmatch(line):
            matches.append(match)
        else:
            others.append(line.strip())
    if len(others) >= len(matches):
        return (), ()
    if not others:
        return matches, ()
    shown = ", ".join(map(repr, others[:_SHOWN_LINES]))
    return matches, (f"{where} has {len(others)} lines that are passed over: {shown}",)


def _options(text: str) -> dict[str, str]:
    """Return mount options by name; the text of one without a value is empty."""
    return {name: value for name, _, value in (one.partition("=") for one in text.split(","))}


def _text(said: object) -> str:
    return said.strip() if isinstance(said, str) else ""


def _devices_in(tree: object) -> Iterator[dict[str, Any]]:
    """Yield everything in a device tree that has paths, in its order."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("paths"), list):
                yield one
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)


class _Interface(BaseModel):
    nid: str
    status: str = ""
    interfaces: dict[int, str] = {}
    health_stats: dict[str, object] = Field({}, alias="health stats")

    @property
    def health(self) -> int | None:
        """Its health value, where that can be one."""
        value = self.health_stats.get("health value")
        return value if isinstance(value, int) and 0 <= value <= FULL_HEALTH else None


class _Net(BaseModel):
    interfaces: list[_Interface] = Field([], alias="local NI(s)")


class _LnetShown(BaseModel):
    net: list[_Net]
