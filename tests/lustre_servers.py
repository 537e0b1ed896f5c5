"""Captures of Lustre servers for tests, and what was reported of them by its labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plugin_runtime.plugins.lustre_server import LustreServerPlugin, LustreServerSource
from plugin_runtime.session.session import Session
from plugin_runtime.testing import FakeClock, Scanned, session_of

MGC = "mgc.MGC10.0.0.1@tcp.uuid=c0ffee\n"
SERVICES = """\
mdt.scratch-MDT0000.uuid=scratch-MDT0000_UUID
obdfilter.scratch-OST0000.uuid=scratch-OST0000_UUID
obdfilter.scratch-OST0010.uuid=scratch-OST0010_UUID
"""
NAMES = ("scratch-MDT0000", "scratch-OST0000", "scratch-OST0010")
LIVE = """\
mgs.MGS.live.scratch=
fsname: scratch
flags: 0x20     gen: 9
scratch-MDT0000
scratch-OST0000
scratch-OST0001

imperative_recovery_state:
    state: full
"""


def captured(directory: Path, *texts: str, **named: str) -> Path:
    """Return a directory that holds these texts, in files called for nothing or as given."""
    directory.mkdir(parents=True, exist_ok=True)
    files = {f"capture{number}": text for number, text in enumerate(texts)} | named
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def scanned(source: Path, hostname: str = "oss1") -> Scanned:
    """Return a scanned capture."""
    return Scanned(session(source, hostname))


def session(source: Path, hostname: str = "oss1", clock: FakeClock | None = None) -> Session:
    """Return a session on a capture that was not scanned yet."""
    root = LustreServerSource(hostname=hostname, source=str(source))
    return session_of(LustreServerPlugin, root, clock=clock)


def own_states(server: Scanned) -> dict[str, str]:
    """Return the own state of every target, by its label."""
    return {
        label: one.own_state.word
        for label, one in server.resources.items()
        if "LustreTarget" in one.merged.classes
    }


def alerts(server: Scanned) -> dict[str, list[str]]:
    """Return the messages of the alerts that are more than information, by resource."""
    return {
        label: messages
        for label, one in server.resources.items()
        if (messages := [each.message for each in one.merged.alerts if each.severity != "info"])
    }


def attributes(server: Scanned, label: str) -> Mapping[str, object]:
    """Return what is stored of a resource."""
    return server.resources[label].merged.attributes
