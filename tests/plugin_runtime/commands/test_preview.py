"""`topology plugin run`: how an author sees what was reported, and what changes."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from plugin_runtime.commands import app
from topology.cli import run

PLUGIN = """
    from plugin_runtime import alert_conditions, attributes, statistics
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.resource import GlobalId, ScannableId
    from plugin_runtime.resource import ScannableStorageResource, StorageResource


    class Shelf(ScannableStorageResource):
        address = attributes.Hostname()
        identifier = GlobalId("address")


    class Part(StorageResource):
        name = attributes.String()
        status = attributes.Enum("ok", "failed", default="ok")
        temperature = statistics.Gauge(units="C", sample_period=0.001)
        identifier = ScannableId("name")
        health = alert_conditions.ValueCondition("status", error=["failed"])
        heat = alert_conditions.UpperBoundCondition("temperature", warning=60, for_seconds=120)

        def get_label(self):
            return self.name


    class Plugin(StoragePlugin[Shelf]):
        update_period = 0.6
        scans = 0

        def initial_scan(self, root):
            self.root = root
            self.begin()

        def update_scan(self, root):
            self.scans += 1
            if self.scans == len(self.later()) + 1:
                raise KeyboardInterrupt
            self.later()[self.scans - 1]()

        def part(self, name, **more):
            return self.update_or_create(Part, name=name, **more)[0]

        def dead(self):
            raise ConnectionRefusedError("nobody answers")

"""


def running(
    body: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[list[str], str]:
    """Return the lines of stdout, and stderr, of a run of Plugin with `body`."""
    path = tmp_path / "shelf.py"
    source = textwrap.dedent(PLUGIN) + textwrap.indent(textwrap.dedent(body), "    ")
    path.write_text(source, encoding="utf-8")
    expected = 0 if "--once" in options else 130
    assert expected == run(app, ["plugin", "run", str(path), "--set", "address=a", *options])
    printed = capsys.readouterr()
    return printed.out.splitlines(), printed.err


def outline(lines: list[str]) -> list[str]:
    """Return the lines of a tree without what is said of each resource."""
    return [line.split(" Part ")[0].replace("● OK ", "") for line in lines]


def test_a_child_stands_below_the_parent_that_the_plugin_names_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the uids of its parents are, and in whichever order these were reported."""
    body = """
        def begin(self):
            parts = [self.part(f"p{number}") for number in range(9)]
            for number in range(9):
                self.part(f"c{number}", parents=parts[number:] + parts[:number])
    """

    lines, _ = running(body, tmp_path, capsys, "--once")

    trees = [[f"p{number}", f"└── c{number}"] for number in range(9)]
    assert [line for tree in trees for line in tree] == outline(lines)[1:19]


def test_what_a_part_affects_is_drawn_as_its_branches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """supplies --> shelf; shelf affects disks, each of which has no parent."""
    body = """
        def begin(self):
            disks = [self.part("disk1"), self.part("disk2")]
            supplies = [self.part("psu0"), self.part("psu1")]
            self.update_or_create(Shelf, parents=supplies, affects=disks, address="a")
    """

    lines, _ = running(body, tmp_path, capsys, "--once")

    assert [
        "psu0",
        "└── Shelf a Shelf address=a",
        "    ├── disk1",
        "    └── disk2",
        "psu1",
        "",
        "Other links",
        "  psu1 --> Shelf a PARENT_OF",
    ] == outline(lines)


def test_what_affects_each_other_is_in_the_tree_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two switches, each the other's way out: neither is a top, so one is made one."""
    body = """
        def begin(self):
            one, other = self.part("one"), self.part("other")
            self.part("one", affects=[other])
            self.part("other", affects=[one])
    """

    lines, _ = running(body, tmp_path, capsys, "--once")

    assert ["one", "└── other", "", "Other links", "  other --> one AFFECTS"] == outline(lines)[1:]


def test_json_has_the_state_that_the_service_would_show_and_the_samples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed supply ends what is built on it, whose own state is OK."""
    body = """
        def begin(self):
            supply = self.part("psu", status="failed")
            self.part("disk", parents=[supply]).temperature = 31
    """

    lines, _ = running(body, tmp_path, capsys, "--once", "--json")

    disk = json.loads("".join(lines))["resources"][2]
    assert ("OK", "FAILED", {"temperature": 31.0}) == (
        disk["own_state"],
        disk["state"],
        disk["statistics"],
    )


def test_json_of_a_later_scan_has_what_changed_in_state_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So whoever follows it knows every state."""
    body = """
        def begin(self):
            self.part("disk", parents=[self.part("psu")])

        def later(self):
            return [lambda: self.part("psu", status="failed")]
    """

    lines, _ = running(body, tmp_path, capsys, "--json")

    later: dict[str, Any] = json.loads(lines[1])
    assert [("psu", "FAILED"), ("disk", "FAILED")] == [
        (one["label"], one["state"]) for one in later["resources"]
    ]


def test_a_dead_device_is_told_once_until_a_scan_succeeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scan fails, two new sessions fail alike, the next does not: one alert comes, and goes."""
    monkeypatch.setattr("plugin_runtime.commands.development.RETRY_SECONDS", 0.01)
    body = """
        sessions = 0

        def begin(self):
            Plugin.sessions += 1
            if self.sessions in (2, 3):
                self.dead()

        def later(self):
            return [self.dead] if self.sessions == 1 else []
    """

    lines, messages = running(body, tmp_path, capsys)

    assert [
        "~ ? UNKNOWN Shelf a",
        "    + error: Shelf a",
        "~ ? UNKNOWN Shelf a",
        "    - error: Shelf a",
        "    + error: Shelf a",
        "~ ● OK Shelf a",
        "    - error: Shelf a",
    ] == [line[: line.index("Shelf a") + len("Shelf a")] for line in lines[1:]]
    assert "nobody answers" not in messages


def test_a_thread_that_dies_is_told_and_a_new_session_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the service does; what the new one does not find is gone."""
    monkeypatch.setattr("plugin_runtime.commands.development.RETRY_SECONDS", 0.01)
    body = """
        sessions = 0

        def begin(self):
            import threading

            Plugin.sessions += 1
            self.thread = threading.Thread(target=self.dead)
            if self.sessions == 1:
                self.part("chassis", parents=[self.part("fan")])
            else:
                self.part("chassis")

        def later(self):
            return [self.thread.start] if self.sessions == 1 else []
    """

    lines, _ = running(body, tmp_path, capsys)

    told = "error: Shelf a: a thread of Plugin raised ConnectionRefusedError: nobody answers"
    assert [f"    + {told}", f"    - {told}"] == [
        line.partition(" (")[0] for line in lines if told in line
    ]
    assert "    - fan --> chassis PARENT_OF" in lines
    assert "- ● OK fan Part name=fan status=ok" in lines


def test_a_later_scan_prints_samples_that_differ_and_conditions_that_wait(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An author sees that 65 was heard, and why there is no alert yet."""
    body = """
        def begin(self):
            self.disk = self.part("disk")
            self.disk.temperature = 33

        def later(self):
            return [lambda: setattr(self.disk, "temperature", 65)]
    """

    lines, _ = running(body, tmp_path, capsys)

    assert [
        "~ disk: temperature: 33.0 -> 65.0",
        "waiting: disk: Temperature is 65.0, warning after 0 of 120 s",
    ] == lines[-2:]
    (waiting,) = json.loads(running(body, tmp_path, capsys, "--json")[0][1])["waiting"]
    assert ("temperature", "warning", 120) == (
        waiting["id"],
        waiting["severity"],
        waiting["for_seconds"],
    )
