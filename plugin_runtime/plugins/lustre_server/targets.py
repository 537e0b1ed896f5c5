"""Lustre's targets: how they are named, and what a server can tell of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from plugin_runtime.plugins.lustre_server.devices import Device
from plugin_runtime.plugins.lustre_server.parameters import FILESYSTEM, TARGET

Kind = Literal["MGT", "MDT", "OST"]
Health = Literal["healthy", "unhealthy", "unknown"]
_NAME = re.compile(rf"(?P<name>{TARGET})(?:_UUID|-osd)?")
_TO_REGISTER = re.compile(rf"{FILESYSTEM}=(?:MDT|OST)[0-9a-fA-F]{{4}}")


@dataclass(frozen=True, slots=True, order=True)
class TargetName:
    """Which target it is, within one MGS."""

    kind: Kind
    filesystem: str
    """Empty for the MGT."""
    index: int

    def __str__(self) -> str:
        return f"{self.filesystem}-{self.kind}{self.index:04x}" if self.filesystem else "MGS"


MGT = TargetName("MGT", "", 0)


def target_named(text: str) -> TargetName | None:
    """Return the target that a device or uuid is named after, None where it is none's."""
    if text in ("MGS", "MGS-osd"):
        return MGT
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    filesystem, _, number = match["name"].rpartition("-")
    return TargetName("MDT" if number[:3] == "MDT" else "OST", filesystem, int(number[3:], 16))


def target_labelled(label: str) -> TargetName | None:
    """Return the target whose backing filesystem bears a label, None where it is none's.

    An equals sign in place of the hyphen is of one that is to register anew; with a colon it was
    never mounted, so no filesystem has it.
    """
    return target_named(label.replace("=", "-") if _TO_REGISTER.fullmatch(label) else label)


@dataclass(frozen=True, slots=True)
class Target:
    """What a server tells of one target. Texts are empty where nothing is told."""

    name: TargetName
    served_here: bool
    health: Health
    device: Device | None
    """None where it has no device on this server, or none is known."""
    servers: tuple[str, ...]
    """Those that ldev.conf names, the usual one first."""
    osd_type: str = ""
    size_bytes: int | None = None
    free_bytes: int | None = None
    mount_point: str = ""
    recovery: str = ""
    cluster_role: str = ""
    """What Pacemaker says of it."""
    may_run_on: tuple[str, ...] = ()
    """The cluster nodes that Pacemaker may start it on."""
    is_degraded: bool | None = None
    """Its server was told that the array below it is; None where nothing is told."""
    recovered_clients: str = ""
    """Clients that reconnected, of all there had been: "4/8"."""
