"""Looks at a Linux host, or at what its tools wrote, and reports it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from pathlib import Path

from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.plugins.linux_host.assembly import assembled
from plugin_runtime.plugins.linux_host.captures import FORMATS, Reading, read_captures
from plugin_runtime.plugins.linux_host.facts import MULTIPATH, Doubts, HostFacts
from plugin_runtime.plugins.linux_host.live import read_live
from plugin_runtime.plugins.linux_host.reporter import Reporter
from plugin_runtime.plugins.linux_host.resources import RAID_LEVELS, LinuxHost
from plugin_runtime.resource import StorageResource

TOOL_SECONDS = 20.0
"""How long one tool may take."""


class LinuxHostPlugin(StoragePlugin[LinuxHost]):
    """Looks at one host, or at what was captured there, every minute."""

    name = "linux_host"

    def initial_scan(self, root: LinuxHost) -> None:
        """Report everything the tools tell."""
        self.reported: Mapping[str, StorageResource] = {}
        self.told: Mapping[str, HostFacts] = {}
        self.said: Collection[str] = frozenset()
        self.update_scan(root)

    def update_scan(self, root: LinuxHost) -> None:
        """Report what the tools tell now, and no longer what they have ceased to tell.

        Of a tool that cannot be read any more its last word is taken, in doubt.
        """
        if root.source is None:
            reading = read_live(timeout_seconds=TOOL_SECONDS)
        else:
            reading = read_captures(Path(root.source))
        self.told = _last_words(reading, self.told)
        host = assembled(_together(self.told))
        self._say(reading, host)
        reporter = Reporter(self, root.hostname, host, _doubts(reading, host))
        before, self.reported = self.reported, reporter.report_all()
        for uid in before.keys() - self.reported.keys():
            self.remove(before[uid])
        found = {one.uid for one in reporter.disks.values()}
        disks = _number_of_disks(len(found), self.told, host)
        if disks == 0 and root.disks != 0:
            self.log.info("no disk found")
        root.disks = disks
        root.unread = len(reading.unread)

    def _say(self, reading: Reading, host: HostFacts) -> None:
        """Log every warning, and which tools are not installed, where that is new."""
        warnings = (*reading.warnings, *host.warnings)
        for warning in warnings:
            if warning not in self.said:
                self.log.warning(warning)
        absent = f"not installed, so not read: {', '.join(reading.absent)}"
        if reading.absent and absent not in self.said:
            self.log.info(absent)
        self.said = frozenset({*warnings, absent})


def _number_of_disks(reported: int, told: Collection[str], host: HostFacts) -> int | None:
    """Return how many disks the host has of its own; None where no tool that was read tells."""
    is_listed = {"lsblk", "probert"} & {*told} or any(one.kind == "disk" for one in host.devices)
    return reported if is_listed else None


def _last_words(reading: Reading, before: Mapping[str, HostFacts]) -> Mapping[str, HostFacts]:
    """Return what each tool tells, completed by what it told before where it was not read."""
    told = dict(reading.told)
    for tool in reading.unread.keys() & before.keys():
        told[tool] = told[tool].joined(before[tool]) if tool in told else before[tool]
    return told


def _together(told: Mapping[str, HostFacts]) -> HostFacts:
    """Return what all tools tell; where two tell of one thing, what the more telling one tells."""
    order = dict.fromkeys(one.tool for one in FORMATS)
    return reduce(HostFacts.joined, (told[tool] for tool in order if tool in told), HostFacts())


def _doubts(reading: Reading, host: HostFacts) -> Doubts:
    """Return the names of what its tool did not tell of, because that was not read."""
    sure = _together(reading.told)

    def doubted(
        tools: Collection[str], known: Collection[str], told: Collection[str]
    ) -> frozenset[str]:
        if reading.unread.keys().isdisjoint(tools):
            return frozenset()
        return frozenset(known) - frozenset(told)

    return Doubts(
        maps=doubted(
            {"multipath", "multipathd"},
            [one.name for one in host.devices if one.kind == MULTIPATH],
            [one.name for one in sure.maps],
        ),
        arrays=doubted(
            {"mdadm", "mdstat"},
            [one.name for one in host.devices if one.kind in RAID_LEVELS],
            [one.name for one in sure.arrays],
        ),
        groups=doubted(
            {"lvm"}, [one.name for one in host.groups], [one.name for one in sure.groups]
        ),
        pools=doubted(
            {"zpool"}, [one.name for one in host.pools], [one.name for one in sure.pools]
        ),
    )
