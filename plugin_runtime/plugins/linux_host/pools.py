"""Reports ZFS pools, the groups they are made of and the devices in those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from plugin_runtime.base_resources import Host
from plugin_runtime.plugins.linux_host.facts import ENDED, Vdev, ZfsPool
from plugin_runtime.plugins.linux_host.resources import (
    LinuxZfsDevice,
    LinuxZfsGroup,
    LinuxZpool,
    UnlistedLinuxZfsDevice,
)
from plugin_runtime.plugins.linux_host.written import pool_id
from plugin_runtime.relations import gate_of_level
from plugin_runtime.resource import StorageResource
from topology.gates import Tolerates

R = TypeVar("R", bound=StorageResource)

_NOTHING_BORNE = "stripe"
"""The level of a group of no known kind."""


class Report(Protocol):
    """How one resource is reported."""

    def __call__(
        self,
        cls: type[R],
        values: Mapping[str, object],
        parents: Iterable[StorageResource] = (),
    ) -> R:
        """Report a resource of class `cls` on its parents."""


class PoolReporter:
    """Reports the pools of one host, whose device nodes are reported by now."""

    def __init__(self, report: Report, host: Host, nodes: Mapping[str, StorageResource]) -> None:
        self._report = report
        self._host = host
        self._nodes = nodes

    def report_all(self, pools: Iterable[ZfsPool], doubted: Collection[str]) -> None:
        """Report the pools; the state of `doubted` ones, by name, is not known."""
        for pool in pools:
            needed = [one for one in pool.vdevs if one.purpose == "data"]
            values = {
                "hostname": self._host.hostname,
                "name": pool.name,
                "pool_id": pool_id(self._host.hostname, pool.name),
                "health": pool.state or None,
                "members": len(pool.vdevs) or None,
                "spares": pool.spares,
                "fault": _fault(pool.state, needed, 0),
                "in_doubt": pool.vague != "" or pool.name in doubted,
            }
            members = [self._member(one, pool.name) for one in pool.vdevs]
            self._report(LinuxZpool, values, members)

    def _member(self, vdev: Vdev, pool: str) -> StorageResource:
        """Report a group or device on what it is made of, and return it."""
        values: dict[str, object] = {
            "hostname": self._host.hostname,
            "name": f"{pool}/{vdev.name.removeprefix('/dev/')}",
            "purpose": vdev.purpose,
            "health": vdev.state or None,
            "resilvering": vdev.is_resilvering,
        }
        if vdev.members:
            members = {one.name: self._member(one, pool) for one in vdev.members}
            inputs = [members[one.name] for one in vdev.inputs]
            values |= {
                "raid_level": vdev.level or _NOTHING_BORNE,
                "members": max(1, len(inputs)),
                "fault": _fault(vdev.state, vdev.members, _borne(vdev)),
            }
            return self._report(LinuxZfsGroup, values, inputs)
        node = self._nodes.get(vdev.path)
        if node is None:
            return self._report(UnlistedLinuxZfsDevice, values, [self._host])
        return self._report(LinuxZfsDevice, values, [node])


def _fault(state: str, members: Collection[Vdev], borne: int) -> str | None:
    """Return what is wrong with a whole that its members do not explain.

    More than `borne` of them must have ended for it to end.
    """
    if state in ENDED:
        is_explained = sum(one.state in ENDED for one in members) > borne
    else:
        is_explained = state != "DEGRADED" or any(
            one.is_resilvering or one.state in ("DEGRADED", *ENDED) for one in _all(members)
        )
    return None if is_explained else state


def _borne(group: Vdev) -> int:
    """Return how many members a group can lose."""
    gate = gate_of_level(group.level or _NOTHING_BORNE)
    if isinstance(gate, Tolerates):
        return min(gate.failures, len(group.members) - 1)
    return len(group.members) - 1  # a mirror


def _all(vdevs: Iterable[Vdev]) -> Iterator[Vdev]:
    for one in vdevs:
        yield one
        yield from _all(one.members)
