"""One chain from an array over a captured host to a Lustre target, whichever is seen first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linux_hosts import captured

from plugin_runtime.plugins.linux_host import LinuxHost, LinuxHostPlugin
from plugin_runtime.plugins.lustre_server import LustreServerPlugin, LustreServerSource
from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.session.session import Session
from plugin_runtime.testing import Scanned, session_of

LUN, POOL_DISKS = "couplet0-lun2", 3
"""The LUN, and how many of its pool's disks fail: one more than a RAID6 bears."""


def lsblk() -> str:
    """Return the list of devices of a host with two paths to a LUN."""
    below = {"name": "mpathz", "kname": "dm-7", "type": "mpath", "size": 10}
    below["path"] = "/dev/mapper/mpathz"
    disks = [
        {"name": name, "type": "disk", "size": 10, "tran": "fc", "children": [below]}
        for name in ("sdx", "sdy")
    ]
    return json.dumps({"blockdevices": disks})


def capture_of_host(directory: Path, serial: str) -> Path:
    """Return what the tools of that host would have written, udev's 3 before the LUN's id."""
    path_group = {"paths": [{"dev": name, "dm_st": "active"} for name in ("sdx", "sdy")]}
    told = {"name": "mpathz", "uuid": f"3{serial}", "sysfs": "dm-7", "path_groups": [path_group]}
    return captured(
        directory,
        multipathd=json.dumps({"maps": [told]}),
        lsblk=lsblk(),
    )


def host(source: Path) -> Session:
    """Return a session with the captured host."""
    return session_of(LinuxHostPlugin, LinuxHost(hostname="oss9", source=str(source)))


def server(directory: Path) -> Session:
    """Return a session with a Lustre server on that host, whose one target is on the LUN."""
    source = captured(
        directory,
        parameters="health_check=healthy\nobdfilter.home-OST0000.uuid=home-OST0000_UUID\n"
        "osd-ldiskfs.home-OST0000.mntdev=/dev/mapper/mpathz\n",
        lsblk=lsblk(),
    )
    return session_of(LustreServerPlugin, LustreServerSource(hostname="oss9", source=str(source)))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_pool_that_fails_in_an_array_reaches_a_target_on_a_captured_host(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """disks --> pool --> LUN --PROVIDES--> oss9:mpathz --> home-OST0000"""
    drawn = Scanned(session_of(SimulatedSitePlugin, SimulatedSite()))
    serial = str(drawn.resources[LUN].merged.attributes["serial_number"])
    source = capture_of_host(tmp_path / "host", serial)
    pool = next(cause for cause, effect in drawn.links if effect == LUN and "pool" in cause)
    disks = sorted(cause for cause, effect in drawn.links if effect == pool)[:POOL_DISKS]
    broken = SimulatedSite(failed=",".join(disks))
    sessions = [
        session_of(SimulatedSitePlugin, broken),
        host(source),
        server(tmp_path / "server"),
    ]

    first, *others = [sessions[place] for place in order]
    site = Scanned(first)
    for session in others:
        site.add(session)

    assert {(LUN, "oss9:mpathz"), ("oss9:mpathz", "home-OST0000")} <= site.links
    states = site.states()
    assert ("FAILED", "FAILED", "FAILED") == (
        states[pool],
        states["oss9:mpathz"],
        states["home-OST0000"],
    )
    assert set(disks) == site.root_causes("oss9:mpathz")
    assert "FAILED" != Scanned(server(tmp_path / "server")).states()["home-OST0000"]


@pytest.mark.parametrize("is_host_first", [True, False])
def test_a_pool_that_fails_reaches_the_target_on_a_dataset_of_it(
    tmp_path: Path, *, is_host_first: bool
) -> None:
    """oss9:ost0 --PROVIDES--> home-OST0000, and to no target of another server or pool."""
    rows = "".join(f"\t    {name} UNAVAIL 0 0 0\n" for name in ("sda", "sdb"))
    status = (
        f"  pool: ost0\n state: UNAVAIL\nconfig:\n\n\tost0 UNAVAIL\n\t  mirror-0 UNAVAIL\n{rows}"
    )
    host_source = captured(tmp_path / "host", zpool=status)
    parameters = "health_check=healthy\n" + "".join(
        f"obdfilter.home-OST000{n}.uuid=x\nosd-zfs.home-OST000{n}.mntdev=ost{n}/ost{n}\n"
        for n in (0, 1)
    )
    server_source = captured(tmp_path / "server", parameters=parameters)
    served = session_of(
        LustreServerPlugin, LustreServerSource(hostname="oss9", source=str(server_source))
    )
    sessions = [host(host_source), served]

    first, second = sessions if is_host_first else sessions[::-1]
    site = Scanned(first)
    site.add(second)

    states = site.states()
    assert ("oss9:ost0", "home-OST0000") in site.links
    assert ("FAILED", "OK") == (states["home-OST0000"], states["home-OST0001"])
    assert {"oss9:ost0/sda", "oss9:ost0/sdb"} == site.root_causes("home-OST0000")
