"""The examples of Chroma's own developer's guide, read from it, load and run as they stand."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from linux_hosts import fixture

from plugin_runtime.loading.loader import LoadedPlugin, load_plugin
from plugin_runtime.testing import Scanned, scanned, session_of

PLUGIN = """
from configure.lib.storage_plugin.plugin import StoragePlugin
from configure.lib.storage_plugin.base_resources import Enclosure
from configure.lib.storage_plugin.resource import ScannableId


class GuidePlugin(StoragePlugin):
    def initial_scan(self, root):
        {scan}
"""

pytestmark = pytest.mark.fixtures


def examples() -> list[str]:
    """Return the indented Python of the guide, in its order."""
    guide = fixture("../chroma-storage-plugin-guide.rst")
    text = guide.read_text(encoding="utf-8")
    blocks = re.findall(r"(?:code-block:: python|::)\n\n((?:(?:[ \t]+.*)?\n)+)", text)
    return [code for block in blocks if "class " in (code := textwrap.dedent(block))]


def loaded(folder: Path, *parts: str, scan: str) -> LoadedPlugin:
    path = folder / "guide.py"
    path.write_text("\n".join([*parts, PLUGIN.format(scan=scan)]), encoding="utf-8")
    return load_plugin(str(path))


def site_of(plugin: LoadedPlugin, root_class: str, **values: Any) -> Scanned:
    return scanned(plugin.plugin_class, plugin.root_class(root_class)(**values))


def test_the_guide_has_four_examples() -> None:
    """Each of them is run below."""
    names = [re.findall(r"class (\w+)", one) for one in examples()]

    assert [["HardDrive"], ["HardDrive"], ["StorageController"], ["MyLunClass"]] == names


def test_a_hard_drive_with_a_global_id_is_one_however_many_report_it(tmp_path: Path) -> None:
    """Two controllers see one drive; its temperature is a sample, not an attribute."""
    drive, _, controller, _ = examples()
    plugin = loaded(
        tmp_path,
        drive,
        controller,
        scan=(
            "drive, _ = self.update_or_create("
            "HardDrive, parents=[root], serial_number='s1', capacity=4000)\n"
            "        drive.temperature = 31"
        ),
    )
    site = site_of(plugin, "StorageController", address_1="a", address_2="b")

    root = plugin.root_class("StorageController")(address_1="c", address_2="d")
    site.add(session_of(plugin.plugin_class, root))

    assert {"Storage controller a/b", "Hard drive s1", "Storage controller c/d"} == {
        *site.resources
    }
    assert 2 == len(site.resources["Hard drive s1"].claims)
    assert {"serial_number": "s1", "capacity": 4000} == dict(
        site.resources["Hard drive s1"].merged.attributes
    )


def test_a_hard_drive_is_known_by_shelf_and_slot_within_its_controller(tmp_path: Path) -> None:
    """The shelf is a resource; the example imports no ScannableId, as its page did above it."""
    imports, drive, controller, _ = examples()
    head = imports.partition("class ")[0]
    plugin = loaded(
        tmp_path,
        head,
        "from configure.lib.storage_plugin.resource import ScannableId",
        drive,
        controller,
        scan=(
            "shelf, _ = self.update_or_create(Enclosure, serial_number='E1')\n"
            "        self.update_or_create(HardDrive, shelf=shelf, slot=3)"
        ),
    )

    site = site_of(plugin, "StorageController", address_1="a", address_2="b")

    assert "Hard drive Enclosure E1/3" in site.resources


def test_a_lun_that_provides_its_serial_is_joined_by_it(tmp_path: Path) -> None:
    """The example declares no identifier, so a class of the author's own that has one derives."""
    head = examples()[0].partition("class ")[0]
    controller, lun = examples()[2:]
    plugin = loaded(
        tmp_path,
        head,
        controller,
        lun,
        "class Lun(MyLunClass):\n    identifier = GlobalId('my_serial')",
        scan="self.update_or_create(Lun, my_serial='naa.6001AB')",
    )

    site = site_of(plugin, "StorageController", address_1="a", address_2="b")

    (provided,) = site.resources["Lun naa.6001AB"].merged.provides
    assert "scsi_serial=6001ab" == str(provided)
