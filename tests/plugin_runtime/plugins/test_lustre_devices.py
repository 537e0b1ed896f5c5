"""What a Lustre target is built on: the device it is kept on, and who can reach that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lustre_servers import (
    LIVE,
    SERVICES,
    attributes,
    captured,
    own_states,
    scanned,
)

from plugin_runtime.plugins.linux_host import LinuxHost, LinuxHostPlugin
from plugin_runtime.testing import Scanned, session_of
from topology.model import Provision

DEVICE_TREE = {
    "Root": {
        "children": [
            {
                "ScsiDevice": {
                    "serial": "36001405a63b61f10cbb4e229df0792d0",
                    "paths": ["/dev/sdb", "/dev/ost0"],
                    "mount": None,
                    "children": [
                        {
                            "Mpath": {
                                "serial": "36001405a63b61f10cbb4e229df0792d0",
                                "dm_name": "mpathb",
                                "paths": ["/dev/mapper/mpathb", "/dev/dm-1", "/dev/ost0"],
                                "mount": None,
                            }
                        }
                    ],
                }
            }
        ]
    }
}


def test_a_target_is_built_on_the_device_it_is_mounted_from(tmp_path: Path) -> None:
    """oss1 --> oss1:/dev/sdb --> target; the mount says which device, where, and whose MGS."""
    mounts = "proc /proc proc rw 0 0\n/dev/sdb /mnt/o0 lustre ro,svname=scratch-OST0000,"
    source = captured(tmp_path, SERVICES, f"{mounts}mgsnode=10.0.0.1@tcp:10.0.0.2@tcp 0 0\n")

    server = scanned(source)

    assert {("oss1", "oss1:/dev/sdb"), ("oss1:/dev/sdb", "scratch-OST0000")} <= server.links
    assert "/mnt/o0" == attributes(server, "scratch-OST0000")["mount_point"]
    assert "10.0.0.1@tcp" == attributes(server, "scratch")["mgs"]


def test_a_multipath_device_is_recognised_by_any_of_its_names(tmp_path: Path) -> None:
    """/dev/ost0 is a name of both; the target is on the multipath device, that on the LUN."""
    text = SERVICES + "osd-ldiskfs.scratch-OST0000.mntdev=/dev/ost0\n"

    server = scanned(captured(tmp_path, text, json.dumps(DEVICE_TREE)))

    assert ("oss1:mpathb", "scratch-OST0000") in server.links
    wanted = Provision("scsi_serial", "6001405a63b61f10cbb4e229df0792d0")
    assert (wanted,) == server.resources["oss1:mpathb"].merged.subscribes


def test_devices_are_those_that_the_host_itself_reports(tmp_path: Path) -> None:
    """lsblk tells which of the devices with a label is the multipath device on the others."""
    multipath = {"name": "mpatha", "kname": "dm-1", "path": "/dev/mapper/mpatha", "type": "mpath"}
    disks = [
        {
            "name": name,
            "type": "disk",
            "wwn": "0x6001405a63b61f10cbb4e229df0792d0",
            "children": [multipath],
        }
        for name in ("sda", "sdb")
    ]
    paths = ("/dev/sda", "/dev/sdb", "/dev/mapper/mpatha")
    blkid = "".join(f'{path}: LABEL="scratch-OST0000" TYPE="ext4"\n' for path in paths)
    source = captured(tmp_path / "lustre", SERVICES, blkid, json.dumps({"blockdevices": disks}))
    lsblk = tmp_path / "lsblk.json"
    lsblk.write_text(json.dumps({"blockdevices": disks}))

    server = scanned(source)

    host = Scanned(session_of(LinuxHostPlugin, LinuxHost(hostname="oss1", source=str(lsblk))))
    assert host.resources["oss1:mpatha"].uid == server.resources["oss1:mpatha"].uid
    assert ("oss1:mpatha", "scratch-OST0000") in server.links
    wanted = Provision("scsi_serial", "6001405a63b61f10cbb4e229df0792d0")
    assert (wanted,) == server.resources["oss1:mpatha"].merged.subscribes


def test_a_label_on_several_devices_tells_none_of_them(tmp_path: Path) -> None:
    """A snapshot bears the label of its origin."""
    blkid = "".join(f'/dev/{path}: LABEL="scratch-OST0000"\n' for path in ("sda", "sdb"))

    server = scanned(captured(tmp_path, SERVICES, blkid))

    assert "device" not in attributes(server, "scratch-OST0000")


@pytest.mark.parametrize(
    "link", ["scsi-3", "wwn-0x", "dm-uuid-mpath-3"], ids=["scsi", "wwn", "multipath"]
)
def test_the_name_of_a_device_may_tell_its_serial(tmp_path: Path, link: str) -> None:
    """Udev links devices by their NAA identifier."""
    path = f"/dev/disk/by-id/{link}6001405a63b61f10cbb4e229df0792d0"

    server = scanned(captured(tmp_path, SERVICES, f"oss1 oss2 scratch-OST0000 {path}\n"))

    wanted = Provision("scsi_serial", "6001405a63b61f10cbb4e229df0792d0")
    assert (wanted,) == server.resources[f"oss1:{path}"].merged.subscribes


def test_the_tree_that_lsblk_draws_tells_of_maps_too(tmp_path: Path) -> None:
    """Versions without JSON have nothing else."""
    tree = """\
NAME            MAJ:MIN RM SIZE RO TYPE  MOUNTPOINT
sdb               8:16   0  10G  0 disk
`-mpatha (dm-0) 253:0    0  10G  0 mpath
"""
    text = SERVICES + "osd-ldiskfs.scratch-OST0000.mntdev=/dev/mapper/mpatha\n"

    server = scanned(captured(tmp_path, text, tree))

    assert ("oss1:mpatha", "scratch-OST0000") in server.links


def test_a_zfs_dataset_is_no_block_device(tmp_path: Path) -> None:
    """Which disks are behind it is for the host to tell."""
    text = SERVICES + "osd-zfs.scratch-OST0000.mntdev=ost0/ost0\n"

    server = scanned(captured(tmp_path, text))

    assert "ost0/ost0" == attributes(server, "scratch-OST0000")["device"]
    assert [] == [label for label in server.resources if label.startswith("oss1:")]


def test_ldev_conf_tells_names_and_neither_targets_nor_servers(tmp_path: Path) -> None:
    """It lists a whole site; that a server could take over is told by its devices."""
    ldev = """\
# local foreign label device
oss1 oss2 scratch-OST0000 zfs:ost0/ost0
oss2 oss1 scratch-OST0001 /dev/sdb
oss2 oss1 scratch-OST0002 /dev/sdc
mds1 - scratch-MDT0000 md:/dev/md0 - /etc/mdadm.conf
"""

    server = scanned(captured(tmp_path, SERVICES, LIVE.replace("0000\n", "0001\n"), ldev))

    assert "scratch-OST0002" not in server.resources
    assert ("oss1", "scratch-OST0001") not in server.links
    assert "oss1, oss2" == attributes(server, "scratch-OST0000")["failover_servers"]
    assert "oss2" not in server.resources


def test_a_server_that_sees_a_targets_device_can_serve_it(tmp_path: Path) -> None:
    """The label says whose device it is; one with a colon has never joined a filesystem."""
    blkid = """\
/dev/sdb: LABEL="scratch-OST0001" UUID="05d927bb" TYPE="ext4"
/dev/sdc: LABEL="scratch=OST0002" TYPE="ext4"
/dev/sdd: LABEL="scratch:OST0003" TYPE="ext4"
/dev/sde: TYPE="LVM2_member"
"""

    server = scanned(captured(tmp_path, "health_check=healthy\n", blkid))

    expected = {"scratch-OST0001": "UNKNOWN", "scratch-OST0002": "UNKNOWN"}
    assert expected == own_states(server)
    assert False is attributes(server, "scratch-OST0001")["served_here"]
    assert {("oss1", "scratch-OST0001"), ("oss1:/dev/sdb", "scratch-OST0001")} <= server.links
