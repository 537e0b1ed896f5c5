"""Block devices as lsblk tells them: JSON or text in, `BlockDevice` values out.

What one version of lsblk leaves out or spells differently is settled here, so that a `BlockDevice`
means the same whatever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host import lsblk_text
from plugin_runtime.plugins.linux_host.devices import NO_HARDWARE
from plugin_runtime.plugins.linux_host.facts import BlockDevice, HostFacts, causes_first
from plugin_runtime.plugins.linux_host.written import Bytes, Found, Text, checked, json_in

COMMAND = ("lsblk", "--json", "--bytes", "--output-all")
SIGNATURE = rf'"blockdevices"\s*:|{lsblk_text.SIGNATURE}'
"""What only its output has in it, at the beginning of a line where that matters."""
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"

_MAPPED = frozenset({"crypt", "lvm", "mpath"})


def read(text: str, where: str) -> HostFacts:
    """Return what lsblk wrote; what stands around its JSON becomes a warning.

    `where` names the output in messages. Raises InvalidFile where its list is missing, cut short
    or not of lsblk's shape: half a list of disks would say that the others were pulled.
    """
    written = lsblk_text.rows_in(text, where, _REMEDY)
    found = json_in(text, where, _REMEDY) if written is None else Found({"blockdevices": written})
    rows = checked(_Document, found.document, where, "lsblk", _REMEDY).blockdevices
    pairs = list(_with_parents(rows))
    devices: dict[str, BlockDevice] = {}
    for row, _ in pairs:
        devices.setdefault(row.key, row.device())
    is_inverse = any(above and _is_below(row, above) for row, above in pairs)
    for row, above in pairs:
        upper, lower = (above, row.key) if above and is_inverse else (row, row.below(above))
        device = devices[upper.key]
        if lower and lower not in device.built_on:
            devices[upper.key] = replace(device, built_on=(*device.built_on, lower))
    warnings = list(found.warnings)
    inexact = [device.title for device in devices.values() if device.size_bytes is None]
    if inexact:
        warnings.append(f"{where} has no exact size of {', '.join(inexact)}; {_REMEDY}.")
    return HostFacts(devices=causes_first(devices.values(), where), warnings=tuple(warnings))


def _is_below(row: _Row, above: _Row) -> bool:
    """A disk hangs below what is on it, as --inverse lists devices; but a cache hangs so too."""
    is_disk = row.kind == "disk" and not NO_HARDWARE.match(row.key)
    return is_disk and above.kind not in ("", "disk")


def _with_parents(
    rows: Iterable[_Row], parent: _Row | None = None
) -> Iterator[tuple[_Row, _Row | None]]:
    for row in rows:
        yield row, parent
        yield from _with_parents(row.children, row)


class _Row(BaseModel):
    """One device as lsblk writes it; older versions write numbers and booleans as text."""

    name: str = Field(min_length=1)
    kname: Text = ""
    parent: Text = Field("", alias="pkname")
    kind: Text = Field("", alias="type")
    path: Text = ""
    number: Text = Field("", alias="maj:min")
    size: Bytes = None
    serial: Text = ""
    wwn: Text = ""
    model: Text = ""
    vendor: Text = ""
    tran: Text = ""
    state: Text = ""
    rota: bool | None = None
    ro: bool | None = None
    mountpoint: str | None = None
    mountpoints: list[str | None] = []
    children: list[_Row] = []

    @property
    def key(self) -> str:
        """The kernel's name; a capture without that column has it in `name` for all but dm."""
        return (self.kname or self.name).rpartition("/")[2]

    @property
    def is_mapped(self) -> bool:
        """It is the device mapper's."""
        return self.kind in _MAPPED or self.key.startswith("dm-")

    def below(self, above: _Row | None) -> str:
        """Return the name of what it is built on; --list tells it in a column alone."""
        return above.key if above else self.parent.rpartition("/")[2]

    def device(self) -> BlockDevice:
        """Return it as a device that is built on nothing yet."""
        title = self.name.rpartition("/")[2]
        return BlockDevice(
            name=self.key,
            title=title,
            kind=self.kind,
            path=self.path or (f"/dev/mapper/{title}" if self.is_mapped else f"/dev/{self.key}"),
            size_bytes=self.size,
            serial=self.serial,
            wwn="" if self.kind == "part" else self.wwn,  # lsblk repeats the disk's
            model=self.model,
            vendor=self.vendor,
            transport=self.tran,
            driver_state=self.state,
            is_rotational=self.rota,
            is_read_only=self.ro,
            mountpoints=tuple(place for place in self.mountpoints or [self.mountpoint] if place),
            aliases=(self.number,) if self.number else (),
        )


class _Document(BaseModel):
    blockdevices: list[_Row]
