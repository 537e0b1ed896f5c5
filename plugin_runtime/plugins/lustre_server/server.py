"""What a capture tells of its server: which targets it serves, and how each of them is.

The rules of what is believed stand here. A target is

- served here, where the server has its service (`mdt.*`, `obdfilter.*`, `mgs.MGS.*`), its backing
  store (`osd-*.*`) or its mount; never where only osp, lwp, lov or mdd devices name it;
- known besides, where the MGS or a client's `target_obd` lists it, a device of this server bears
  its label, or Pacemaker manages it;
- healthy, where its service is up here and health_check clears it; unhealthy, where health_check
  names it; otherwise nobody knows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plugin_runtime.plugins.lustre_server.capture import Capture, ClusterNode, Nid
from plugin_runtime.plugins.lustre_server.devices import device_at, devices_by_path, sure
from plugin_runtime.plugins.lustre_server.health import health_check_of
from plugin_runtime.plugins.lustre_server.parameters import FILESYSTEM
from plugin_runtime.plugins.lustre_server.targets import (
    Health,
    Kind,
    Target,
    TargetName,
    target_labelled,
    target_named,
)
from plugin_runtime.plugins.lustre_server.texts import obd_devices_of

_SERVICES: Mapping[str, Kind] = {"mgs": "MGT", "mdt": "MDT", "obdfilter": "OST"}
"""What serves a target: a kind of obd device, and the first part of its parameters' names."""
_PARAMETER = re.compile(r"(mgs|mdt|obdfilter|osd-\w+)\.([^.]+)\.(.+)")
_LIVE = "mgs.MGS.live."
_NO_FILESYSTEM = "params"
"""What the MGS keeps among its filesystems that is none."""
_FILESYSTEM = re.compile(FILESYSTEM)
_CLIENT_LIST = re.compile(
    r"lov\.[^.]+-clilov-[^.]+\.target_obd|lmv\.[^.]+-clilmv-[^.]+\.target_obd"
)
_LISTED = re.compile(r"\d+: (\S+)_UUID [A-Z]+")
_MGC = re.compile(r"(?:mgc\.)?MGC([^@\s]+@[a-z0-9]+)(?:\..+)?")
_OSD_TYPE = "osd type"
_MOST_DIGITS = 15
"""Of a number of KiB: a petabyte has 12, and 63 bits hold 15 of them for certain."""


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of one Lustre server."""

    health_check: str | None
    """What health_check said; None where it said nothing."""
    version: str
    mgs: str | None
    """The first NID of the MGS; None unless everything captured names the same one."""
    targets: tuple[Target, ...]
    """By kind, filesystem and index."""
    filesystems: tuple[str, ...]
    managed: frozenset[str]
    """The filesystems that the MGS served here lists."""
    nids: tuple[Nid, ...]
    cluster: tuple[ClusterNode, ...]
    """The servers of its Pacemaker cluster, itself among them."""
    warnings: tuple[str, ...]


def server_of(capture: Capture) -> Server:
    """Return what a capture tells. Cost: linear in it."""
    return _Reading(capture).server()


class _Reading:
    """Draws the conclusions from one capture."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._warnings = list(capture.warnings)
        self._health = health_check_of(capture.parameters.get("health_check", ()))
        self._warnings += self._health.warnings
        self._unhealthy = {target_named(name) for name in self._health.unhealthy}
        self._services: dict[TargetName, dict[str, str]] = defaultdict(dict)
        self._stores: dict[TargetName, dict[str, str]] = defaultdict(dict)
        self._states: dict[TargetName, str] = {}
        self._read_parameters()
        listed = obd_devices_of(capture.last("devices"), "the parameter devices") or Capture()
        self._obd_devices = capture.obd_devices + listed.obd_devices
        self._read_obd_devices()
        self._mounts = {
            target: one
            for one in capture.mounts
            if (target := target_named(one.options.get("svname", "")))
        }
        self._labelled: dict[TargetName, list[str]] = defaultdict(list)
        for one in capture.labels:
            if target := target_labelled(one.label):
                self._labelled[target].append(one.device)
        self._ldev = {target: one for one in capture.ldev if (target := target_named(one.label))}
        self._devices = devices_by_path(capture.block_devices)
        self._clustered = {
            target: one for one in capture.cluster_targets if (target := target_named(one.label))
        }

    def _read_parameters(self) -> None:
        for name, values in self._capture.parameters.items():
            match = _PARAMETER.fullmatch(name)
            target = target_named(match[2]) if match else None
            if match is None or target is None:
                continue
            value = next(reversed(values), "")
            if match[1] not in _SERVICES:
                self._stores[target] |= {_OSD_TYPE: match[1].removeprefix("osd-"), match[3]: value}
            elif _SERVICES[match[1]] == target.kind:
                self._services[target][match[3]] = value

    def _read_obd_devices(self) -> None:
        for one in self._obd_devices:
            target = target_named(one.name)
            if target is None:
                continue
            if one.kind.startswith("osd-"):
                self._stores[target][_OSD_TYPE] = one.kind.removeprefix("osd-")
            elif _SERVICES.get(one.kind) == target.kind:
                self._states[target] = one.state

    def server(self) -> Server:
        served = {*self._services, *self._stores, *self._states, *self._mounts}
        known = {*served, *self._labelled, *self._listed(), *self._clustered}
        managed = frozenset(self._managed())
        filesystems = managed | {one.filesystem for one in known if one.filesystem}
        version = sure(self._capture.last("version").partition("\n")[0])
        return Server(
            health_check=self._health.said,
            version=version.removeprefix("lustre:").strip(),
            mgs=self._mgs(),
            targets=tuple(self._target(one, is_served=one in served) for one in sorted(known)),
            filesystems=tuple(sorted(filesystems)),
            managed=managed,
            nids=self._capture.nids,
            cluster=self._capture.cluster_nodes,
            warnings=tuple(self._warnings),
        )

    def _listed(self) -> Iterator[TargetName]:
        """Yield the targets that the MGS or a client lists."""
        for name in self._capture.parameters:
            is_client = _CLIENT_LIST.fullmatch(name)
            if is_client or name.startswith(_LIVE):
                for line in map(str.strip, self._capture.last(name).splitlines()):
                    match = _LISTED.fullmatch(line) if is_client else None
                    target = target_named(match[1] if match else line)
                    if target:
                        yield target

    def _managed(self) -> Iterator[str]:
        said = self._capture.last("mgs.MGS.filesystems").split()
        said += [
            name.removeprefix(_LIVE) for name in self._capture.parameters if name.startswith(_LIVE)
        ]
        yield from (one for one in said if _FILESYSTEM.fullmatch(one) and one != _NO_FILESYSTEM)

    def _mgs(self) -> str | None:
        said = [*self._capture.parameters, *(one.name for one in self._obd_devices)]
        nids = {match[1] for text in said if (match := _MGC.fullmatch(text))}
        for mount in self._capture.mounts:
            of_client, is_client, _ = mount.source.partition(":/")
            nodes = of_client if is_client else mount.options.get("mgsnode", "")
            nids.add(re.split("[,:]", nodes)[0])
        found = sorted(one for one in nids if "@" in one and not one.endswith("@lo"))
        if len(found) > 1:
            self._warnings.append(
                f"it uses several MGS ({', '.join(found)}); which filesystem is whose is not told"
            )
        return found[0] if len(found) == 1 else None

    def _target(self, name: TargetName, *, is_served: bool) -> Target:
        store, service = self._stores.get(name, {}), self._services.get(name, {})
        mount, ldev = self._mounts.get(name), self._ldev.get(name)
        clustered = self._clustered.get(name)
        paths = (
            store.get("mntdev", ""),
            mount.source if mount else "",
            self._labelled_device(name),
            ldev.device if ldev and is_served else "",  # a list of names is no path to a device
        )
        path = next(filter(None, map(sure, paths)), "")
        size, free = self._space(name, store)
        recovery = _pairs(service.get("recovery_status", ""))
        return Target(
            name=name,
            served_here=is_served,
            health=self._health_of(name) if is_served else "unknown",
            device=self._devices.get(path, device_at(path)) if path else None,
            servers=tuple(filter(None, map(sure, ldev.servers))) if ldev else (),
            osd_type=sure(store.get("fstype") or store.get(_OSD_TYPE, "")),
            size_bytes=size,
            free_bytes=free,
            mount_point=sure(mount.mount_point) if mount else "",
            recovery=sure(recovery.get("status", "")),
            cluster_role=clustered.role if clustered else "",
            may_run_on=clustered.may_run_on if clustered else (),
            is_degraded={"0": False, "1": True}.get(service.get("degraded", "")),
            recovered_clients=sure(recovery.get("completed_clients", "")),
        )

    def _labelled_device(self, name: TargetName) -> str:
        """Return the device with the target's label, empty where several may be meant.

        The paths below a mapped device bear its label too.
        """
        paths = self._labelled.get(name, [])
        mapped = [path for path in paths if path.startswith("/dev/mapper/")]
        return (mapped or paths)[0] if len(mapped or paths) == 1 else ""

    def _health_of(self, name: TargetName) -> Health:
        if name in self._unhealthy:
            return "unhealthy"
        is_listed_up = self._states.get(name) == "UP"
        is_up = is_listed_up if self._obd_devices else name in self._services
        return "healthy" if is_up and self._health.clears_others else "unknown"

    def _space(self, name: TargetName, store: Mapping[str, str]) -> tuple[int | None, int | None]:
        """Return size and free space in bytes, each None where it is not told or cannot be."""
        size, free = (
            _bytes(store.get(one, "") or store.get(other, ""))
            for one, other in (("kbytestotal", ""), ("kbytesavail", "kbytesfree"))
        )
        if size is not None and free is not None and free > size:
            self._warnings.append(f"{name} has more free than there is, so neither is believed")
            return None, None
        return size, free


def _bytes(kib: str) -> int | None:
    is_number = kib.isascii() and kib.isdecimal() and len(kib) <= _MOST_DIGITS
    return int(kib) << 10 if is_number else None


def _pairs(text: str) -> dict[str, str]:
    """Return the lines "name: value" of a text."""
    split = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in split}
