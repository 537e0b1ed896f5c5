"""A disk's own diagnosis, as `smartctl --json` tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host.facts import BlockDevice, DiskHealth, HostFacts
from plugin_runtime.plugins.linux_host.written import Text, all_json_in, checked
from topology.errors import InvalidFile

COMMAND = ("smartctl", "--json", "--info", "--health", "--nocheck=standby")
"""What is asked of one disk; one that sleeps is left asleep."""
_LISTED_KINDS = frozenset({"ata", "sat", "scsi"})
_REMEDY = "capture it anew with 'smartctl --json --all /dev/sda > FILE'"


def read(text: str, where: str) -> HostFacts:
    """Return what disks say of themselves, one document each, or the disks that a `--scan` found.

    Raises InvalidFile where smartctl could not ask any disk, with its reason.
    """
    found = all_json_in(text, where, _REMEDY)
    documents = [
        checked(_Document, one, where, "smartctl", _REMEDY)
        for one in (found.document, *found.others)
    ]
    failures = [reasons for one in documents if one.device is None and (reasons := one.reasons)]
    if len(failures) == len(documents):
        raise InvalidFile(f"{where} says nothing of a disk: smartctl said {failures[0]!r}.")
    said = tuple(f"{where} says nothing of one disk: smartctl said {one!r}." for one in failures)
    return HostFacts(
        devices=tuple(device for one in documents for device in _listed(one.devices)),
        health=tuple(_health(one, one.device) for one in documents if one.device),
        warnings=(*found.warnings, *said),
        is_partial=bool(failures),
    )


def _health(report: _Document, device: _Device) -> DiskHealth:
    return DiskHealth(
        name=device.name.removeprefix("/dev/"),
        serial=report.serial_number,
        wwn=report.wwn.text() if report.wwn else report.logical_unit_id,
        model=report.model_name,
        size_bytes=report.user_capacity.bytes,
        is_passed=report.smart_status.passed,
    )


def _listed(devices: Iterable[_Device]) -> Iterator[BlockDevice]:
    """Yield the disks that a scan found, without what is behind RAID cards or has no block device.

    Of NVMe it finds controllers, which are not what holds data.
    """
    for one in devices:
        name = one.name.removeprefix("/dev/")
        if name.isalnum() and one.kind in _LISTED_KINDS:
            yield BlockDevice(name, title=name, kind="disk", path=f"/dev/{name}")


class _Device(BaseModel):
    name: Text = ""
    kind: Text = Field("", alias="type")


class _Wwn(BaseModel):
    naa: int
    oui: int
    id: int

    def text(self) -> str:
        """Return the identifier of 64 bits that it is made of (SPC-4, 7.8.6.6.5)."""
        return f"0x{self.naa:x}{self.oui:06x}{self.id:09x}"


class _Capacity(BaseModel):
    bytes: int | None = None


class _Status(BaseModel):
    passed: bool | None = None


class _Message(BaseModel):
    string: Text = ""


class _Run(BaseModel):
    messages: list[_Message] = []


class _Document(BaseModel):
    smartctl: _Run = _Run()
    device: _Device | None = None
    devices: list[_Device] = []
    model_name: Text = ""
    serial_number: Text = ""
    wwn: _Wwn | None = None
    logical_unit_id: Text = ""
    """A SCSI disk's WWN."""
    user_capacity: _Capacity = _Capacity()
    smart_status: _Status = _Status()

    @property
    def reasons(self) -> str:
        """Why smartctl could not ask a disk, in its words."""
        return " ".join(one.string for one in self.smartctl.messages if one.string)
