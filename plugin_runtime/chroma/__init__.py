"""The names of Chroma's plugin API, for plugins that were written for it.

Nothing outside this package knows them, and nothing new is made here: each name is translated into
the API that `plugin_runtime` offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from plugin_runtime import attributes, base_resources, plugin, resource, statistics

_CHROMA = "configure.lib.storage_plugin"

MODULES: Mapping[str, ModuleType] = {
    f"{_CHROMA}.{name}": module
    for name, module in {
        "attributes": attributes,
        "base_resources": base_resources,
        "plugin": plugin,
        "resource": resource,
        "statistics": statistics,
    }.items()
}
"""What plugins import, by full name."""
