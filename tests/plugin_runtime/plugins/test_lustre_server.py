"""A Lustre server: which targets it reports, and how each of them is."""

from __future__ import annotations

from pathlib import Path

import pytest
from lustre_servers import (
    LIVE,
    MGC,
    NAMES,
    SERVICES,
    alerts,
    attributes,
    captured,
    own_states,
    scanned,
    session,
)
from structlog.testing import capture_logs

from plugin_runtime.testing import FakeClock, Scanned

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


def test_a_list_of_devices_may_tell_whom_they_are_connected_to(tmp_path: Path) -> None:
    """As `lctl dl -t` does; where all devices are imports that is every line."""
    devices = """\
  0 UP osp scratch-OST0001-osc-MDT0000 scratch-MDT0000-mdtlov_UUID 4 10.0.0.2@tcp
  1 UP mgc MGC10.0.0.1@tcp 3ba9b1b0-6bf9-4b25-8a72-a5d4a2d5e4a1 4 10.0.0.1@tcp
  2 UP mdt scratch-MDT0000 scratch-MDT0000_UUID 14
"""

    server = scanned(captured(tmp_path, "health_check=healthy\n", devices))

    assert {"scratch-MDT0000": "OK"} == own_states(server)
    assert {} == alerts(server)


@pytest.mark.parametrize(("said", "state"), [("0", "OK"), ("1", "DEGRADED")])
def test_a_target_whose_array_is_said_to_be_degraded_is(
    tmp_path: Path, said: str, state: str
) -> None:
    """What watches the array tells the server, which then prefers other targets."""
    text = f"health_check=healthy\nobdfilter.scratch-OST0000.degraded={said}\n"

    server = scanned(captured(tmp_path, text))

    assert {"scratch-OST0000": state} == own_states(server)


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


def test_a_target_that_has_left_is_missed_by_its_filesystem(tmp_path: Path) -> None:
    """It was unmounted, and no other server reports it."""
    server = scanned(captured(tmp_path, "health_check=healthy\n" + SERVICES))

    captured(tmp_path, "health_check=healthy\n" + "".join(SERVICES.splitlines(keepends=True)[:2]))
    server.scan()

    assert {"scratch-OST0010": "FAILED", "scratch": "PARTIAL"} == server.troubled()


@pytest.mark.parametrize("first", ["mgs", "oss1"])
def test_what_an_mgs_lists_hides_nothing_of_what_its_server_says(
    tmp_path: Path, first: str
) -> None:
    """Whoever is scanned first; without its server nobody knows how a target is."""
    one, other = "health_check=healthy\n", "obdfilter.scratch-OST0001.uuid=x\n"
    serving = captured(tmp_path / "oss1", MGC + one, other)
    sources = {"mgs": captured(tmp_path / "mgs", MGC + one + LIVE), "oss1": serving}
    sessions = {name: session(source, name) for name, source in sources.items()}
    site = Scanned(sessions[first])
    for name in sessions.keys() - {first}:
        site.add(sessions[name])
    both = own_states(site)

    serving.joinpath("capture1").unlink()
    site.scan_again(sessions["oss1"])

    assert "OK" == both["scratch-OST0001"]
    assert "UNKNOWN" == both["scratch-OST0000"] == own_states(site)["scratch-OST0001"]


def test_a_target_that_only_a_label_tells_of_is_left_to_its_server_to_judge(tmp_path: Path) -> None:
    """Both servers of a pair see the device; either can serve it, and one does."""
    label = '/dev/mapper/ost1: LABEL="scratch-OST0000" TYPE="ext4"\n'
    lines = MGC + "health_check=healthy\n"
    served = captured(tmp_path / "oss1", lines + SERVICES, label)
    site = scanned(served)

    site.add(session(captured(tmp_path / "oss2", lines, label), "oss2"))

    assert "OK" == own_states(site)["scratch-OST0000"]
    assert {("oss1", "scratch-OST0000"), ("oss2", "scratch-OST0000")} <= site.links


def test_space_that_is_used_up_is_a_sample_and_changes_no_resource(tmp_path: Path) -> None:
    """A re-scan of an unchanged server reports nothing."""
    space = "osd-ldiskfs.scratch-OST0000.kbytestotal=100\nosd-ldiskfs.scratch-OST0000.kbytesavail="
    text = "health_check=healthy\n" + SERVICES + space
    clock = FakeClock()
    scanning = session(captured(tmp_path, f"{text}90\n"), clock=clock)
    server = Scanned(scanning)

    captured(tmp_path, f"{text}80\n")
    clock.advance(60)
    delta = server.scan()

    assert delta.is_empty
    assert [90 << 10, 80 << 10] == [one.value for one in scanning.samples()]
