"""The demo as a newcomer meets it: real processes, a real store, pages and commands."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.running_demo import Demo, command, eventually, running_demo

HANGING_PLUGIN = """
import time
from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource

class Silent(ScannableStorageResource):
    address = attributes.Hostname()
    identifier = GlobalId("address")

class SilentPlugin(StoragePlugin[Silent]):
    def initial_scan(self, root):
        time.sleep(3600)
"""
DISK = "couplet0-enc1-slot03"
ENCLOSURE = "couplet0-enc1"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def broken(demo: Demo, **settings: str) -> None:
    """Let the simulated site have exactly this trouble."""
    wanted = {"failed": "", "removed": "", **settings}
    said = demo.command(
        "scannable", "set", "SimulatedSite", *(f"{name}={value}" for name, value in wanted.items())
    )
    assert said.code == 0, said.err


def states(demo: Demo) -> dict[str, tuple[str, str]]:
    """Return every resource's published state as the store has it for operators."""
    asked = "MATCH (r:Resource) RETURN r.label, r.state, r.own_state ORDER BY r.uid"
    rows = demo.command("cypher", asked, "--json").json["rows"]
    return {label: (state, own) for label, state, own in rows}


def test_page_and_command_say_in_one_sentence_what_is_hit(demo: Demo) -> None:
    """One disk has failed; the filesystem works, but not as well as before."""
    broken(demo, failed=DISK)

    eventually(lambda: "1 thing is broken. scratch is critical" in demo.get("/"))

    said = demo.command("status")
    assert said.code == 1
    assert said.out.splitlines()[0] in demo.get("/")
    assert DISK in demo.get("/")


def test_a_failed_enclosure_is_named_with_what_it_made_into_single_points(demo: Demo) -> None:
    """RAID6 over five enclosures; pulled from the report instead, it is as lost."""
    broken(demo, failed=ENCLOSURE)
    failed = demo.command("status").out

    broken(demo, removed=ENCLOSURE)
    removed = demo.command("status").out

    sentence = "4 enclosures (couplet0-enc0, couplet0-enc2, couplet0-enc3, couplet0-enc4) and 32"
    assert sentence in failed
    assert failed.splitlines()[-1] == removed.splitlines()[-1]
    eventually(lambda: f"{ENCLOSURE} is missing" in demo.get("/"))


def test_operators_find_the_published_states_in_the_graph(demo: Demo) -> None:
    """WHERE f.state <> 'OK', a moment after the answer."""
    broken(demo, failed=DISK)

    eventually(lambda: states(demo).get("scratch") == ("CRITICAL", "OK"), lambda: states(demo))


def test_operators_cannot_write(demo: Demo) -> None:
    """The database refuses, and nothing is changed."""
    before = states(demo)

    said = demo.command("cypher", "MATCH (r:Resource) DETACH DELETE r")

    assert said.code == 64
    assert states(demo).keys() == before.keys()


def test_a_second_demo_is_refused_with_the_address_of_the_first(demo: Demo) -> None:
    """One demo, one data directory."""
    said = demo.command("demo", "--port", "9")

    assert said.code == 73
    assert demo.address in said.err


def test_an_unknown_id_is_named_with_the_nearest_and_changes_nothing(demo: Demo) -> None:
    """A slip of the finger at three in the morning."""
    broken(demo, failed=DISK)

    said = demo.command("scannable", "set", "SimulatedSite", "failed=couplet0-enc1-slot99")

    assert said.code == 64
    assert "'couplet0-enc1-slot99'" in said.err
    assert [DISK] == [one["cause"]["label"] for one in demo.get_json("/api/v1/incidents")["items"]]


def test_killing_the_engine_loses_nothing_and_the_page_is_right_again(demo: Demo) -> None:
    """kill -9 of the owner process; the next call starts it again."""
    broken(demo, failed=DISK)
    eventually(lambda: states(demo).get("scratch") == ("CRITICAL", "OK"))
    before = states(demo)

    os.kill(owner_of(demo.data_dir), signal.SIGKILL)

    assert states(demo) == before
    broken(demo, failed=f"{DISK},couplet1-ctrl0")
    eventually(lambda: "2 things are broken" in demo.get("/"))


def owner_of(data_dir: Path) -> int:
    """Return the process that owns the embedded store under `data_dir`."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # it has ended meanwhile
        if "topology.store.owner" in arguments and any(str(data_dir) in one for one in arguments):
            return int(process.name)
    raise AssertionError(f"no owner process of {data_dir}")


def test_once_prints_states_and_root_causes(tmp_path: Path) -> None:
    """Without a server: each filesystem with its state word, each root cause with its own."""
    said = command(tmp_path, "demo", "--once")

    assert said.code == 0, said.err
    lines = [line.split() for line in said.out.splitlines()]
    assert ["◆", "CRITICAL", "scratch"] in lines
    assert ["✕", "FAILED", DISK] in [words[:3] for words in lines]


def test_a_device_that_does_not_answer_keeps_no_page_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first scan never ends, and all else is shown."""
    installed = tmp_path / "silent-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: silent\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[topology.plugins]\nsilent = silent\n")
    (tmp_path / "silent.py").write_text(HANGING_PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = command(tmp_path, "scannable", "add", "Silent", "address=array7")
    assert said.code == 0, said.err

    def phases(demo: Demo) -> dict[str, str]:
        sources = demo.get_json("/api/v1/scannables")["items"]
        return {one["class"]: one["status"].get("phase", "") for one in sources}

    with running_demo(tmp_path) as demo:
        eventually(
            lambda: (
                phases(demo) == {"LinuxHost": "ok", "Silent": "scanning", "SimulatedSite": "ok"}
            ),
            lambda: phases(demo),
        )
        assert "scratch is critical" in demo.get("/")
