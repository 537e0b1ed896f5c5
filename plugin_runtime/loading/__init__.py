"""From a name or a path to a plugin: found, imported, and told what is wrong with it."""
