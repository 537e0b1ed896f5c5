"""A Lustre site that is not there: couplets, enclosures, pools, servers, a filesystem.

It reports raw facts, as real plugins do, and what an administrator says has failed or was pulled;
what that means for anything else is left to the product.
"""

from plugin_runtime.plugins.simulated_site.plugin import SimulatedSitePlugin
from plugin_runtime.plugins.simulated_site.resources import SimulatedSite

EXAMPLE_DISK = "couplet0-enc1-slot03"
"""A disk that every site of the default size has; a demonstration begins with it failed."""

__all__ = ["EXAMPLE_DISK", "SimulatedSite", "SimulatedSitePlugin"]
