"""The disks and block devices of a Linux host, live or from captured outputs of its tools."""

from plugin_runtime.plugins.linux_host.plugin import LinuxHostPlugin
from plugin_runtime.plugins.linux_host.resources import LinuxHost

__all__ = ["LinuxHost", "LinuxHostPlugin"]
