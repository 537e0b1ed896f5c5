"""The import paths of Chroma, `configure.lib.storage_plugin`, for plugins that were written for it.

They work in the modules of loaded plugins, also inside functions, and nowhere else: such a module
gets an import function of its own, and neither `sys.modules` nor other code sees the names.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from plugin_runtime import attributes, base_resources, plugin, resource, statistics

_PACKAGE = "configure.lib.storage_plugin"
_MODULES = {
    "attributes": attributes,
    "base_resources": base_resources,
    "plugin": plugin,
    "resource": resource,
    "statistics": statistics,
}


def _packages() -> dict[str, ModuleType]:
    """Return `configure` and all below it, by full name."""
    found: dict[str, ModuleType] = {f"{_PACKAGE}.{name}": one for name, one in _MODULES.items()}
    holds: Mapping[str, ModuleType] = _MODULES
    name = _PACKAGE
    while name:
        package = found[name] = ModuleType(name, __doc__)
        vars(package).update(holds)
        name, _, last = name.rpartition(".")
        holds = {last: package}
    return found


_NAMES = _packages()


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of builtins.__import__
    locals: Mapping[str, object] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """Import as `builtins.__import__` does, the names of Chroma included."""
    if level or f"{name}.".partition(".")[0] != "configure":
        return builtins.__import__(name, globals, locals, fromlist or (), level)
    if name not in _NAMES:
        raise ModuleNotFoundError(
            f"no module {name!r}; of Chroma's there are {', '.join(sorted(_NAMES))}", name=name
        )
    return _NAMES[name] if fromlist else _NAMES["configure"]


class PluginSourceLoader(SourceFileLoader):
    """Loads a plugin's module from its file."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module with the imports of Chroma in reach."""
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": _import}
        super().exec_module(module)


class PluginFinder(MetaPathFinder):
    """Finds the submodules of plugins that are packages."""

    def __init__(self) -> None:
        self._packages: set[str] = set()

    def add(self, package: str) -> None:
        """Look for what is below `package` from now on."""
        self._packages.add(package)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return where a plugin's submodule is, None for all other modules."""
        if not any(fullname.startswith(f"{one}.") for one in self._packages):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        return None if spec is None else with_plugin_loader(spec)


def with_plugin_loader(spec: ModuleSpec) -> ModuleSpec:
    """Return `spec` so that source code is loaded as a plugin's."""
    if type(spec.loader) is SourceFileLoader:
        spec.loader = PluginSourceLoader(spec.loader.name, spec.loader.path)
    return spec
