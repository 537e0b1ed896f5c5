"""Reports one Lustre server: itself, its targets, and the filesystems they belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from plugin_runtime.base_resources import (
    DeviceNode,
    LustreFilesystem,
    LustreServer,
    ManagementTarget,
    MultipathDevice,
)
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.plugins.linux_host.written import pool_id
from plugin_runtime.plugins.lustre_server.capture import ClusterNode, Nid
from plugin_runtime.plugins.lustre_server.devices import Device
from plugin_runtime.plugins.lustre_server.resources import (
    LustreHost,
    LustreMdt,
    LustreMgt,
    LustreNid,
    LustreOst,
    LustrePeer,
    LustreServerSource,
    LustreTarget,
)
from plugin_runtime.plugins.lustre_server.server import Server, server_of
from plugin_runtime.plugins.lustre_server.sources import captured, live
from plugin_runtime.plugins.lustre_server.targets import Kind, Target
from plugin_runtime.resource import StorageResource

COMMAND_SECONDS = 20.0
"""How long each command may take."""
_CLASSES: Mapping[Kind, type[LustreTarget]] = {"MGT": LustreMgt, "MDT": LustreMdt, "OST": LustreOst}
R = TypeVar("R", bound=StorageResource)


class LustreServerPlugin(StoragePlugin[LustreServerSource]):
    """Looks at one server, or at what was captured there, every minute."""

    name = "lustre_server"

    def initial_scan(self, root: LustreServerSource) -> None:
        """Report everything the server tells."""
        self.reported: dict[str, StorageResource] = {}
        self.warnings: frozenset[str] = frozenset()
        self.update_scan(root)

    def update_scan(self, root: LustreServerSource) -> None:
        """Report what the server tells now, and no longer what it has ceased to tell."""
        server = self._look(root)
        before, self.reported = self.reported, {}
        nids = [self._report_nid(one) for one in server.nids or _untold(before.values())]
        host = self._report(
            LustreHost,
            {
                "hostname": root.hostname,
                "lustre_version": server.version or None,
                "health_check": server.health_check,
            },
            nids,
        )
        # Nobody else may take what is at an unknown MGS for its own.
        mgs = server.mgs or f"unknown to {root.get_label()}"
        cluster = self._report_cluster(server, host)
        targets = [self._report_target(one, host, mgs, cluster) for one in server.targets]
        self._report_filesystems(server, mgs, targets)
        for uid in before.keys() - self.reported.keys():
            self.remove(before[uid])
        root.targets = sum(one.served_here for one in targets)

    def _look(self, root: LustreServerSource) -> Server:
        """Return what the server tells, its warnings logged where they are new."""
        if root.source is None:
            capture = live(timeout_seconds=COMMAND_SECONDS)
        else:
            capture = captured(Path(root.source))
        server = server_of(capture)
        warnings = list(server.warnings)
        if server.cluster and not any(_is_named(root.hostname, one) for one in server.cluster):
            nodes = ", ".join(one.name for one in server.cluster)
            warnings.append(
                f"Pacemaker's cluster has no node {root.hostname}, so this server is none of those "
                f"that its targets may run on; its nodes are {nodes}; correct `hostname`."
            )
        for warning in dict.fromkeys(warnings):
            if warning not in self.warnings:
                self.log.warning(warning)
        self.warnings = frozenset(warnings)
        return server

    def _report_nid(self, nid: Nid) -> LustreNid:
        values = {
            "nid": nid.nid,
            "status": nid.status or None,
            "interface": nid.interface or None,
            "health": nid.health,
        }
        return self._report(LustreNid, values)

    def _report_cluster(self, server: Server, host: LustreHost) -> Mapping[str, LustreServer]:
        """Report the other servers of the cluster; return all by their names there."""
        found: dict[str, LustreServer] = {}
        for node in server.cluster:
            if _is_named(host.hostname, node):
                found[node.name] = host
                continue
            values = {"hostname": node.name, "cluster_state": node.state}
            found[node.name] = self._report(LustrePeer, values)
        return found

    def _report_target(
        self, target: Target, host: LustreHost, mgs: str, cluster: Mapping[str, LustreServer]
    ) -> LustreTarget:
        """Report a target, built on the servers and the device by which it can be reached."""
        name = target.name
        identity: dict[str, object] = {"mgs": mgs}
        if name.filesystem:
            identity |= {"filesystem": name.filesystem, "index": name.index}
        parents: list[StorageResource] = [
            cluster[node] for node in target.may_run_on if node in cluster
        ]
        if (target.served_here or target.device) and host not in parents:
            parents.append(host)
        if target.device and target.device.is_block:
            parents.append(self._report_device(target.device, host, in_use=target.served_here))
        pool = target.device.zfs_pool if target.device else ""
        values = {
            **identity,
            "served_here": target.served_here,
            "health": target.health,
            "osd_type": target.osd_type or None,
            "size": target.size_bytes,
            "device": target.device.path if target.device else None,
            "zfs_pool": pool_id(host.hostname, pool) if pool else None,
            "degraded": target.is_degraded,
            "mount_point": target.mount_point or None,
            "recovery": target.recovery or None,
            "cluster_role": target.cluster_role or None,
            "recovered_clients": target.recovered_clients or None,
            "failover_servers": ", ".join(target.servers) or None,
        }
        reported = self._report(_CLASSES[name.kind], values, parents)
        if target.free_bytes is not None:
            reported.free = target.free_bytes
        return reported

    def _report_device(self, device: Device, host: LustreHost, *, in_use: bool) -> StorageResource:
        values: dict[str, object] = {"host": host, "serial_number": device.serial or None}
        if device.multipath_name:
            values["name"] = device.multipath_name
            return self._report(MultipathDevice, values, [host])
        values |= {"path": device.path, "in_use": in_use}
        return self._report(DeviceNode, values, [host])

    def _report_filesystems(
        self, server: Server, mgs: str, targets: Collection[StorageResource]
    ) -> None:
        """Report each filesystem, built on its targets.

        Its MGT is the one here only where the MGS lists it, or both name the same NID.
        """
        for name in server.filesystems:
            has_mgt = server.mgs is not None or name in server.managed
            parents = [
                one
                for one, said in zip(targets, server.targets, strict=True)
                if said.name.filesystem == name or (has_mgt and isinstance(one, ManagementTarget))
            ]
            self._report(LustreFilesystem, {"mgs": mgs, "name": name}, parents)

    def _report(
        self, cls: type[R], values: Mapping[str, Any], parents: Collection[StorageResource] = ()
    ) -> R:
        resource, _ = self.update_or_create(cls, parents, **values)
        self.reported[resource.uid] = resource
        return resource


def _is_named(hostname: str, node: ClusterNode) -> bool:
    """The cluster's node is that host, with or without its domain."""
    return node.name.partition(".")[0] == hostname.partition(".")[0]


def _untold(resources: Iterable[StorageResource]) -> list[Nid]:
    """Return the interfaces that were reported, as they are while nothing tells of any.

    A server without interfaces would not have answered, so they are not gone.
    """
    return [
        Nid(one.nid, status="", interface=one.interface or "", health=None)
        for one in resources
        if isinstance(one, LustreNid)
    ]
