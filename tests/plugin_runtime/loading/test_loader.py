"""Finding and loading plugins, and the plugins of Chroma's guide as they were written."""

from __future__ import annotations

import importlib
import sys
import textwrap
from pathlib import Path

import pytest

from plugin_runtime.loading.discovery import plugin_references
from plugin_runtime.loading.loader import LoadedPlugin, load_plugin
from plugin_runtime.resource import StorageResource
from plugin_runtime.session.session import Session
from topology.errors import DeclarationError, PluginError, UsageError

PLUGIN = """
    from plugin_runtime import attributes
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.resource import GlobalId, ScannableStorageResource


    class Array(ScannableStorageResource):
        address = attributes.Hostname()
        identifier = GlobalId("address")


    class KestrelPlugin(StoragePlugin[Array]):
        def initial_scan(self, root):
            pass
"""
GUIDE_IMPORTS = """
    from configure.lib.storage_plugin.resource import StorageResource, GlobalId
    from configure.lib.storage_plugin import attributes, statistics
"""
HARD_DRIVE = """
    class HardDrive(StorageResource):
        serial_number = attributes.String()
        capacity = attributes.Bytes()
        temperature = statistics.Gauge(units = 'C')

        identifier = GlobalId('serial_number')
"""
HARD_DRIVE_IN_A_SHELF = """
    from configure.lib.storage_plugin.resource import ScannableId

    class HardDrive(StorageResource):
        shelf = attributes.ResourceReference()
        slot = attributes.Integer()
        identifier = ScannableId('shelf', 'slot')
"""
STORAGE_CONTROLLER = """
    from configure.lib.storage_plugin.resource import ScannableStorageResource, GlobalId

    class StorageController(StorageResource):
        address_1 = attributes.Hostname()
        address_2 = attributes.Hostname()

        identifier = GlobalId('address_1', 'address_2')
"""
LUN = """
    class MyLunClass(StorageResource):
        my_serial = attributes.String(provide='scsi_serial')
"""


def written(folder: Path, *parts: str, name: str = "kestrel.py") -> str:
    """Write a plugin's source and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(textwrap.dedent(part) for part in parts), encoding="utf-8")
    return str(path)


def loaded(folder: Path, *parts: str) -> LoadedPlugin:
    return load_plugin(written(folder, *parts))


def test_a_plugin_is_loaded_from_a_file_and_named_after_it(tmp_path: Path) -> None:
    """The name is part of every identity, so it does not depend on the folder."""
    plugin = loaded(tmp_path, PLUGIN)

    assert "kestrel" == plugin.name
    assert ["Array"] == [one.__name__ for one in plugin.root_classes]
    session = Session(plugin.plugin_class, plugin.root_class(), {"address": "a"})
    assert "kestrel" == session.scope.plugin


def test_a_plugin_that_is_a_package_can_be_split_into_modules(tmp_path: Path) -> None:
    """Chroma's imports work in each of them, and the classes of all are the plugin's."""
    written(tmp_path, GUIDE_IMPORTS, STORAGE_CONTROLLER, name="kestrel/classes.py")
    written(
        tmp_path,
        "from .classes import StorageController",
        "from configure.lib.storage_plugin.plugin import StoragePlugin",
        """
        class Plugin(StoragePlugin[StorageController]):
            def initial_scan(self, root):
                pass
        """,
        name="kestrel/__init__.py",
    )

    plugin = load_plugin(str(tmp_path / "kestrel"))

    assert ["StorageController"] == [one.__name__ for one in plugin.resource_classes]
    assert plugin.resource_classes == plugin.root_classes


def test_a_plugin_is_loaded_by_module_and_by_the_name_of_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are installed are known by name."""
    written(tmp_path, PLUGIN, name="kestrel_module.py")
    monkeypatch.syspath_prepend(tmp_path)

    assert "kestrel_module" == load_plugin("kestrel_module").name
    assert {"linux_host", "simulated_site"} <= plugin_references().keys()
    assert "simulated_site" == load_plugin(plugin_references()["simulated_site"]).name


@pytest.mark.parametrize(
    ("example", "class_name"),
    [
        (HARD_DRIVE, "HardDrive"),
        (HARD_DRIVE_IN_A_SHELF, "HardDrive"),
        (STORAGE_CONTROLLER, "StorageController"),
        (LUN, "MyLunClass"),
    ],
)
def test_the_examples_of_the_guide_load_unchanged(
    tmp_path: Path, example: str, class_name: str
) -> None:
    """They were written for Chroma's import paths."""
    plugin = loaded(tmp_path, PLUGIN, GUIDE_IMPORTS, example)

    assert class_name in {one.__name__ for one in plugin.resource_classes}


def test_the_examples_of_the_guide_run(tmp_path: Path) -> None:
    """Imports inside functions work as those at the top do."""
    plugin = loaded(
        tmp_path,
        GUIDE_IMPORTS,
        STORAGE_CONTROLLER,
        LUN,
        HARD_DRIVE_IN_A_SHELF,
        """
        import configure.lib.storage_plugin.plugin as chroma

        class Plugin(chroma.StoragePlugin):
            def initial_scan(self, root):
                import configure.lib.storage_plugin.base_resources
                from configure.lib.storage_plugin.base_resources import Enclosure
                same = configure.lib.storage_plugin.base_resources.Enclosure
                shelf, _ = self.update_or_create(same, serial_number='E1')
                self.update_or_create(HardDrive, shelf=shelf, slot=3)
                assert self.find(Enclosure, serial_number='E1') is shelf
        """,
    )
    settings = {"address_1": "a", "address_2": "b"}
    session = Session(plugin.plugin_class, plugin.root_class("StorageController"), settings)

    delta = session.initial_scan()

    assert ["Storage controller a/b", "Enclosure E1", "Hard drive Enclosure E1/3"] == [
        claim.label for claim in delta.reported.values()
    ]


def test_the_imports_of_chroma_are_nowhere_but_in_plugins(tmp_path: Path) -> None:
    """A program that has a package named configure keeps it."""
    loaded(tmp_path, PLUGIN, GUIDE_IMPORTS, LUN)

    assert not [name for name in sys.modules if name.split(".")[0] == "configure"]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("configure.lib.storage_plugin")


def test_chromas_resource_class_is_the_products_own(tmp_path: Path) -> None:
    """One class under two import paths, not two classes."""
    plugin = loaded(tmp_path, PLUGIN, GUIDE_IMPORTS, HARD_DRIVE)

    assert issubclass(plugin.root_class("HardDrive"), StorageResource)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = (", r"SyntaxError: '\(' was never closed \(.*kestrel.py, line 1\)"),
        ("\n\nraise OSError('no licence')", r"OSError: no licence \(.*kestrel.py, line 3\)"),
        ("import no_such_library", r"No module named 'no_such_library' \(.*kestrel.py, line 1\)"),
        ("import sys\nsys.exit(3)", r"SystemExit: 3 \(.*kestrel.py, line 2\)"),
        ("from configure.lib.nothing import x", "no module 'configure.lib.nothing'; of Chroma's"),
    ],
)
def test_a_plugin_that_cannot_be_run_is_told_with_file_and_line(
    tmp_path: Path, source: str, message: str
) -> None:
    """No traceback, and what it left behind is gone."""
    with pytest.raises(PluginError, match=f"^plugin 'kestrel' cannot be loaded: .*{message}"):
        load_plugin(written(tmp_path, source))

    assert "topology_plugins.kestrel" not in sys.modules


def test_wrong_declarations_of_all_classes_are_told_at_once_with_their_lines(
    tmp_path: Path,
) -> None:
    """Also when the module stumbles over one of them later."""
    source = """
        from plugin_runtime import attributes
        from plugin_runtime.resource import GlobalId, StorageResource

        class One(StorageResource):
            identifier = GlobalId("serial")

        class Two(StorageResource):
            mode = attributes.Enum()

        raise ValueError("stumbled")
    """

    with pytest.raises(DeclarationError) as refusal:
        load_plugin(written(tmp_path, source))

    first, one, two = str(refusal.value).splitlines()
    assert "plugin 'kestrel' has wrong declarations:" == first
    assert f"  {tmp_path}/kestrel.py, line 6: One.identifier names 'serial'" in one
    assert f"  {tmp_path}/kestrel.py, line 9: Two.mode needs at least one word" in two


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "exactly one subclass of StoragePlugin, has none"),
        (
            "class A(StoragePlugin):\n def initial_scan(self, root): pass\n"
            "class B(StoragePlugin):\n def initial_scan(self, root): pass",
            "exactly one subclass of StoragePlugin, has A, B",
        ),
        ("class A(StoragePlugin): pass", r"A must define initial_scan\(self, root\)"),
    ],
)
def test_a_module_is_a_plugin_by_its_one_subclass_of_storage_plugin(
    tmp_path: Path, source: str, message: str
) -> None:
    """Neither none nor several."""
    head = "from plugin_runtime.plugin import StoragePlugin"

    with pytest.raises(DeclarationError, match=message):
        load_plugin(written(tmp_path, head, source))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("./nothing.py", "no plugin at '.*/nothing.py'; give a Python file"),
        ("no_such_plugin", "no plugin 'no_such_plugin'; installed: .*simulated_site"),
        ("no.such.plugin", "plugin 'no.such.plugin' cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_what_is_no_plugin_is_told_with_what_there_is(reference: str, message: str) -> None:
    """A typing mistake shows the names to choose from."""
    with pytest.raises(PluginError, match=message):
        load_plugin(reference)


def test_a_file_that_lies_beside_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is told from a name by its ending, which is easily left out."""
    (tmp_path / "vaultbox.py").touch()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PluginError, match=r"no plugin 'vaultbox'; .*; else give 'vaultbox\.py'"):
        load_plugin("vaultbox")


def test_a_class_to_scan_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    """One that derives from plain StorageResource is taken by name."""
    plugin = loaded(tmp_path, PLUGIN, GUIDE_IMPORTS, HARD_DRIVE)
    plain = loaded(
        tmp_path,
        GUIDE_IMPORTS,
        HARD_DRIVE,
        STORAGE_CONTROLLER,
        """
        from plugin_runtime.plugin import StoragePlugin

        class Plugin(StoragePlugin):
            def initial_scan(self, root):
                pass
        """,
    )

    assert "Array" == plugin.root_class().__name__
    assert "HardDrive" == plugin.root_class("HardDrive").__name__
    with pytest.raises(UsageError, match=r"2 classes to scan \(HardDrive, StorageController\)"):
        plain.root_class()
    with pytest.raises(UsageError, match="no class 'Arra'; did you mean 'Array'"):
        plugin.root_class("Arra")


def test_a_plugin_in_one_file_imports_what_lies_beside_it(tmp_path: Path) -> None:
    """Its author's client library, before that is installed; what is installed comes first."""
    written(tmp_path, "STATUS = 'ok'", name="beside_kestrel.py")
    written(tmp_path, "raise RuntimeError('not this one')", name="json.py")
    plugin = loaded(tmp_path, "import json\nfrom beside_kestrel import STATUS", PLUGIN)

    assert "kestrel" == plugin.name
