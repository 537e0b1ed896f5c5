"""Which of the block devices of a host matter, and which of them are real disks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from plugin_runtime.plugins.linux_host.facts import CONTAINER, MULTIPATH, BlockDevice

_HIDDEN_KINDS = frozenset({"loop", "rom"})
_HIDDEN_NAMES = re.compile(r"(loop|ram|zram|sr|fd)[0-9]|nvme[0-9]+c[0-9]+n[0-9]+")
NO_HARDWARE = re.compile(r"(bcache|drbd|md|nbd|rbd|ublkb|zd)[0-9]")
"""What begins the names of what the kernel calls disks and are none."""
_NAMESPACE = re.compile(r"(nvme[0-9]+)n[0-9]+")
_NETWORK_TRANSPORTS = frozenset({"fc", "fcoe", "iscsi"})


def shown_devices(
    devices: Sequence[BlockDevice], counted: Collection[str]
) -> Sequence[BlockDevice]:
    """Return the devices that are reported, in the same order: causes first.

    Left out are memory, loop and removable-medium devices, and empty ones on which nothing is
    built; but not those in `counted`, by name, which would be missing from what they are part of.
    """
    shown: list[BlockDevice] = []
    carrying = {*counted}
    for device in reversed(devices):
        is_carrying = device.name in carrying or device.kind == CONTAINER
        is_hidden = device.kind in _HIDDEN_KINDS or _HIDDEN_NAMES.match(device.name)
        if device.name not in counted and (
            is_hidden or (device.size_bytes == 0 and not is_carrying)
        ):
            continue
        carrying.update(device.built_on)
        shown.append(device)
    return shown[::-1]


def hardware_of(
    devices: Iterable[BlockDevice], volumes: Collection[str] = ()
) -> Sequence[BlockDevice]:
    """Return the devices that are disks of the host itself.

    A path of a multipath map, or what is attached by a storage network, is a drive of an array,
    and that is the array's to report. `volumes` are RAID cards' volumes, by their devices' names.
    """
    found = list(devices)
    paths = {name for device in found if device.kind == MULTIPATH for name in device.built_on}
    return [
        device
        for device in found
        if device.kind == "disk"
        and device.is_listed
        and not device.built_on
        and device.name not in paths
        and device.name not in volumes
        and device.transport not in _NETWORK_TRANSPORTS
        and not NO_HARDWARE.match(device.name)
    ]


def drive_of(device: BlockDevice) -> object:
    """Return what a device has in common with the others on its drive: namespaces share one."""
    namespace = _NAMESPACE.fullmatch(device.name)
    return (namespace[1], device.serial) if namespace and device.serial else device.name
