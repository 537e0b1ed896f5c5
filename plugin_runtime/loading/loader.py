"""Loads plugins, and finds what is wrong with one before it runs.

Whatever is wrong with a plugin is one PluginError or DeclarationError that names file and line.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, get_args

from plugin_runtime.faults import Mistake, described
from plugin_runtime.hints import did_you_mean
from plugin_runtime.identifier import GlobalId
from plugin_runtime.loading.discovery import Source, found
from plugin_runtime.loading.plugin_imports import PluginFinder, noted_failures, with_plugin_loader
from plugin_runtime.loading.structure import (
    advice,
    advice_on_root,
    class_mistakes,
    plugin_mistakes,
    unknown_names,
)
from plugin_runtime.mistakes import Mistakes, gathered_mistakes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import StorageResource
from topology.errors import DeclarationError, PluginError, TopologyError, UsageError

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


@dataclass(frozen=True, slots=True)
class Examined:
    """A plugin's declarations, right or wrong."""

    name: str
    plugin: LoadedPlugin | None
    """None where anything is wrong."""
    mistakes: tuple[Mistake, ...] = ()
    """Everything that is wrong, by file and line."""
    advice: tuple[str, ...] = ()
    """What is probably not meant, where nothing is wrong."""


def load_plugin(reference: str, *, anew: bool = False) -> LoadedPlugin:
    """Load a plugin by the name of its entry point, by file or directory, or by module.

    A module that is imported already is run again only where that is wanted `anew`. Raises
    DeclarationError with every wrong declaration in it, and PluginError for all else.
    """
    source = found(reference)
    if anew:
        _forget(source.spec.name)
        _forget_in(source.folder)
    with gathered_mistakes() as declared:
        module = _executed(source, declared)
    modules = _modules_of(module)
    mistakes = _mistakes(modules, declared)
    if mistakes:
        raise _wrong(source.name, mistakes)
    return _loaded(source, modules)


def load_listed(name: str, reference: str) -> LoadedPlugin:
    """Load one of `plugin_references`. Raises as `load_plugin`, also where it has another name."""
    plugin = load_plugin(reference)
    if plugin.name != name:
        raise PluginError(
            f"the plugin in {reference!r} names itself {plugin.name!r}; "
            "give its file that name, or let its class not say one"
        )
    return plugin


def examined(reference: str, others: Iterable[str] = ()) -> Examined:
    """Find everything that is wrong with a plugin: one failing statement hides no other.

    `others` are references to plugins whose classes it may name. Raises PluginError where there is
    no plugin.
    """
    source = found(reference)
    with gathered_mistakes() as declared, noted_failures() as notebook:
        module = _executed(source, declared)
    modules = _modules_of(module)
    mistakes = [
        *notebook.mistakes,
        *_mistakes(modules, declared, is_whole=not notebook.is_anything_lost),
    ]
    classes = _defined(modules, StorageResource)
    mistakes += [
        _at(cls, text)
        for cls, text in unknown_names(classes, lambda: _classes_of(loadable(others), source.name))
    ]
    if mistakes:
        _forget(source.spec.name)
        in_order = sorted(dict.fromkeys(mistakes), key=lambda one: (one.file, one.line))
        return Examined(source.name, None, tuple(in_order))
    plugin = _loaded(source, modules)
    return Examined(plugin.name, plugin, advice=advice_on(plugin, loadable(others)))


def advice_on(plugin: LoadedPlugin, others: Iterable[LoadedPlugin]) -> tuple[str, ...]:
    """Return what is right about a plugin but probably not meant, beside the `others` of a site."""
    elsewhere = _classes_of(others, plugin.name)
    on_root = advice_on_root(plugin.root_classes[0]) if len(plugin.root_classes) == 1 else ()
    return (*advice(plugin.plugin_class, plugin.resource_classes, elsewhere), *on_root)


def loadable(references: Iterable[str]) -> Iterator[LoadedPlugin]:
    """Yield those of the plugins that can be loaded."""
    for reference in references:
        with suppress(TopologyError):
            yield load_plugin(reference)


def _classes_of(plugins: Iterable[LoadedPlugin], own_name: str) -> dict[str, str]:
    """Return the resource classes of all plugins but one, and whose each is."""
    return {
        cls.__name__: plugin.name
        for plugin in plugins
        if plugin.name != own_name
        for cls in plugin.resource_classes
    }


def _loaded(source: Source, modules: list[ModuleType]) -> LoadedPlugin:
    classes = _defined(modules, StorageResource)
    (plugin_class,) = _plugin_classes(modules)
    if not plugin_class.name or source.is_installed:
        plugin_class.name = source.name  # an installed plugin is known by its entry point
    return LoadedPlugin(
        plugin_class.name, plugin_class, tuple(classes), _root_classes(plugin_class, classes)
    )


def _executed(source: Source, declared: list[Mistakes]) -> ModuleType:
    """Run the plugin's module; one that is no file of its own is imported once."""
    spec = source.spec
    if spec.name in sys.modules and not source.is_file:
        return sys.modules[spec.name]
    if spec.submodule_search_locations is not None:
        _finder.add(spec.name)
    _forget(spec.name)
    if source.folder is not None and str(source.folder) not in sys.path:
        sys.path.append(str(source.folder))  # last: what is installed comes before what lies there
    module = importlib.util.module_from_spec(with_plugin_loader(spec))
    sys.modules[spec.name] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        mistakes = _declared(declared)
        _forget(spec.name)
        if mistakes:
            raise _wrong(source.name, mistakes) from error
        raise PluginError(f"plugin {source.name!r} cannot be loaded: {described(error)}") from error
    return module


def _forget(module: str) -> None:
    """Let a module, and all below it, be imported anew."""
    for name in [one for one in sys.modules if f"{one}.".startswith(f"{module}.")]:
        del sys.modules[name]


def _forget_in(folder: Path | None) -> None:
    """Let the modules that lie in `folder` be imported anew."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).parent == folder:
            del sys.modules[name]


def _modules_of(module: ModuleType) -> list[ModuleType]:
    """Return a plugin's module and those below it that are imported."""
    prefix = f"{module.__name__}."
    below = [one for name, one in sys.modules.items() if name.startswith(prefix)]
    return [module, *below]


def _defined(modules: Iterable[ModuleType], kind: type[T]) -> list[type[T]]:
    """Return the classes derived from `kind` that the modules define, each once."""
    classes: dict[type[T], None] = {}
    for module in modules:
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, kind)
                and value.__module__ == module.__name__
            ):
                classes[value] = None
    return list(classes)


def _plugin_classes(modules: Iterable[ModuleType]) -> list[type[StoragePlugin[Any]]]:
    """Return the subclasses of StoragePlugin from which no other one derives."""
    classes: list[type[StoragePlugin[Any]]] = _defined(modules, StoragePlugin)
    return [one for one in classes if not any(one in other.__bases__ for other in classes)]


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


def _mistakes(
    modules: list[ModuleType], declared: Iterable[Mistakes], *, is_whole: bool = True
) -> list[Mistake]:
    """Return what is wrong; where the modules are not `is_whole`, not what may be missing alone."""
    plugins = _plugin_classes(modules)
    classes = _defined(modules, StorageResource)
    found_ones = [_at(one, text) for one in classes for text in class_mistakes(one, classes)]
    for one in plugins:
        found_ones += [_at(one, text) for text in plugin_mistakes(one)]
    if len(plugins) > 1 or (is_whole and not plugins):
        names = ", ".join(one.__name__ for one in plugins) or "none"
        text = f"a plugin must have exactly one subclass of StoragePlugin, has {names}; " + (
            "put each plugin into a module of its own"
            if plugins
            else "if this only helps a plugin, begin its name with '_'"
        )
        place = _at(plugins[1], text) if plugins else Mistake(text, modules[0].__file__ or "")
        found_ones.append(place)
    return [*_declared(declared), *found_ones]


def _declared(declared: Iterable[Mistakes]) -> list[Mistake]:
    return [_at(one.cls, text) for one in declared for text in one.texts]


def _at(cls: type, text: str) -> Mistake:
    """Return a mistake at the line of the attribute that `text` begins with, else of `cls`."""
    try:
        file = inspect.getsourcefile(cls) or ""
        lines, first = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return Mistake(text, sys.modules[cls.__module__].__file__ or cls.__module__)
    named = re.match(rf"{cls.__name__}\.(\w+)", text)
    places = (n for n, line in enumerate(lines) if named and _binds(line, named[1]))
    return Mistake(text, file, first + next(places, 0))


def _binds(line: str, name: str) -> bool:
    return re.match(rf"\s+(async def |def )?{name}\s*[:=(]", line) is not None


def _wrong(name: str, mistakes: Iterable[Mistake]) -> DeclarationError:
    lines: Iterator[str] = map(str, mistakes)
    return DeclarationError("\n  ".join([f"plugin {name!r} has wrong declarations:", *lines]))
