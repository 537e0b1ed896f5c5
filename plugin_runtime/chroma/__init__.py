"""The names of Chroma's plugin API and of its descendant's, for plugins that were written for them.

Nothing outside this package knows them, and nothing new is made here: each name is translated into
the API that `plugin_runtime` offers. Chroma's own names are those of today, under another path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

_CHROMA = ("attributes", "base_resources", "plugin", "resource", "statistics")
_DESCENDANT = (
    "alert_conditions",
    "attributes",
    "identifiers",
    "plugin",
    "relations",
    "resources",
    "statistics",
)


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for name in _CHROMA:
        yield f"configure.lib.storage_plugin.{name}", import_module(f"plugin_runtime.{name}")
    for name in _DESCENDANT:
        module = import_module(f"{__name__}.{name}")
        yield f"chroma_core.lib.storage_plugin.api.{name}", module


MODULES: Mapping[str, ModuleType] = dict(_modules())
"""What plugins import, by full name."""
