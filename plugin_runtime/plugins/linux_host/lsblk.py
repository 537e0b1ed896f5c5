"""Block devices as lsblk tells them: live or captured JSON in, frozen `BlockDevice` values out.

Nothing here knows of resources. What one version of lsblk leaves out or spells differently is
settled here, so that a `BlockDevice` means the same whatever wrote it.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from topology.errors import DeviceUnreachable, InvalidFile

COMMAND = ("lsblk", "--json", "--bytes", "--output-all")
CAPTURE_NAMES = ("*lsblk*.json", "*lsblk*")
"""What a capture is called in a directory; the first pattern that finds any decides."""
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_JSON_BEGINS = re.compile(r"^\s*\{", re.MULTILINE)
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"
_MOST_BYTES = 2**63 - 1


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """One block device of a host. Texts are empty where lsblk says nothing, or nothing certain."""

    name: str
    """The kernel's name, unique on the host: "sda", "dm-0"."""
    title: str
    """The name people know it by: "vg-home"; the kernel's where it has no other."""
    kind: str
    """What lsblk calls its type: disk, part, lvm, crypt, mpath, raid1, loop, rom."""
    path: str
    size_bytes: int | None
    """None where the capture has no exact size."""
    serial: str
    wwn: str
    model: str
    vendor: str
    transport: str
    """How it is attached: sata, sas, nvme, fc, iscsi, usb."""
    driver_state: str
    """What its driver says: running, live, offline."""
    is_rotational: bool | None
    is_read_only: bool | None
    mountpoints: tuple[str, ...]
    """Where it is in use: mount points in lsblk's order, "[SWAP]" for swap space."""
    built_on: tuple[str, ...] = ()
    """Names of the devices it is made of, in the order in which they were met."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What one run of lsblk told."""

    devices: tuple[BlockDevice, ...] = ()
    """Each once, after those it is built on."""
    warnings: tuple[str, ...] = ()
    """What was passed over, one sentence each."""


def live_listing(*, timeout_seconds: float) -> Listing:
    """Ask lsblk of this machine. Raises DeviceUnreachable where it is missing, fails or hangs."""
    try:
        done = subprocess.run(  # noqa: S603 - the command is a constant
            COMMAND, capture_output=True, timeout=timeout_seconds, check=False
        )
    except FileNotFoundError:
        raise _unlisted(
            "there is no lsblk on the PATH; install util-linux, or name a captured output in "
            "`source`"
        ) from None
    except subprocess.TimeoutExpired:
        raise _unlisted(
            f"lsblk did not answer within {timeout_seconds:g} s; a device may hang, see the "
            "kernel's log"
        ) from None
    except OSError as error:
        raise _unlisted(f"lsblk does not start ({error.strerror}); repair util-linux") from None
    complaints = done.stderr.decode(errors="replace").splitlines()
    if done.stdout.strip():
        listing = listing_of(done.stdout, where="the output of lsblk")
    elif done.returncode == 0:
        listing = Listing()
    else:
        raise _unlisted(
            f"lsblk ended with exit code {done.returncode} ({' '.join(complaints) or 'no message'})"
            "; see that /sys is mounted"
        )
    said = tuple(f"lsblk said: {line}" for line in complaints)
    return replace(listing, warnings=said + listing.warnings)


def _unlisted(why: str) -> DeviceUnreachable:
    return DeviceUnreachable(f"Cannot list this machine's disks: {why}.")


def captured_listing(source: Path) -> Listing:
    """Read a capture: a file, or a directory that holds exactly one.

    Raises InvalidFile where there is none, or where it is not what lsblk writes.
    """
    try:
        capture = _capture_in(source) if source.is_dir() else source
        written = capture.read_bytes()
    except OSError as error:
        raise InvalidFile(
            f"Cannot read the captured lsblk output '{source}' ({error.strerror}); correct "
            "`source`."
        ) from None
    return listing_of(written, where=f"'{capture}'")


def _capture_in(directory: Path) -> Path:
    found = next((files for glob in CAPTURE_NAMES if (files := sorted(directory.glob(glob)))), [])
    if len(found) == 1:
        return found[0]
    names = ", ".join(file.name for file in found) or "none"
    raise InvalidFile(
        f"The directory '{directory}' must hold one lsblk output ({CAPTURE_NAMES[0]}), found "
        f"{names}; name the file itself in `source`."
    )


def listing_of(written: bytes, *, where: str) -> Listing:
    """Return what lsblk wrote; what stands around its JSON becomes a warning.

    `where` names the output in messages. Raises InvalidFile where the JSON is missing, cut short
    or not of lsblk's shape.
    """
    text = written.decode("utf-8-sig", errors="replace")
    document, around = _json_in(text, where)
    try:
        rows = _Document.model_validate(document).blockdevices
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(
            f".{step}" if isinstance(step, str) else f"[{step}]" for step in first["loc"]
        )
        raise InvalidFile(
            f"{where} is not what lsblk writes: {first['msg']} at '{place.lstrip('.')}'; {_REMEDY}."
        ) from None
    devices: dict[str, BlockDevice] = {}
    for row, parent in _with_parents(rows):
        device = devices.get(row.key) or row.device()
        if parent is not None and parent.key not in device.built_on:
            device = replace(device, built_on=(*device.built_on, parent.key))
        devices[row.key] = device
    warnings = [f"{where} holds more than JSON: {line!r}" for line in around]
    inexact = [device.title for device in devices.values() if device.size_bytes is None]
    if inexact:
        warnings.append(f"{where} has no exact size of {', '.join(inexact)}; {_REMEDY}.")
    return Listing(_causes_first(devices, where), tuple(warnings))


def _json_in(text: str, where: str) -> tuple[object, list[str]]:
    """Return the JSON document in `text` and the lines that stand around it."""
    begin = _JSON_BEGINS.search(text)
    if begin is None:
        raise InvalidFile(f"{where} holds no JSON, found {text.strip()[:40]!r}; {_REMEDY}.")
    try:
        document, end = json.JSONDecoder().raw_decode(text, begin.end() - 1)
    except json.JSONDecodeError as error:
        raise InvalidFile(
            f"{where} is cut short or damaged at line {error.lineno}, column {error.colno} "
            f"({error.msg}); {_REMEDY}."
        ) from None
    around = text[: begin.start()].splitlines() + text[end:].splitlines()
    return document, [line.strip() for line in around if line.strip()]


def _with_parents(
    rows: Iterable[_Row], parent: _Row | None = None
) -> Iterator[tuple[_Row, _Row | None]]:
    for row in rows:
        yield row, parent
        yield from _with_parents(row.children, row)


def _causes_first(devices: dict[str, BlockDevice], where: str) -> tuple[BlockDevice, ...]:
    built_on = {name: device.built_on for name, device in devices.items()}
    try:
        return tuple(devices[name] for name in TopologicalSorter(built_on).static_order())
    except CycleError as error:
        raise InvalidFile(
            f"{where} says that a device is built on itself: {' -> '.join(error.args[1])}; "
            f"{_REMEDY}."
        ) from None


def _certain(said: object) -> object:
    """Return a text without what is not certain: padding, and bytes that were no text."""
    if said is None:
        return ""
    return "" if _UNDECODABLE in str(said) else str(said).strip()


def _exact_bytes(said: object) -> int | None:
    """Return a size that is told in bytes, None for one that was rounded for people ("20G")."""
    digits = str(said).removesuffix("B")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return size if (size := int(digits)) <= _MOST_BYTES else None


_Text = Annotated[str, BeforeValidator(_certain)]
_Bytes = Annotated[int | None, BeforeValidator(_exact_bytes)]


class _Row(BaseModel):
    """One device as lsblk writes it; older versions write numbers and booleans as text."""

    name: str = Field(min_length=1)
    kname: _Text = ""
    kind: _Text = Field("", alias="type")
    path: _Text = ""
    size: _Bytes = None
    serial: _Text = ""
    wwn: _Text = ""
    model: _Text = ""
    vendor: _Text = ""
    tran: _Text = ""
    state: _Text = ""
    rota: bool | None = None
    ro: bool | None = None
    mountpoint: str | None = None
    mountpoints: list[str | None] = []
    children: list[_Row] = []

    @property
    def key(self) -> str:
        """The kernel's name; a capture without that column has it in `name` for all but dm."""
        return (self.kname or self.name).rpartition("/")[2]

    def device(self) -> BlockDevice:
        """Return it as a device that is built on nothing yet."""
        return BlockDevice(
            name=self.key,
            title=self.name.rpartition("/")[2],
            kind=self.kind,
            path=self.path or f"/dev/{self.key}",
            size_bytes=self.size,
            serial=self.serial,
            wwn=self.wwn,
            model=self.model,
            vendor=self.vendor,
            transport=self.tran,
            driver_state=self.state,
            is_rotational=self.rota,
            is_read_only=self.ro,
            mountpoints=tuple(place for place in self.mountpoints or [self.mountpoint] if place),
        )


class _Document(BaseModel):
    blockdevices: list[_Row]
