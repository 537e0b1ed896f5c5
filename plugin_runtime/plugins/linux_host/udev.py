"""What udev knows of block devices: `udevadm info` in each of its forms in, devices and RAIDs out.

Where udev and lsblk tell the same, it is taken from the properties that lsblk takes it from, so
that both tell of one device.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from plugin_runtime.plugins.linux_host.facts import (
    CONTAINER,
    MULTIPATH,
    BlockDevice,
    HostFacts,
    RaidArray,
    RaidMember,
)
from plugin_runtime.plugins.linux_host.written import certain
from topology.errors import InvalidFile

COMMAND = ("udevadm", "info", "--export-db")
_QUOTED = re.compile(r"^(\w+)='(.*)'$", re.MULTILINE)
_EXPORTED = re.compile(r"^E: (\w+)=(.*)$", re.MULTILINE)
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_MD_MEMBER = re.compile(r"MD_DEVICE_(\w+)_DEV")
_DM_KINDS = (("mpath-", MULTIPATH), ("part", "part"), ("LVM-", "lvm"), ("CRYPT-", "crypt"))
_ON_MULTIPATH = re.compile(r"part\d+-(mpath-.*)")
_ENCRYPTED = re.compile(r"CRYPT-[A-Z0-9]+-([0-9a-f]{32})-")
_CACHED = re.compile(r"/dev/bcache/by-uuid/([0-9a-f-]{36})(?:\s|$)")
_SCSI_TRANSPORTS = ("fc", "sas", "iscsi", "fcoe")
Properties = Mapping[str, str]


def read(text: str, where: str) -> HostFacts:
    """Return the block devices of a database or of one device. Other devices are passed over.

    Raises InvalidFile where udev tells of no device at all.
    """
    found = list(_records(text))
    records = [one for one in found if one is not None]
    if not records:
        raise InvalidFile(
            f"{where} is not what udevadm writes, found {text.strip()[:40]!r}; {_REMEDY}."
        )
    facts = facts_of(records)
    damaged = len(found) - len(records)
    if not damaged:
        return facts
    warning = f"{where} is cut short or damaged: {damaged} of its devices are not read; {_REMEDY}."
    return replace(facts, warnings=(warning,), is_partial=True)


def _records(text: str) -> Iterator[Properties | None]:
    """Yield the properties of each device; None for one that is damaged."""
    objects = [begin.start() for begin in re.finditer(r"^\{", text, re.MULTILINE)]
    for begin in objects:  # --json: one object after the other
        try:
            record, _ = json.JSONDecoder().raw_decode(text, begin)
        except json.JSONDecodeError:
            yield None
        else:
            yield {str(name): str(value) for name, value in record.items()}
    if objects:
        return
    for part in re.split(r"\n\s*\n", text):
        found = _EXPORTED.findall(part) or _QUOTED.findall(part)
        if found:
            yield dict(found)


def facts_of(records: Iterable[Properties]) -> HostFacts:
    """Return the devices, software RAIDs and multipath maps among devices' properties."""
    known = [
        _Known(record) for record in records if record.get("SUBSYSTEM") == "block" and _name(record)
    ]
    below = _Below(known)
    return HostFacts(
        devices=tuple(one.device(below.names(one)) for one in known),
        arrays=tuple(
            array
            for one in known
            if one.get("MD_LEVEL") and one.kind != "part" and (array := one.array()).members
        ),
    )


def _name(record: Properties) -> str:
    path = record.get("DEVPATH") or record.get("DEVNAME", "")
    return certain(path).rpartition("/")[2].replace("!", "/")


class _Known:
    """What udev knows of one block device."""

    def __init__(self, properties: Properties) -> None:
        self._properties = properties
        self.name = _name(properties)
        self.number = f"{self.get('MAJOR')}:{self.get('MINOR')}"
        self.kind = self._kind()

    def get(self, *names: str) -> str:
        """Return the first of the properties that is set and certain."""
        return next((text for one in names if (text := certain(self._properties.get(one)))), "")

    def _kind(self) -> str:
        if uuid := self.get("DM_UUID"):
            return next((kind for prefix, kind in _DM_KINDS if uuid.startswith(prefix)), "dm")
        if self.get("DEVTYPE") == "partition":
            return "part"
        if self.name.startswith("md"):
            return self.get("MD_LEVEL") or "md"
        return "disk" if self.get("DEVTYPE") == "disk" else ""

    @property
    def wwid(self) -> str:
        """What the drive behind a multipath map says it is; empty for any other device."""
        return self.get("DM_UUID").removeprefix("mpath-") if self.kind == MULTIPATH else ""

    def device(self, built_on: tuple[str, ...]) -> BlockDevice:
        """Return it as a device that is built on others."""
        title = self.get("DM_NAME") or self.name
        is_whole = self.kind == "disk"
        links = [*self.get("DEVLINKS").split(), self.get("DEVNAME")]
        return BlockDevice(
            name=self.name,
            title=title,
            kind=self.kind,
            path=f"/dev/mapper/{title}" if self.get("DM_NAME") else f"/dev/{self.name}",
            serial=self._serial() if is_whole else "",
            wwn=self.get("ID_WWN_WITH_EXTENSION", "ID_WWN") if is_whole else self.wwid,
            model=self.get("ID_MODEL").replace("_", " ") if is_whole else "",
            vendor=self.get("ID_VENDOR").replace("_", " ").strip() if is_whole else "",
            transport=self._transport() if is_whole else "",
            built_on=built_on,
            aliases=(self.number, *filter(None, links)),
        )

    def _serial(self) -> str:
        return self.get("SCSI_IDENT_SERIAL", "ID_SCSI_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL")

    def _transport(self) -> str:
        bus, path = self.get("ID_BUS"), self.get("ID_PATH")
        if bus == "scsi":
            return next((one for one in _SCSI_TRANSPORTS if f"-{one}-" in path), "")
        return {"ata": "sata"}.get(bus, bus) or ("nvme" if self.name.startswith("nvme") else "")

    def array(self) -> RaidArray:
        """Return it as a software RAID."""
        level, size = self.get("MD_LEVEL"), self.get("MD_DEVICES")
        keys = [match[1] for one in self._properties if (match := _MD_MEMBER.fullmatch(one))]
        members = [
            RaidMember(
                self.get(f"MD_DEVICE_{key}_DEV").removeprefix("/dev/"),
                "in_sync" if self.get(f"MD_DEVICE_{key}_ROLE").isdecimal() else "spare",
            )
            for key in keys
        ]
        return RaidArray(
            name=self.name,
            level=level,
            size=int(size) if size.isdecimal() and level != CONTAINER else None,
            members=tuple(members),
            is_dated=True,
        )


class _Below:
    """What each device is built on, as far as udev knows: it says so in a different way of each."""

    def __init__(self, known: Sequence[_Known]) -> None:
        self._known = known
        self._by_number = {one.number: one.name for one in known}
        self._by_dm_uuid = {one.get("DM_UUID"): one.name for one in known}
        self._by_content = {one.get("ID_FS_UUID").replace("-", ""): one.name for one in known}

    def names(self, device: _Known) -> tuple[str, ...]:
        """Return the names of the devices that `device` is built on."""
        if device.kind == MULTIPATH:
            found = [one.name for one in self._known if self._is_path(one, device.wwid)]
        elif device.kind == "part":
            found = [self._disk_of(device)]
        elif encrypted := _ENCRYPTED.match(device.get("DM_UUID")):
            found = [self._by_content.get(encrypted[1], "")]
        elif cached := _CACHED.search(device.get("DEVLINKS")):
            found = [self._by_content.get(cached[1].replace("-", ""), "")]
        else:
            found = []
        return tuple(name for name in found if name and name != device.name)

    @staticmethod
    def _is_path(one: _Known, wwid: str) -> bool:
        is_path = one.get("DM_MULTIPATH_DEVICE_PATH") == "1"
        return is_path and one.kind == "disk" and one.get("ID_SERIAL") == wwid

    def _disk_of(self, partition: _Known) -> str:
        if on_multipath := _ON_MULTIPATH.match(partition.get("DM_UUID")):
            return self._by_dm_uuid.get(on_multipath[1], "")
        disk = self._by_number.get(partition.get("ID_PART_ENTRY_DISK"))
        return disk or partition.get("DEVPATH").split("/")[-2:][0]
