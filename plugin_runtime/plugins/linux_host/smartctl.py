"""A disk's own diagnosis, as `smartctl --json` tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host.facts import BlockDevice, DiskHealth, HostFacts
from plugin_runtime.plugins.linux_host.written import Text, checked, json_in
from topology.errors import InvalidFile

COMMAND = ("smartctl", "--json", "--info", "--health", "--nocheck=standby")
"""What is asked of one disk; one that sleeps is left asleep."""
_LISTED_KINDS = frozenset({"ata", "sat", "scsi"})
_REMEDY = "capture it anew with 'smartctl --json --all /dev/sda > FILE'"


def read(text: str, where: str) -> HostFacts:
    """Return what one disk says of itself, or the disks that a `--scan` found.

    Raises InvalidFile where smartctl could not ask the disk, with its reason.
    """
    found = json_in(text, where, _REMEDY)
    report = checked(_Document, found.document, where, "smartctl", _REMEDY)
    if report.device is None:
        reasons = " ".join(one.string for one in report.smartctl.messages if one.string)
        if reasons:
            raise InvalidFile(f"{where} says nothing of a disk: smartctl said {reasons!r}.")
        return HostFacts(devices=tuple(_listed(report.devices)), warnings=found.warnings)
    health = DiskHealth(
        name=report.device.name.removeprefix("/dev/"),
        serial=report.serial_number,
        wwn=report.wwn.text() if report.wwn else "",
        model=report.model_name,
        size_bytes=report.user_capacity.bytes,
        is_passed=report.smart_status.passed,
    )
    return HostFacts(health=(health,), warnings=found.warnings)


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
    user_capacity: _Capacity = _Capacity()
    smart_status: _Status = _Status()
