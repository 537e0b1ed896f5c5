"""`topology runtime --once` as a script runs it: the exit code tells whether all was scanned."""

from __future__ import annotations

from pathlib import Path

from journeys.running_demo import command

_PLUGIN = """
from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource


class Door(ScannableStorageResource):
    name = attributes.String()
    is_open = attributes.Boolean(default=False)
    identifier = GlobalId("name")


class DoorPlugin(StoragePlugin[Door]):
    def initial_scan(self, root: Door) -> None:
        if not root.is_open:
            raise ConnectionError("nobody opens")
"""


def test_one_that_cannot_be_scanned_is_named_and_ends_with_69(tmp_path: Path) -> None:
    """The other is scanned all the same; once the device answers the code is 0."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "door.py").write_text(_PLUGIN, encoding="utf-8")
    east = command(tmp_path, "scannable", "add", "Door", "name=east").out.strip()
    command(tmp_path, "scannable", "add", "Door", "name=west", "is_open=yes")

    said = command(tmp_path, "runtime", "--once")

    command(tmp_path, "scannable", "set", east, "is_open=yes")
    assert 69 == said.code
    *_, heading, line = said.err.splitlines()
    assert "topology: 1 of the scannables could not be scanned:" == heading
    assert f"  {east}: initial_scan of DoorPlugin raised ConnectionError: nobody opens" in line
    assert 0 == command(tmp_path, "runtime", "--once").code
