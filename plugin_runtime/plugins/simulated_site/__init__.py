"""A Lustre site that is not there: couplets, enclosures, pools, servers, a filesystem.

It reports raw facts, as real plugins do, and what an administrator says has failed or was pulled;
what that means for anything else is left to the product.
"""

from plugin_runtime.plugins.simulated_site.plugin import SimulatedSitePlugin
from plugin_runtime.plugins.simulated_site.resources import SimulatedSite

__all__ = ["SimulatedSite", "SimulatedSitePlugin"]
