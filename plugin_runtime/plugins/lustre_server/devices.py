"""Which of a server's devices a path leads to, as far as that is certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin_runtime.plugins.lustre_server.capture import BlockDevice

_BY_ID = re.compile(r"/dev/disk/by-id/(?:scsi-3|wwn-0x|dm-uuid-mpath-3)([0-9a-f]{32}|[0-9a-f]{16})")
"""Where udev links devices by their NAA identifier."""
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Device:
    """Where a server keeps a target."""

    path: str
    """Of a block device, or the name of a ZFS dataset."""
    serial: str = ""
    """Of the drive behind it; empty where that is not known."""
    multipath_name: str = ""
    """Empty for all but multipath devices."""

    @property
    def zfs_pool(self) -> str:
        """The ZFS pool of a dataset; empty for a block device."""
        return "" if self.is_block else self.path.partition("/")[0]

    @property
    def is_block(self) -> bool:
        """It is a block device."""
        return self.path.startswith("/dev/")


def device_at(path: str) -> Device:
    """Return the device of which only a path is known; udev's by-id paths tell its serial."""
    by_id = _BY_ID.fullmatch(path)
    return Device(path, serial=by_id[1] if by_id else "")


def devices_by_path(devices: Iterable[BlockDevice]) -> Mapping[str, Device]:
    """Return the devices of a device tree by each of their paths.

    A multipath device and a path to it may go by one name; in use is the former.
    """
    return {
        path: Device(path, sure(one.serial), sure(one.multipath_name))
        for one in sorted(devices, key=lambda one: bool(one.multipath_name))
        for path in one.paths
    }


def sure(text: str) -> str:
    """Return the text, or nothing where some of its bytes were none."""
    return text if text.isprintable() and _UNDECODABLE not in text else ""
