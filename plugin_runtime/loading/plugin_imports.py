"""How a plugin's modules are executed: with the import paths of Chroma in reach.

They work in the modules of loaded plugins, also inside functions, and nowhere else: such a module
gets an import function of its own, and neither `sys.modules` nor other code sees the names.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from plugin_runtime.chroma import MODULES
from plugin_runtime.loading.tolerance import Notebook

_notebook: ContextVar[Notebook | None] = ContextVar("_notebook", default=None)


@contextmanager
def noted_failures() -> Iterator[Notebook]:
    """Let the plugin modules run meanwhile go on after a statement that fails, and note it."""
    notebook = Notebook()
    token = _notebook.set(notebook)
    try:
        yield notebook
    finally:
        _notebook.reset(token)


def _packages() -> dict[str, ModuleType]:
    """Return the modules of Chroma and the packages above them, by full name."""
    found: dict[str, ModuleType] = dict(MODULES)
    for name in sorted(MODULES, reverse=True):
        below, held = name, found[name]
        while "." in below:
            below, _, last = below.rpartition(".")
            package = found.setdefault(below, ModuleType(below, __doc__))
            setattr(package, last, held)
            held = package
    return found


_NAMES = _packages()
_TOPS = frozenset(name.partition(".")[0] for name in _NAMES)


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of builtins.__import__
    locals: Mapping[str, object] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """Import as `builtins.__import__` does, the names of Chroma included."""
    top = name.partition(".")[0]
    if level or top not in _TOPS:
        return builtins.__import__(name, globals, locals, fromlist or (), level)
    if name not in _NAMES:
        raise ModuleNotFoundError(
            f"no module {name!r}; of Chroma's there are {', '.join(sorted(_NAMES))}", name=name
        )
    return _NAMES[name] if fromlist else _NAMES[top]


class PluginSourceLoader(SourceFileLoader):
    """Loads a plugin's module from its file."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code; one that goes on after a failure where these are noted."""
        notebook = _notebook.get()
        if notebook is None:
            return super().get_code(fullname)
        return notebook.tolerant_code(self.get_data(self.path), self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module with the imports of Chroma in reach."""
        notebook = _notebook.get()
        noting = {} if notebook is None else notebook.names
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": _import, **noting}
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
