"""Where a Lustre server's report comes from: trees, files of real servers, the machine itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lustre_servers import (
    NAMES,
    SERVICES,
    alerts,
    attributes,
    captured,
    own_states,
    scanned,
)
from structlog.testing import capture_logs

from plugin_runtime.plugins.lustre_server import LustreServerPlugin, LustreServerSource
from plugin_runtime.plugins.lustre_server.sources import live
from plugin_runtime.testing import Scanned, session_of
from topology.errors import DeviceUnreachable, InvalidFile

FIXTURES = Path(os.environ.get("TOPOLOGY_TEST_FIXTURES", "../shared/fixtures"))


def command(path: Path, script: str) -> None:
    """Install a command."""
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)


def test_a_tree_is_read_like_the_output_of_lctl(tmp_path: Path) -> None:
    """/proc, /sys and files called like the parameter they hold give the same server."""
    tree = {
        "proc/fs/lustre/mdt/scratch-MDT0000/uuid": "scratch-MDT0000_UUID\n",
        "sys/fs/lustre/health_check": "healthy\n",
        "sys/kernel/debug/lustre/devices": "0 UP mdt scratch-MDT0000 x 5\n",
    }
    flat = {"mdt.scratch-MDT0000.uuid": "scratch-MDT0000_UUID\n", "health_check": "healthy\n"}

    servers = [
        scanned(captured(tmp_path / name, **files))
        for name, files in {"tree": tree, "flat": flat}.items()
    ]

    assert [{"scratch-MDT0000": "OK"}] * 2 == [own_states(one) for one in servers]


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
            pytest.fail(f"{path} is missing; set TOPOLOGY_TEST_FIXTURES")
        pytest.skip(f"{path} is missing; set TOPOLOGY_TEST_FIXTURES")
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
