"""A Lustre server with its targets and filesystems, live or from what was captured on it."""

from plugin_runtime.plugins.lustre_server.plugin import LustreServerPlugin
from plugin_runtime.plugins.lustre_server.resources import LustreServerSource

__all__ = ["LustreServerPlugin", "LustreServerSource"]
