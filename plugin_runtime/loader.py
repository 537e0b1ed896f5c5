"""Finds plugins and loads them: by entry point, by module, by file or directory.

Whatever is wrong with a plugin is one PluginError or DeclarationError that names file and line.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, get_args

from plugin_runtime.chroma_imports import PluginFinder, with_plugin_loader
from plugin_runtime.declarations import Mistakes, did_you_mean, gathered_mistakes
from plugin_runtime.faults import described
from plugin_runtime.identifier import GlobalId
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import StorageResource
from topology.errors import DeclarationError, PluginError, UsageError

GROUP = "topology.plugins"
"""The entry-point group by which plugins are found."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILES = "topology_plugins."
"""Under this the modules of plugins that are given by path are imported."""
_finder = PluginFinder()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin, ready to run."""

    name: str
    plugin_class: type[StoragePlugin[Any]]
    resource_classes: tuple[type[StorageResource], ...]
    """Those it declares itself, in declared order."""
    root_classes: tuple[type[StorageResource], ...]
    """Those an administrator can add."""

    def root_class(self, class_name: str | None = None) -> type[StorageResource]:
        """Return the class to scan: that of the given name, else the only one that can be added.

        A class that derives from plain StorageResource is accepted by name, or where there is no
        other. Raises UsageError where there is none, or several to choose from.
        """
        if class_name is None:
            if len(self.root_classes) == 1:
                return self.root_classes[0]
            names = ", ".join(one.__name__ for one in self.root_classes)
            raise UsageError(
                f"plugin {self.name!r} has {len(self.root_classes)} classes to scan"
                f" ({names or 'none'}); name one of its classes with a GlobalId"
            )
        classes = {one.__name__: one for one in (*self.resource_classes, *self.root_classes)}
        if class_name not in classes:
            raise UsageError(
                f"plugin {self.name!r} has no class {class_name!r}; "
                f"{did_you_mean(class_name, classes)}"
            )
        return classes[class_name]


def plugin_references() -> Mapping[str, str]:
    """Return what `load_plugin` takes for each installed plugin, by the plugin's name."""
    return {name: name for name in sorted(entry_points(group=GROUP).names)}


def load_plugin(reference: str) -> LoadedPlugin:
    """Load a plugin by the name of its entry point, by file or directory, or by module.

    Raises DeclarationError with every wrong declaration in it, and PluginError for all else.
    """
    name, spec = _found(reference)
    if not _NAME.fullmatch(name):
        raise PluginError(
            f"{name!r} is no name for a plugin; use letters, digits, '.', '_' and '-'"
        )
    with gathered_mistakes() as mistakes:
        module = _executed(name, spec, mistakes)
    modules = _modules_of(module)
    classes = _defined(modules, StorageResource)
    _raise_mistakes(name, mistakes)
    plugin_class = _plugin_class(name, modules)
    if not plugin_class.name or entry_points(group=GROUP, name=reference):
        plugin_class.name = name  # an installed plugin is known by its entry point
    return LoadedPlugin(
        plugin_class.name, plugin_class, tuple(classes), _root_classes(plugin_class, classes)
    )


def _found(reference: str) -> tuple[str, ModuleSpec]:
    """Return the plugin's name and where its module is."""
    installed = entry_points(group=GROUP, name=reference)
    path = Path(reference)
    if installed:
        return reference, _module_spec(next(iter(installed)).module)
    if path.suffix == ".py" or "/" in reference or path.is_dir():
        return path.resolve().stem, _file_spec(path.resolve())
    return reference.rpartition(".")[2], _module_spec(reference)


def _file_spec(path: Path) -> ModuleSpec:
    source = path / "__init__.py" if path.is_dir() else path
    if not source.is_file():
        raise PluginError(
            f"no plugin at {str(source)!r}; give a Python file, or a package's folder"
        )
    name = f"{_FILES}{path.stem}"
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
        known = ", ".join(plugin_references()) or "none"
        raise PluginError(f"no plugin {module!r}; installed: {known}; else give a module or a path")
    return spec


def _executed(name: str, spec: ModuleSpec, mistakes: list[Mistakes]) -> ModuleType:
    """Run the plugin's module; one that is no file of its own is imported once."""
    is_file = spec.name.startswith(_FILES)
    if spec.name in sys.modules and not is_file:
        return sys.modules[spec.name]
    if spec.submodule_search_locations is not None:
        _finder.add(spec.name)
    _forget(spec.name)
    module = importlib.util.module_from_spec(with_plugin_loader(spec))
    sys.modules[spec.name] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        try:
            _raise_mistakes(name, mistakes)
        finally:
            _forget(spec.name)
        raise PluginError(f"plugin {name!r} cannot be loaded: {described(error)}") from error
    return module


def _forget(module: str) -> None:
    """Let a module, and all below it, be imported anew."""
    for name in [one for one in sys.modules if f"{one}.".startswith(f"{module}.")]:
        del sys.modules[name]


def _modules_of(module: ModuleType) -> list[ModuleType]:
    """Return a plugin's module and those below it that are imported."""
    prefix = f"{module.__name__}."
    below = [one for name, one in sys.modules.items() if name.startswith(prefix)]
    return [module, *below]


def _defined(modules: Iterable[ModuleType], kind: type[T]) -> list[type[T]]:
    """Return the classes derived from `kind` that the modules define, each once."""
    found: dict[type[T], None] = {}
    for module in modules:
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, kind)
                and value.__module__ == module.__name__
            ):
                found[value] = None
    return list(found)


def _plugin_class(name: str, modules: list[ModuleType]) -> type[StoragePlugin[Any]]:
    classes: list[type[StoragePlugin[Any]]] = _defined(modules, StoragePlugin)
    leaves = [one for one in classes if not any(one in other.__bases__ for other in classes)]
    if len(leaves) != 1:
        names = ", ".join(one.__name__ for one in leaves) or "none"
        raise DeclarationError(
            f"plugin {name!r} must have exactly one subclass of StoragePlugin, has {names}; "
            "put each plugin into a module of its own"
        )
    if leaves[0].initial_scan is StoragePlugin.initial_scan:
        raise DeclarationError(f"{leaves[0].__name__} must define initial_scan(self, root)")
    return leaves[0]


def _root_classes(
    plugin_class: type[StoragePlugin[Any]], classes: Iterable[type[StorageResource]]
) -> tuple[type[StorageResource], ...]:
    """Return the scannable classes; where there is none, those the plugin could be scanning."""
    global_ones = [one for one in classes if isinstance(one.declaration.identifier, GlobalId)]
    scannable = [one for one in global_ones if one.declaration.is_scannable]
    if scannable:
        return tuple(scannable)
    bases = getattr(plugin_class, "__orig_bases__", ())
    named = [
        argument for base in bases for argument in get_args(base) if isinstance(argument, type)
    ]
    return tuple(named or global_ones)


def _raise_mistakes(name: str, mistakes: Iterable[Mistakes]) -> None:
    lines = [f"{_place(one.cls)}: {text}" for one in mistakes for text in one.texts]
    if lines:
        raise DeclarationError("\n  ".join([f"plugin {name!r} has wrong declarations:", *lines]))


def _place(cls: type) -> str:
    try:
        file = inspect.getsourcefile(cls)
        return f"{file}, line {inspect.getsourcelines(cls)[1]}"
    except (OSError, TypeError):
        return cls.__module__
