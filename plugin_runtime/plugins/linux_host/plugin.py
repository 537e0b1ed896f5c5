"""Reports what lsblk lists: the host, its disks, and every block device built on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from plugin_runtime import attributes
from plugin_runtime.base_resources import Host
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.plugins.linux_host.devices import MULTIPATH, hardware_of, shown_devices
from plugin_runtime.plugins.linux_host.lsblk import (
    BlockDevice,
    Listing,
    captured_listing,
    live_listing,
)
from plugin_runtime.plugins.linux_host.resources import (
    RAID_LEVELS,
    LinuxDevice,
    LinuxDisk,
    LinuxHost,
    LinuxMultipath,
    LinuxRaid,
    UnnamedLinuxDisk,
)
from plugin_runtime.resource import StorageResource
from topology.errors import InvalidValue

LSBLK_SECONDS = 20.0
"""How long lsblk may take."""
R = TypeVar("R", bound=StorageResource)


class LinuxHostPlugin(StoragePlugin[LinuxHost]):
    """Looks at one host, or at what was captured there, every minute."""

    def initial_scan(self, root: LinuxHost) -> None:
        """Report everything lsblk lists."""
        self.reported: dict[str, StorageResource] = {}
        self.warnings: frozenset[str] = frozenset()
        self.update_scan(root)

    def update_scan(self, root: LinuxHost) -> None:
        """Report what lsblk lists now, and no longer what it has ceased to list."""
        devices = shown_devices(self._listing(root).devices)
        before, self.reported = self.reported, {}
        host = self._report(Host, {"hostname": root.hostname})
        disks = self._report_disks(host, hardware_of(devices))
        self._report_nodes(host, devices, disks)
        for uid in before.keys() - self.reported.keys():
            self.remove(before[uid])
        if not disks and root.disks != 0:
            self.log.info("no disk found")
        root.disks = len(disks)

    def _listing(self, root: LinuxHost) -> Listing:
        """Return what lsblk says, its warnings logged where they are new."""
        if root.source is None:
            listing = live_listing(timeout_seconds=LSBLK_SECONDS)
        else:
            listing = captured_listing(Path(root.source))
        for warning in listing.warnings:
            if warning not in self.warnings:
                self.log.warning(warning)
        self.warnings = frozenset(listing.warnings)
        return listing

    def _report_disks(
        self, host: Host, hardware: Sequence[BlockDevice]
    ) -> Mapping[str, StorageResource]:
        """Report the disks and return them by the names of their devices."""
        # What two disks of one host claim tells neither of them from any other disk.
        claims = Counter(text for device in hardware for text in (device.serial, device.wwn))
        disks: dict[str, StorageResource] = {}
        for device in hardware:
            serial, wwn = (
                text if claims[text] == 1 else "" for text in (device.serial, device.wwn)
            )
            identity = {"serial_number": serial or None, "wwn": _valid_wwn(wwn)}
            values: dict[str, Any] = {
                "name": device.name,
                "vendor": device.vendor or None,
                "model": device.model or None,
                "capacity": device.size_bytes,
                "rotational": device.is_rotational,
                **identity,
            }
            if self._is_identity(identity):
                disks[device.name] = self._report(LinuxDisk, values)
            else:
                values["hostname"] = host.hostname
                disks[device.name] = self._report(UnnamedLinuxDisk, values)
        return disks

    def _is_identity(self, values: Mapping[str, str | None]) -> bool:
        """Anything in `values` tells a disk from all others."""
        try:
            self.uid_of(LinuxDisk, **values)
        except InvalidValue:
            return False
        return True

    def _report_nodes(
        self, host: Host, devices: Sequence[BlockDevice], disks: Mapping[str, StorageResource]
    ) -> None:
        """Report device nodes, each after those it is built on."""
        nodes: dict[str, StorageResource] = {}
        carrying = {name for device in devices for name in device.built_on}
        for device in devices:
            built_on = [nodes[name] for name in device.built_on if name in nodes]
            disk = [disks[device.name]] if device.name in disks else []
            values = {
                "host": host,
                "serial_number": device.serial or None,
                "wwn": _valid_wwn(device.wwn),
                "size": device.size_bytes,
                "mount_point": next(iter(device.mountpoints), None),
                "in_use": bool(device.mountpoints) or device.name in carrying,
            }
            parents = built_on or [*disk, host]
            if device.kind == MULTIPATH:
                values["name"] = device.title
                nodes[device.name] = self._report(LinuxMultipath, values, parents)
            else:
                nodes[device.name] = self._report_node(device, values, parents)

    def _report_node(
        self,
        device: BlockDevice,
        common: Mapping[str, Any],
        parents: Sequence[StorageResource],
    ) -> LinuxDevice:
        values: dict[str, Any] = {
            **common,
            "name": device.name,
            "path": device.path,
            "kind": device.kind or None,
            "read_only": device.is_read_only,
            "driver_state": device.driver_state or None,
        }
        node_class: type[LinuxDevice] = LinuxDevice
        if device.kind in RAID_LEVELS:
            node_class, values["raid_level"] = LinuxRaid, device.kind
        held = self.find(LinuxDevice, host=common["host"], path=device.path)
        if held is not None and type(held) is not node_class:
            self.remove(held)  # an array was assembled or stopped
        return self._report(node_class, values, parents)

    def _report(
        self, cls: type[R], values: Mapping[str, Any], parents: Iterable[StorageResource] = ()
    ) -> R:
        resource, _ = self.update_or_create(cls, parents, **values)
        self.reported[resource.uid] = resource
        return resource


def _valid_wwn(text: str) -> str | None:
    """Return a WWN in the one form it has; None for what some devices have in its place."""
    try:
        return attributes.Wwn().validate(text)
    except ValueError:
        return None
