"""The plugin directory: every plugin in it is known, and a broken one harms no other."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from plugin_runtime.commands import app
from plugin_runtime.loading.discovery import plugin_references
from plugin_runtime.loading.loader import load_listed, load_plugin
from topology.cli import run
from topology.errors import PluginError, UsageError

PLUGIN = """
    from plugin_runtime import attributes
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.resource import GlobalId, ScannableStorageResource

    class Array(ScannableStorageResource):
        address = attributes.Hostname()
        identifier = GlobalId("address")

    class Plugin(StoragePlugin[Array]):
        def initial_scan(self, root):
            pass
"""


def put(path: Path, source: str = PLUGIN) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(source), encoding="utf-8")


def test_files_and_packages_of_the_plugin_directory_are_listed_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests and private files are none; one that cannot be loaded does not hide the rest."""
    put(tmp_path / "kestrel.py")
    put(tmp_path / "osprey" / "__init__.py")
    put(tmp_path / "broken.py", "raise OSError('no licence')")
    for name in ("test_kestrel.py", "conftest.py", "_private.py", "notes.txt", "data/table.csv"):
        put(tmp_path / name, "")
    monkeypatch.setenv("TOPOLOGY_PLUGIN_DIR", str(tmp_path))

    assert 0 == run(app, ["plugin", "list", "--json"])

    listed = {one["plugin"]: one for one in json.loads(capsys.readouterr().out)}
    assert ["broken", "kestrel", "linux_host", "lustre_server", "osprey", "simulated_site"] == [
        *listed
    ]
    assert [["Array"], ["Array"]] == [listed[one]["scannable"] for one in ("kestrel", "osprey")]
    assert [] == listed["broken"]["scannable"]
    assert "OSError: no licence" in listed["broken"]["error"]


def test_two_plugins_with_a_class_of_one_name_are_listed_with_a_warning_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each can be loaded, but one site cannot have both."""
    put(tmp_path / "kestrel.py")
    put(tmp_path / "osprey.py")
    monkeypatch.setenv("TOPOLOGY_PLUGIN_DIR", str(tmp_path))

    assert 0 == run(app, ["plugin", "list"])

    warnings = capsys.readouterr().err
    assert "warning: plugin 'kestrel': Array is also a class of plugin 'osprey'" in warnings
    assert "warning: plugin 'osprey': Array is also a class of plugin 'kestrel'" in warnings


def test_a_plugin_of_the_directory_is_run_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an installed one is."""
    put(tmp_path / "kestrel.py")
    monkeypatch.setenv("TOPOLOGY_PLUGIN_DIR", str(tmp_path))

    assert 0 == run(app, ["plugin", "run", "kestrel", "--set", "address=a", "--once"])

    assert "Array a" in capsys.readouterr().out


def test_a_file_takes_the_place_of_an_installed_plugin_of_its_name(tmp_path: Path) -> None:
    """So that a site can mend one."""
    put(tmp_path / "linux_host.py")

    reference = plugin_references(tmp_path)["linux_host"]

    assert ["Array"] == [one.__name__ for one in load_plugin(reference).root_classes]


def test_a_plugin_that_has_another_name_than_its_file_is_refused(tmp_path: Path) -> None:
    """What is scanned is stored under the one and reported under the other."""
    put(
        tmp_path / "kestrel.py",
        PLUGIN.replace("        def ", "        name = 'osprey'\n        def "),
    )

    with pytest.raises(PluginError, match="names itself 'osprey'; give its file that name"):
        load_listed("kestrel", plugin_references(tmp_path)["kestrel"])


def test_a_plugin_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Silence would look as if the site had no plugins."""
    with pytest.raises(UsageError, match=r"cannot read .*nowhere' \(No such file.*_PLUGIN_DIR"):
        plugin_references(tmp_path / "nowhere")
