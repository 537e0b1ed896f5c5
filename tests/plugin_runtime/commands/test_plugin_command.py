"""`topology plugin`, as an author runs it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from plugin_runtime.commands import app
from topology.cli import run

PLUGIN = """
    from plugin_runtime import attributes
    from plugin_runtime.alert_conditions import ValueCondition
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.relations import Redundancy
    from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource
    from plugin_runtime.resource import StorageResource


    class Array(ScannableStorageResource):
        address = attributes.Hostname()
        disks = attributes.Integer(default=2)
        problem = attributes.String(default="")
        identifier = GlobalId("address")


    class Disk(StorageResource):
        slot = attributes.Integer()
        status = attributes.Enum("ok", "failed")
        identifier = ScannableId("slot")
        health = ValueCondition("status", error=["failed"], message="Disk is {value}")


    class Volume(StorageResource):
        serial = attributes.String(provide="scsi_serial")
        first = attributes.ResourceReference(Disk)
        identifier = GlobalId("serial")
        groups = [Redundancy(of=Disk, tolerates=1, size=2)]


    class Device(StorageResource):
        wwid = attributes.String(subscribe="scsi_serial")
        identifier = GlobalId("wwid")


    class KestrelPlugin(StoragePlugin[Array]):
        update_period = 0.05
        scans = 0

        def initial_scan(self, root):
            if root.problem == "unreachable":
                raise ConnectionRefusedError("nobody there")
            if root.problem == "undeclared":
                self.update_or_create(Disk, slot=1, colour="red")
            if root.problem == "bad value":
                self.update_or_create(Disk, slot=1, status="gone")
            self.log.info("two controllers answer")
            self.report(root, "ok")
            if root.problem == "cycle":
                volume = self.find(Volume, serial="6001")
                volume.parents[0].add_parent(volume)

        def update_scan(self, root):
            self.scans += 1
            if self.scans == 2:
                raise KeyboardInterrupt
            self.report(root, "failed")

        def report(self, root, status):
            disks = [
                self.update_or_create(Disk, slot=slot, status=status if slot else "ok")[0]
                for slot in range(root.disks)
            ]
            self.update_or_create(Volume, parents=disks, serial="6001", first=disks[0])
            self.update_or_create(Device, wwid="0x6001")
"""


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    path = tmp_path / "kestrel.py"
    path.write_text(textwrap.dedent(PLUGIN), encoding="utf-8")
    return str(path)


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert 0 == run(app, ["plugin", "run", *arguments, "--once", "--json"])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_run_prints_resources_links_alerts_and_warnings(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The root is among them; parents and references are uids."""
    answer = run_json(capsys, plugin, "--set", "address=a")

    assert ["resources", "links", "alerts", "waiting", "warnings"] == list(answer)
    uids = {one["label"]: one["uid"] for one in answer["resources"]}
    assert ["Array a", "Disk 0", "Disk 1", "Volume 6001", "Device 0x6001"] == list(uids)
    volume = answer["resources"][3]
    assert [
        *("uid", "class", "label", "attributes", "own_state", "state", "parents", "statistics")
    ] == list(volume)
    assert {"serial": "6001", "first": uids["Disk 0"]} == volume["attributes"]
    assert [uids["Disk 0"], uids["Disk 1"]] == volume["parents"]
    assert "OK" == volume["own_state"]
    assert [] == answer["warnings"]


def test_a_run_shows_what_provided_identifiers_join(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Volume.serial --> Device.wwid"""
    answer = run_json(capsys, plugin, "--set", "address=a")

    uids = {one["label"]: one["uid"] for one in answer["resources"]}
    (joined,) = [link for link in answer["links"] if link["kind"] == "PROVIDES"]
    assert {
        "from": uids["Volume 6001"],
        "to": uids["Device 0x6001"],
        "kind": "PROVIDES",
    } == joined


def test_a_run_warns_of_more_inputs_than_the_declared_size(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three disks where the class says two."""
    answer = run_json(capsys, plugin, "--set", "address=a", "--set", "disks=3")

    assert ["Volume 6001: group 'Disk' has 3 members, 2 expected; check its size"] == answer[
        "warnings"
    ]


def test_a_run_warns_of_members_that_are_missing(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pool that is CRITICAL without a failed disk says why."""
    answer = run_json(capsys, plugin, "--set", "address=a", "--set", "disks=1")

    assert [
        "Volume 6001: group 'Disk' has 1 members, 2 expected; those missing count as failed"
    ] == answer["warnings"]


def test_a_run_takes_a_plain_resource_class_as_root_with_a_warning(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the guide of Chroma declares its controller."""
    path = Path(plugin)
    path.write_text(
        path.read_text(encoding="utf-8").replace("Array(Scannable", "Array("), encoding="utf-8"
    )

    answer = run_json(capsys, plugin, "--root", "Array", "--set", "address=a")

    assert 1 == len(answer["warnings"])
    assert "derive it from ScannableStorageResource" in answer["warnings"][0]


def test_a_run_warns_of_what_a_check_warns_of(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever never checks reads it all the same."""
    path = Path(plugin)
    misspelt = path.read_text(encoding="utf-8").replace('provide="scsi_serial"', 'provide="scsi"')
    path.write_text(misspelt, encoding="utf-8")

    warnings = run_json(capsys, plugin, "--set", "address=a")["warnings"]

    assert 0 == run(app, ["plugin", "check", plugin, "--json"])
    assert json.loads(capsys.readouterr().out)["warnings"] == warnings
    assert "Volume.serial provides 'scsi', which nothing here matches" in warnings[0]


def test_later_scans_print_the_difference_one_object_a_line(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plugin of this test interrupts the third scan, as Ctrl-C would."""
    assert 130 == run(app, ["plugin", "run", plugin, "--set", "address=a", "--json"])

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert 5 == len(first["resources"])
    assert ["Disk 1", "Volume 6001", "Device 0x6001"] == [
        one["label"] for one in second["resources"]
    ]
    assert [("status", "error", "Disk 1: Disk is failed")] == [
        (one["id"], one["severity"], one["message"]) for one in second["alerts"]
    ]
    assert second["alerts"][0]["since"].endswith("Z")
    assert [] == second["removed"]


def test_people_see_a_tree_with_states_and_then_what_changed(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Children stand below their first parent, other links and alerts after the tree."""
    assert 130 == run(app, ["plugin", "run", plugin, "--set", "address=a"])

    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    tree = [line for line in lines if "── ● OK Volume 6001 Volume" in line]
    assert ["└── ● OK Volume 6001"] == [line[: len("└── ● OK Volume 6001")] for line in tree]
    assert "  Volume 6001 --> Device 0x6001 PROVIDES by scsi_serial=6001" in lines
    assert [
        "~ ✕ FAILED Disk 1 Disk slot=1 status=failed",
        "    status: ok -> failed",
        "    + error: Disk 1: Disk is failed",
    ] == lines[-5:-2]
    assert ["~ ◆ CRITICAL Volume", "~ ◆ CRITICAL Device"] == [line[:19] for line in lines[-2:]]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["--set", "address=a", "--set", "problem=unreachable"],
            69,
            "ConnectionRefusedError: nobo",
        ),
        (["--set", "address=a", "--set", "problem=undeclared"], 65, "Disk declares no 'colour'"),
        (["--set", "address=a", "--set", "problem=bad value"], 65, "Disk.status must be one of"),
        (["--set", "address=a", "--set", "problem=cycle"], 65, "parents form a cycle: Disk"),
        (["--set", "address=a_b"], 65, "Array.address must be a host name"),
        (["--set", "adress=a"], 64, "did you mean 'address'"),
        (["--set", "address"], 64, "'address' is not NAME=VALUE"),
        (["--root", "Shelf"], 64, "no class 'Shelf'"),
        (["--speed", "high"], 64, "No such option"),
    ],
)
def test_what_goes_wrong_is_one_message_and_an_exit_code(
    plugin: str,
    arguments: list[str],
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake is the author's to mend, so it names the place and never dumps a traceback."""
    assert code == run(app, ["plugin", "run", plugin, "--once", *arguments])

    printed = capsys.readouterr()
    assert "" == printed.out
    assert message in printed.err
    assert "Traceback" not in printed.err


def test_an_exception_of_the_plugin_names_its_line(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that the author finds it."""
    run(app, ["plugin", "run", plugin, "--set", "address=a", "--set", "problem=unreachable"])

    assert f"nobody there ({plugin}, line 42)" in capsys.readouterr().err


def test_what_a_plugin_logs_is_apart_from_what_it_reports(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Data on stdout, messages on stderr, bound to plugin and scannable."""
    assert 0 == run(app, ["plugin", "run", plugin, "--set", "address=a", "--once", "--json"])

    printed = capsys.readouterr()
    json.loads(printed.out)
    assert "two controllers answer" in printed.err
    assert "kestrel.Array-" in printed.err


def test_what_a_plugin_prints_is_apart_from_what_it_reports(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A forgotten print(), when it is loaded and when it scans, leaves the JSON whole."""
    path = Path(plugin)
    scanning = path.read_text(encoding="utf-8").replace("self.log.info(", "print(")
    path.write_text(f"print('loaded')\n{scanning}", encoding="utf-8")

    for command in (["run", plugin, "--set", "address=a", "--once"], ["check", plugin]):
        assert 0 == run(app, ["plugin", *command, "--json"])
        printed = capsys.readouterr()
        json.loads(printed.out)
        assert "loaded" in printed.err
        assert ("two controllers answer" in printed.err) is (command[0] == "run")


def test_a_check_names_the_classes_or_every_mistake(
    plugin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It contacts nothing."""
    bad = tmp_path / "bad.py"
    bad.write_text("from plugin_runtime.plugin import StoragePlugin\n", encoding="utf-8")

    assert 0 == run(app, ["plugin", "check", plugin, "--json"])
    assert {
        "plugin": "kestrel",
        "scannable": ["Array"],
        "classes": ["Array", "Disk", "Volume", "Device"],
        "mistakes": [],
        "warnings": [],
    } == json.loads(capsys.readouterr().out)

    assert 0 == run(app, ["plugin", "check", plugin])
    assert "scannable: Array" in capsys.readouterr().out

    assert 65 == run(app, ["plugin", "check", str(bad)])
    assert "exactly one subclass of StoragePlugin, has none" in capsys.readouterr().err
