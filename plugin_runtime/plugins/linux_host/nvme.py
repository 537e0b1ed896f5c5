"""NVMe drives, as `nvme list --output-format=json` tells of them, before version 2.11 too."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host.facts import BlockDevice, HostFacts
from plugin_runtime.plugins.linux_host.written import Bytes, Text, checked, json_in

COMMAND = ("nvme", "list", "--output-format=json")
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"


def read(text: str, where: str) -> HostFacts:
    """Return the namespaces as block devices: one each, however many controllers reach it.

    Raises InvalidFile where the JSON is missing, cut short or of another shape.
    """
    found = json_in(text, where, _REMEDY)
    document = checked(_Document, found.document, where, "nvme list", _REMEDY)
    devices = {one.name: one for row in document.devices for one in row.told() if one.name}
    return HostFacts(devices=tuple(devices.values()), warnings=found.warnings)


class _Namespace(BaseModel):
    name: Text = Field("", alias="NameSpace")
    size: Bytes = Field(None, alias="PhysicalSize")


class _Controller(BaseModel):
    serial: Text = Field("", alias="SerialNumber")
    model: Text = Field("", alias="ModelNumber")
    transport: Text = Field("", alias="Transport")
    namespaces: list[_Namespace] = Field([], alias="Namespaces")


class _Subsystem(BaseModel):
    controllers: list[_Controller] = Field([], alias="Controllers")
    namespaces: list[_Namespace] = Field([], alias="Namespaces")
    """Those that several controllers reach."""

    def told(self) -> Iterator[BlockDevice]:
        for controller in self.controllers:
            for one in (*self.namespaces, *controller.namespaces):
                yield _device(one.name, controller.serial, controller.model, one.size)


class _Row(BaseModel):
    """A host with its subsystems; before 2.11 one namespace."""

    subsystems: list[_Subsystem] = Field([], alias="Subsystems")
    path: Text = Field("", alias="DevicePath")
    serial: Text = Field("", alias="SerialNumber")
    model: Text = Field("", alias="ModelNumber")
    size: Bytes = Field(None, alias="PhysicalSize")

    def told(self) -> Iterator[BlockDevice]:
        if self.path:
            yield _device(self.path.removeprefix("/dev/"), self.serial, self.model, self.size)
        for one in self.subsystems:
            yield from one.told()


class _Document(BaseModel):
    devices: list[_Row] = Field(alias="Devices")


def _device(name: str, serial: str, model: str, size: int | None) -> BlockDevice:
    return BlockDevice(
        name,
        title=name,
        kind="disk",
        path=f"/dev/{name}",
        size_bytes=size,
        serial=serial,
        model=model,
        transport="nvme",
        is_rotational=False,
    )
