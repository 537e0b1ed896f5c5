"""A Lustre server: which targets it reports, how each of them is, and what they are built on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from scanned import Scanned
from structlog.testing import capture_logs

from plugin_runtime.plugins.linux_host import LinuxHost, LinuxHostPlugin
from plugin_runtime.plugins.lustre_server import LustreServerPlugin, LustreServerSource
from plugin_runtime.plugins.lustre_server.sources import live
from plugin_runtime.testing import session_of
from topology.errors import DeviceUnreachable, InvalidFile
from topology.model import Provision

FIXTURES = Path(os.environ.get("TOPOLOGY_FIXTURES", "../shared/fixtures"))
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
LNET = """\
net:
    - net type: lo
      local NI(s):
        - nid: 0@lo
          status: up
    - net type: tcp
      local NI(s):
        - nid: 10.0.0.5@tcp
          status: down
        - nid: 10.0.0.6@tcp
          status: up
          interfaces:
              0: eth1
          health stats:
              health value: 1000
"""
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


def captured(directory: Path, *texts: str, **files: str) -> Path:
    """Return a directory that holds these texts, named for nothing or as given."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (directory / f"capture{number}").write_text(text)
    for name, text in files.items():
        (directory / name.replace("__", "/")).parent.mkdir(parents=True, exist_ok=True)
        (directory / name.replace("__", "/")).write_text(text)
    return directory


def scanned(source: Path, hostname: str = "oss1") -> Scanned:
    """Return a scanned capture."""
    root = LustreServerSource(hostname=hostname, source=str(source))
    return Scanned(session_of(LustreServerPlugin, root))


def command(path: Path, script: str) -> None:
    """Install a command."""
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)


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


def test_a_healthy_server_has_healthy_targets_of_one_filesystem(tmp_path: Path) -> None:
    """oss1 --> each of its targets --> scratch; the index is hexadecimal."""
    server = scanned(captured(tmp_path, "health_check=healthy\n" + SERVICES))

    assert {} == server.troubled()
    links = {("oss1", name) for name in NAMES} | {(name, "scratch") for name in NAMES}
    assert links == server.links
    assert 16 == attributes(server, "scratch-OST0010")["index"]


def test_targets_of_other_servers_are_none_of_this_one(tmp_path: Path) -> None:
    """An MDT talks to all OSTs: its osp, lwp, lod and mdd devices name them, and serve none."""
    text = """\
health_check=healthy
mdt.scratch-MDT0000.uuid=scratch-MDT0000_UUID
osp.scratch-OST0000-osc-MDT0000.active=1
lwp.scratch-MDT0000-lwp-OST0001.state=FULL
lod.scratch-MDT0000-mdtlov.target_obd=
0: scratch-OST0002_UUID ACTIVE
mdd.home-MDT0000.changelog_users=
"""

    assert {"scratch-MDT0000": "OK"} == own_states(scanned(captured(tmp_path, text)))


def test_not_healthy_without_a_name_clears_nobody(tmp_path: Path) -> None:
    """Some device is unhealthy, and /sys does not tell which."""
    server = scanned(captured(tmp_path, "health_check=NOT HEALTHY\n" + SERVICES))

    assert dict.fromkeys(NAMES, "UNKNOWN") == own_states(server)
    assert "DEGRADED" == server.resources["oss1"].own_state.word
    assert {"oss1": ["health_check on oss1 says: NOT HEALTHY"]} == alerts(server)


def test_an_unhealthy_target_of_another_filesystem_is_the_servers_trouble(tmp_path: Path) -> None:
    """Every unhealthy device is named, so the others are healthy."""
    said = "device home-OST0012 reported unhealthy"

    server = scanned(captured(tmp_path, f"health_check={said}\nNOT HEALTHY\n{SERVICES}"))

    assert dict.fromkeys(NAMES, "OK") == own_states(server)
    assert {"oss1": [f"health_check on oss1 says: {said}; NOT HEALTHY"]} == alerts(server)


@pytest.mark.parametrize("device", ["scratch-OST0010", "scratch-OST0010-osd"])
def test_an_unhealthy_target_has_failed_and_its_siblings_have_not(
    tmp_path: Path, device: str
) -> None:
    """health_check names the service's device or the one it stores on."""
    said = f"health_check=device {device} reported unhealthy\nNOT HEALTHY\n"

    server = scanned(captured(tmp_path, said + SERVICES))

    assert {**dict.fromkeys(NAMES, "OK"), "scratch-OST0010": "FAILED"} == own_states(server)
    assert "PARTIAL" == server.states()["scratch"]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("", "UNKNOWN"),
        ("health_check=\n", "UNKNOWN"),
        ("health_check=heal\n", "UNKNOWN"),
        ("health_check=device home-OST0012 reported unhealthy\n", "DEGRADED"),
        ("health_check=healthy\nhealth_check=NOT HEALTHY\n", "DEGRADED"),
        ("health_check=LBUG\n", "CRITICAL"),
        ("health_check=LBUG\ndevice OSS reported unhealthy\nNOT HEALTHY\n", "CRITICAL"),
    ],
)
def test_nothing_is_healthy_that_is_not_said_to_be(tmp_path: Path, said: str, state: str) -> None:
    """No health_check, one that is cut short, one that contradicts another, one that crashed."""
    server = scanned(captured(tmp_path, said + SERVICES))

    assert state == server.resources["oss1"].own_state.word
    assert dict.fromkeys(NAMES, "UNKNOWN") == own_states(server)


def test_a_backing_store_alone_does_not_make_a_healthy_target(tmp_path: Path) -> None:
    """It is mounted, but nothing tells that its service was started."""
    text = "health_check=healthy\nosd-ldiskfs.scratch-OST0000.fstype=ldiskfs\n"

    assert {"scratch-OST0000": "UNKNOWN"} == own_states(scanned(captured(tmp_path, text)))


@pytest.mark.parametrize(("device_state", "state"), [("UP", "OK"), ("ST", "UNKNOWN")])
def test_a_listed_device_must_be_up(tmp_path: Path, device_state: str, state: str) -> None:
    """A target that is being stopped is still there."""
    devices = f"""\
  0 UP osd-zfs scratch-OST0000-osd scratch-OST0000-osd_UUID 5
  1 {device_state} obdfilter scratch-OST0000 scratch-OST0000_UUID 7
  2 UP osp scratch-OST0001-osc-MDT0000 scratch-MDT0000-mdtlov_UUID 5
"""

    server = scanned(captured(tmp_path, "health_check=healthy\n", devices))

    assert {"scratch-OST0000": state} == own_states(server)
    assert "zfs" == attributes(server, "scratch-OST0000")["osd_type"]


@pytest.mark.parametrize(
    "listing",
    [
        LIVE,
        "lmv.scratch-clilmv-ffff88.target_obd=\n0: scratch-MDT0000_UUID ACTIVE\n"
        "lov.scratch-clilov-ffff88.target_obd=\n0: scratch-OST0000_UUID ACTIVE\n"
        "1: scratch-OST0001_UUID INACTIVE\n",
    ],
)
def test_what_the_mgs_or_a_client_lists_is_known_and_not_served(
    tmp_path: Path, listing: str
) -> None:
    """They belong to the filesystem, whose state cannot be known without them."""
    text = f"health_check=healthy\nobdfilter.scratch-OST0000.uuid=scratch-OST0000_UUID\n{listing}"

    server = scanned(captured(tmp_path, text))

    targets = {
        label: attributes(server, label)["served_here"]
        for label in own_states(server)
        if label.startswith("scratch")
    }
    expected = {"scratch-MDT0000": False, "scratch-OST0000": True, "scratch-OST0001": False}
    assert expected == targets
    assert "UNKNOWN" == own_states(server)["scratch-OST0001"]
    assert "UNKNOWN" == server.states()["scratch"]


def test_an_mgs_is_an_input_of_the_filesystems_it_lists_and_no_others(tmp_path: Path) -> None:
    """Its filesystem "params" is none."""
    text = f"health_check=healthy\n{LIVE}mgs.MGS.live.params=\nobdfilter.home-OST0000.uuid=x\n"

    server = scanned(captured(tmp_path, text))

    mgt = next(label for label in server.resources if label.startswith("MGS"))
    assert (mgt, "scratch") in server.links
    assert (mgt, "home") not in server.links
    assert "params" not in server.resources


def test_servers_of_one_mgs_report_one_filesystem(tmp_path: Path) -> None:
    """Both know the MGS by its first NID."""
    uids = {
        scanned(captured(tmp_path / name, MGC + SERVICES), name).resources["scratch"].uid
        for name in ("oss1", "oss2")
    }

    assert 1 == len(uids)


LOOPBACK = "mgc.MGC0@lo.uuid=c0ffee\n"


@pytest.mark.parametrize(
    ("east", "west"),
    [(MGC, "mgc.MGC10.0.0.2@tcp.uuid=c0ffee\n"), (LOOPBACK, LOOPBACK), (MGC, ""), ("", "")],
    ids=["two MGS", "each its own MGS", "one is not told", "none is told"],
)
def test_filesystems_of_one_name_at_two_sites_are_two(tmp_path: Path, east: str, west: str) -> None:
    """A name means something only within one MGS."""
    uids = {
        scanned(captured(tmp_path / name, text + SERVICES), name).resources["scratch"].uid
        for name, text in {"east": east, "west": west}.items()
    }

    assert 2 == len(uids)


def test_a_server_of_two_mgs_says_that_it_cannot_tell_them_apart(tmp_path: Path) -> None:
    """Nothing says which of its filesystems belongs to which."""
    with capture_logs() as logs:
        server = scanned(captured(tmp_path, MGC, MGC.replace("0.1@", "0.2@"), SERVICES))

    assert str(attributes(server, "scratch")["mgs"]).startswith("unknown to Lustre on oss1")
    assert any("several MGS (10.0.0.1@tcp, 10.0.0.2@tcp)" in one["event"] for one in logs)


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


def test_a_recovering_target_is_degraded(tmp_path: Path) -> None:
    """Its clients reconnect one after the other."""
    text = """\
health_check=healthy
obdfilter.scratch-OST0000.recovery_status=
status: RECOVERING
completed_clients: 3/8
"""

    server = scanned(captured(tmp_path, text))

    assert {"scratch-OST0000": "DEGRADED"} == own_states(server)
    assert "3/8" == attributes(server, "scratch-OST0000")["recovered_clients"]


def test_a_server_needs_one_of_its_interfaces(tmp_path: Path) -> None:
    """10.0.0.5@tcp is down, so 10.0.0.6@tcp alone keeps the server on the network."""
    server = scanned(captured(tmp_path, "health_check=healthy\n" + SERVICES, LNET))

    assert "FAILED" == server.resources["10.0.0.5@tcp"].own_state.word
    assert "CRITICAL" == server.states()["oss1"]
    assert "eth1" == attributes(server, "10.0.0.6@tcp")["interface"]
    assert "0@lo" not in server.resources


def test_interfaces_of_which_nothing_tells_any_more_are_not_gone(tmp_path: Path) -> None:
    """The server has not failed because its interfaces could not be asked for."""
    source = captured(tmp_path, "health_check=healthy\n" + SERVICES, LNET.replace("down", "up"))
    server = scanned(source)

    (source / "capture1").write_text("net:\n    - cut")
    server.scan()

    assert "UNKNOWN" == server.resources["10.0.0.5@tcp"].own_state.word
    assert "UNKNOWN" == server.states()["oss1"]


def test_a_tree_is_read_like_the_output_of_lctl(tmp_path: Path) -> None:
    """/proc, /sys and files called like the parameter they hold give the same server."""
    tree = captured(
        tmp_path / "tree",
        proc__fs__lustre__mdt__scratch_MDT0000__uuid="x",
        sys__fs__lustre__health_check="healthy\n",
        sys__kernel__debug__lustre__devices="0 UP mdt scratch-MDT0000 x 5\n",
    )
    (tree / "proc/fs/lustre/mdt/scratch_MDT0000").rename(
        tree / "proc/fs/lustre/mdt/scratch-MDT0000"
    )
    flat = captured(tmp_path / "flat", health_check="healthy\n")
    (flat / "mdt.scratch-MDT0000.uuid").write_text("scratch-MDT0000_UUID\n")

    assert {"scratch-MDT0000": "OK"} == own_states(scanned(tree)) == own_states(scanned(flat))


def test_a_target_that_has_left_is_missed_by_its_filesystem(tmp_path: Path) -> None:
    """It was unmounted, and no other server reports it."""
    server = scanned(captured(tmp_path, "health_check=healthy\n" + SERVICES))

    captured(tmp_path, "health_check=healthy\n" + "".join(SERVICES.splitlines(keepends=True)[:2]))
    server.scan()

    assert {"scratch-OST0010": "FAILED", "scratch": "PARTIAL"} == server.troubled()


@pytest.mark.parametrize("written", [b"", b"\n\n", b"\xff\xfe\x00", b"{", b"Linux oss1 5.14\n"])
def test_a_capture_that_tells_nothing_is_refused(tmp_path: Path, written: bytes) -> None:
    """It is no proof that the server serves nothing, so what is known of it stays."""
    source = tmp_path / "capture"
    source.write_bytes(written)

    with pytest.raises(InvalidFile, match=r"tells nothing of a Lustre server: .*; capture"):
        scanned(source)


def test_a_capture_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message says which and why."""
    with pytest.raises(InvalidFile, match=r"nowhere' cannot be read \(No such file"):
        scanned(tmp_path / "nowhere")


def test_the_machine_itself_is_asked_where_no_capture_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands that are missing are said; those that complain of what no server has are not."""
    answer = f"/bin/cat <<END\nhealth_check=healthy\n{SERVICES}END\n"
    complaint = "echo 'error: get_param: mgs.MGS.uuid: No such file or directory' >&2\nexit 2\n"
    command(tmp_path / "lctl", answer + complaint)
    monkeypatch.setenv("PATH", str(tmp_path))

    with capture_logs() as logs:
        server = Scanned(session_of(LustreServerPlugin, LustreServerSource(hostname="oss1")))

    assert dict.fromkeys(NAMES, "OK") == own_states(server)
    assert {
        f"there is no {name} on the PATH, so it is not asked"
        for name in ("blkid", "lnetctl", "lsblk")
    } == {one["event"] for one in logs}


def test_a_command_that_hangs_makes_the_machine_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Devices that it would have told of have not gone."""
    command(tmp_path / "lctl", f"/bin/cat <<END\n{SERVICES}END\n")
    command(tmp_path / "blkid", "exec /bin/sleep 600\n")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DeviceUnreachable, match=r"`blkid` did not answer within 0.2 s; a device"):
        live(timeout_seconds=0.2)


@pytest.mark.skipif(Path("/sys/fs/lustre").exists(), reason="this machine runs Lustre")
def test_a_machine_without_lustre_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty report would say that it serves nothing."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(DeviceUnreachable, match=r"runs no Lustre: .*; start Lustre, or name"):
        Scanned(session_of(LustreServerPlugin, LustreServerSource()))


def fixture(name: str) -> Path:
    """Return what was captured on a real server; skip without it, which CI does not allow."""
    path = FIXTURES / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is missing; set TOPOLOGY_FIXTURES")
        pytest.skip(f"{path} is missing; set TOPOLOGY_FIXTURES")
    return path


@pytest.mark.fixtures
@pytest.mark.parametrize(
    ("name", "targets", "server_state"),
    [
        (
            "valid__valid.txt",
            {"ai400-MDT0000": "OK", "ai400-OST0000": "OK", "ai400-OST0001": "OK"},
            "OK",
        ),
        (
            "valid__valid_unhealthy_host.txt",
            {"ai400-MDT0000": "OK", "ai400-OST0000": "OK", "ai400-OST0001": "OK"},
            "DEGRADED",
        ),
        (
            "valid__ex8761-lctl.txt",
            dict.fromkeys(("MGS", "fs-MDT0000", "fs-OST0000", "fs-OST0001"), "UNKNOWN"),
            "DEGRADED",
        ),
        (
            "osd.txt",
            dict.fromkeys(
                (
                    *("MGS", "fs-MDT0000", "fs-OST0000", "fs-OST0003", "fs-OST0010"),
                    "exa01-OST0013",
                ),
                "UNKNOWN",
            ),
            "UNKNOWN",
        ),
        ("osp.txt", {}, "UNKNOWN"),
        ("mgs-fs.txt", {"MGS": "UNKNOWN"}, "UNKNOWN"),
        (
            "recovery-multiple.txt",
            dict.fromkeys(("fs-MDT0000", "fs-OST0000", "fs-OST0001"), "UNKNOWN"),
            "UNKNOWN",
        ),
    ],
)
def test_captured_parameters_give_their_targets(
    name: str, targets: dict[str, str], server_state: str
) -> None:
    """Outputs of lctl on real servers."""
    server = scanned(fixture(f"lustre-lctl-get_param/{name}"))

    assert targets == {label.split(" ")[0]: word for label, word in own_states(server).items()}
    assert server_state == server.resources["oss1"].own_state.word


@pytest.mark.fixtures
def test_a_captured_alert_names_the_foreign_target_on_the_server_alone() -> None:
    """lustre-OST0012, 14 and 16 are of another filesystem than ai400."""
    said = alerts(scanned(fixture("lustre-lctl-get_param/valid__valid_unhealthy_host.txt")))

    assert ["oss1"] == list(said)
    assert "device lustre-OST0012 reported unhealthy" in said["oss1"][0]


@pytest.mark.fixtures
def test_a_captured_tree_tells_the_targets_here_and_those_the_mgs_lists() -> None:
    """OST0001, 3 and 5 are served by the peer."""
    server = scanned(fixture("lustre-proc-hpe"))

    here = {f"lustrefs-{one}" for one in ("MDT0000", "OST0000", "OST0002", "OST0004", "OST0006")}
    elsewhere = {f"lustrefs-{one}" for one in ("OST0001", "OST0003", "OST0005")}
    mgs = "MGS 172.20.20.1@o2ib"
    assert {
        **dict.fromkeys((*here, mgs), "OK"),
        **dict.fromkeys(elsewhere, "UNKNOWN"),
    } == own_states(server)
    assert here | {mgs} == {
        label for label in own_states(server) if attributes(server, label)["served_here"]
    }
    assert {(one, "lustrefs") for one in here | elsewhere | {mgs}} <= server.links


@pytest.mark.fixtures
def test_captured_flat_files_tell_mgs_mdt_and_device() -> None:
    """The OSTs that the MDT talks to are on other servers."""
    server = scanned(fixture("lustre-proc-iml/2.9.58_86_g2383a62/mds_mgs"))

    assert {"MGS 10.14.83.68@tcp": "OK", "testfs-MDT0000": "OK"} == own_states(server)
    assert ("oss1:/dev/sde", "testfs-MDT0000") in server.links
    assert "10.14.83.68@tcp" == attributes(server, "testfs")["mgs"]
