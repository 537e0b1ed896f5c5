"""What the built-in classes do beyond holding attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugin_runtime import attributes
from plugin_runtime.alert_conditions import ValueCondition
from plugin_runtime.base_resources import (
    DeviceNode,
    Enclosure,
    Fan,
    Host,
    LogicalDrive,
    LustreFilesystem,
    LustreServer,
    MetadataTarget,
    MultipathDevice,
    ObjectStorageTarget,
    PathWeight,
    PhysicalDisk,
    PowerSupply,
    VirtualMachine,
)
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource, StorageResource
from plugin_runtime.testing import Scanned, session_of
from topology.answers.making import detail_body
from topology.graph.replica import Replica
from topology.live.live_topology import view_of
from topology.live.view import View
from topology.report import ranked_servers


class Site(ScannableStorageResource):
    name = attributes.String(default="site")
    identifier = GlobalId("name")


def reported(report: Callable[[StoragePlugin[Site]], object]) -> Scanned:
    """Return a site whose plugin reports so once, and again on each scan."""

    class SitePlugin(StoragePlugin[Site]):
        def initial_scan(self, root: Site) -> None:
            report(self)

        def update_scan(self, root: Site) -> None:
            report(self)

    return Scanned(session_of(SitePlugin, Site()))


def seen(site: Scanned) -> View:
    replica = Replica(site.resources.values())
    return view_of(replica, at=0.0)


def test_the_name_of_a_lun_is_above_the_scsi_id_of_the_drive_on_it() -> None:
    """The array's drive and the host's are two, of two serial numbers, joined by a device."""

    def report(plugin: StoragePlugin[Site]) -> None:
        plugin.update_or_create(LogicalDrive, serial_number="600A", name="home-7")
        host, _ = plugin.update_or_create(Host, hostname="oss1")
        node, _ = plugin.update_or_create(
            DeviceNode, host=host, path="/dev/sdb", serial_number="0x600a"
        )
        plugin.update_or_create(LogicalDrive, [node], serial_number="scsi-3600a")

    view = seen(reported(report))

    names = sorted(view.name(uid) for uid in view.of_class["LogicalDrive"])
    assert ["home-7", "home-7"] == names
    assert "home-7" == view.name(view.find("scsi-3600a"))


class WatchedNode(DeviceNode):
    used = ValueCondition("in_use", info=[True], message="{label} is in use")


@pytest.mark.parametrize("device", [DeviceNode, MultipathDevice])
def test_a_device_is_in_use_while_it_is_mounted_or_something_is_built_on_it(
    device: type[DeviceNode] | type[MultipathDevice],
) -> None:
    """Reported by the built-in class itself, and taken back when that ends."""
    state: dict[str, Any] = {"mount": None, "is_partitioned": False}

    def report(plugin: StoragePlugin[Site]) -> None:
        host, _ = plugin.update_or_create(Host, hostname="oss1")
        place: dict[str, Any] = {"path": "/dev/sda"} if device is DeviceNode else {"name": "sda"}
        disk, _ = plugin.update_or_create(device, host=host, mount_point=state["mount"], **place)
        held = plugin.find(DeviceNode, host=host, path="/dev/sda1")
        if state["is_partitioned"]:
            plugin.update_or_create(DeviceNode, [disk], host=host, path="/dev/sda1")
        elif held is not None:
            plugin.remove(held)

    site = reported(report)
    found = []
    for mount, is_partitioned in ((None, False), ("/srv", False), (None, True), (None, False)):
        state |= {"mount": mount, "is_partitioned": is_partitioned}
        site.scan()
        (label,) = [one for one in site.resources if one.endswith("sda")]
        found.append(site.resources[label].merged.attributes["in_use"])

    assert [False, True, True, False] == found


def test_an_alert_condition_sees_that_a_device_is_in_use() -> None:
    """What is derived counts, not what was assigned."""

    def report(plugin: StoragePlugin[Site]) -> None:
        host, _ = plugin.update_or_create(Host, hostname="oss1")
        plugin.update_or_create(WatchedNode, host=host, path="/dev/sda", mount_point="/srv")

    site = reported(report)

    assert {"oss1:/dev/sda": {("info", "oss1:/dev/sda is in use")}} == site.alerts


def test_path_weights_rank_the_servers_of_a_target() -> None:
    """The greatest first, then those that nobody weighs; without weights nothing is ranked."""

    def report(plugin: StoragePlugin[Site]) -> None:
        names = ("oss1", "oss2", "oss3")
        servers = [plugin.update_or_create(LustreServer, hostname=name)[0] for name in names]
        place: dict[str, Any] = {"mgs": "10.0.0.1@tcp", "filesystem": "home"}
        ost, _ = plugin.update_or_create(ObjectStorageTarget, servers, index=0, **place)
        plugin.update_or_create(ObjectStorageTarget, servers, index=1, **place)
        for server, weight in zip(servers[1:], (10, 20), strict=True):
            plugin.update_or_create(PathWeight, target=ost, server=server, weight=weight)

    view = seen(reported(report))

    ranked = [ranked_servers(view, view.find(f"home-OST000{index}")) for index in (0, 1)]
    assert ["oss3", "oss2", "oss1"] == [view.name(uid) for uid in ranked[0]]
    assert () == ranked[1]
    assert list(ranked[0]) == detail_body(view, view.find("home-OST0000")).servers


@pytest.mark.parametrize(
    ("inside", "host", "is_joined"),
    [
        ("10.0.0.7", "10.0.0.7", True),
        ("VM7.example.com", "vm7.example.com", True),
        ("2001:db8::1", "2001:0DB8:0:0::1", True),
        ("10.0.0.7", "10.0.0.17", False),
        ("2001:db8::1:1", "2001:db8::11", False),
        ("fe-1", "fe1", False),
    ],
)
def test_a_host_depends_on_the_virtual_machine_of_its_address(
    inside: str, host: str, *, is_joined: bool
) -> None:
    """However the address is written, and of no other address."""

    def report(plugin: StoragePlugin[Site]) -> None:
        plugin.update_or_create(VirtualMachine, name="vm", address=inside)
        plugin.update_or_create(Host, hostname="oss1", address=host)

    links = reported(report).links

    assert ({("vm", "oss1")} if is_joined else set()) == links


@pytest.mark.parametrize(("index", "state"), [(0, "FAILED"), (1, "PARTIAL")])
def test_the_root_of_a_filesystem_is_on_mdt0000(index: int, state: str) -> None:
    """Without it there is no filesystem; without another MDT a part of it is gone."""

    class SickTarget(MetadataTarget):
        status = attributes.String(default="ok")
        sick = ValueCondition("status", error=["sick"])

    def report(plugin: StoragePlugin[Site]) -> None:
        place: dict[str, Any] = {"mgs": "10.0.0.1@tcp"}
        targets = [
            plugin.update_or_create(
                SickTarget,
                filesystem="home",
                index=one,
                status="sick" if one == index else "ok",
                **place,
            )[0]
            for one in (0, 1)
        ]
        plugin.update_or_create(LustreFilesystem, targets, name="home", **place)

    site = reported(report)

    assert state == site.states()["home"]


@pytest.mark.parametrize("cls", [Fan, PowerSupply])
def test_a_part_is_called_by_its_enclosure_too(cls: type[StorageResource]) -> None:
    """Every shelf has a psu0."""
    shelf = Enclosure(name="shelf1", serial_number="S1")

    assert "shelf1 psu0" == cls(name="psu0", enclosure=shelf).get_label()
    assert "psu0" == cls(name="psu0").get_label()


def test_a_disk_without_a_serial_is_called_by_what_identifies_it() -> None:
    """Twenty disks called "Disk None" are told apart by nobody."""

    class KestrelDisk(PhysicalDisk):
        identifier = ScannableId("enclosure", "slot")

    shelf = Enclosure(name="shelf1", serial_number="S1")

    assert "Kestrel disk shelf1/3" == KestrelDisk(enclosure=shelf, slot=3).get_label()
    assert "Disk S7" == KestrelDisk(enclosure=shelf, slot=3, serial_number="S7").get_label()
    assert "KestrelDisk(enclosure=Enclosure(serial_number='S1'), slot=3)" == repr(
        KestrelDisk(enclosure=shelf, slot=3)
    )


def test_an_enclosure_without_a_serial_is_called_by_what_identifies_it() -> None:
    """One that is scanned by its address has no serial before its first scan."""

    class KestrelShelf(Enclosure):
        address = attributes.Hostname()
        identifier = GlobalId("address")

    assert "Kestrel shelf shelf1" == KestrelShelf(address="shelf1").get_label()
