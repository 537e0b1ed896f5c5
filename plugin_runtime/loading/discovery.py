"""Where plugins are found: by entry point, in the plugin directory, by path and by module."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from pathlib import Path

from plugin_runtime.faults import described
from plugin_runtime.hints import did_you_mean
from topology.errors import PluginError, UsageError

GROUP = "topology.plugins"
"""The entry-point group by which installed plugins are found."""
FILES = "topology_plugins."
"""Under this the modules of plugins that are given by path are imported."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NO_PLUGINS = ("_", ".", "test_", "conftest.")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a plugin's code is, before it is run."""

    name: str
    """What the plugin is called, where its class does not say."""
    spec: ModuleSpec
    is_installed: bool
    """It is known by its entry point."""

    @property
    def is_file(self) -> bool:
        """It is given by path, so it is run anew each time it is loaded."""
        return self.spec.name.startswith(FILES)

    @property
    def folder(self) -> Path | None:
        """What lies here the plugin can import by name; None for a module, which needs no place."""
        below = self.spec.submodule_search_locations
        place = next(iter(below), None) if below else self.spec.origin
        return Path(place).parent if self.is_file and place else None

    def saved(self) -> Mapping[Path, int]:
        """Return when each of its source files was last written, in ns since the epoch.

        A file's are all in its folder, which it may import.
        """
        folders = self.spec.submodule_search_locations or ()
        files = [file for folder in folders for file in Path(folder).rglob("*.py")]
        if self.spec.origin:
            files += Path(self.spec.origin).parent.glob("*.py")
        return {file: file.stat().st_mtime_ns for file in files if file.is_file()}


def plugin_references(plugin_dir: Path | None = None) -> Mapping[str, str]:
    """Return what `load_plugin` takes for each plugin that is there, by name, sorted.

    Those are the installed ones and what lies in `plugin_dir`: files, and folders that are
    packages, but for tests and names that begin with "_" or ".". There a file with the name of an
    installed plugin takes its place. Raises UsageError where `plugin_dir` cannot be read.
    """
    installed = {name: name for name in entry_points(group=GROUP).names}
    return dict(sorted((installed | dict(_in_folder(plugin_dir))).items()))


def _in_folder(folder: Path | None) -> Iterator[tuple[str, str]]:
    if folder is None:
        return
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(
            f"cannot read the plugin directory {str(folder)!r} ({error.strerror}); "
            "check TOPOLOGY_PLUGIN_DIR, the setting plugin_dir"
        ) from None
    for path in paths:
        is_source = path.suffix == ".py" or (path / "__init__.py").is_file()
        if is_source and not path.name.startswith(_NO_PLUGINS):
            yield path.stem, str(path.resolve())


def found(reference: str) -> Source:
    """Return where the plugin is that `reference` names: an entry point, a path or a module.

    Raises PluginError where there is none, or its name cannot be a plugin's.
    """
    installed = entry_points(group=GROUP, name=reference)
    path = Path(reference)
    if installed:
        source = Source(reference, _module_spec(next(iter(installed)).module), is_installed=True)
    elif path.suffix == ".py" or "/" in reference or path.is_dir():
        source = Source(path.resolve().stem, _file_spec(path.resolve()), is_installed=False)
    else:
        name = reference.rpartition(".")[2]
        source = Source(name, _module_spec(reference), is_installed=False)
    if not _NAME.fullmatch(source.name):
        raise PluginError(
            f"{source.name!r} is no name for a plugin; use letters, digits, '.', '_' and '-'"
        )
    return source


def _file_spec(path: Path) -> ModuleSpec:
    source = path / "__init__.py" if path.is_dir() else path
    if not source.is_file():
        raise PluginError(
            f"no plugin at {str(source)!r}; give a Python file, or a package's folder"
        )
    name = f"{FILES}{path.stem}"
    below = [str(path)] if path.is_dir() else None
    spec = importlib.util.spec_from_file_location(name, source, submodule_search_locations=below)
    if spec is None:
        raise PluginError(f"{str(source)!r} is no Python module; name it with .py")
    return spec


def _module_spec(module: str) -> ModuleSpec:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError) as error:
        raise PluginError(f"plugin {module!r} cannot be loaded: {described(error)}") from error
    if spec is None:
        installed = entry_points(group=GROUP).names
        known = did_you_mean(module, sorted(installed), "installed")
        beside = Path(f"{module}.py")
        otherwise = f"give {str(beside)!r}" if beside.is_file() else "give a module or a path"
        raise PluginError(f"no plugin {module!r}; {known}; else {otherwise}")
    return spec
