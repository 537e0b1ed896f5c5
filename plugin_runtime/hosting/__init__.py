"""The plugin host: a process for each plugin, in it a thread for each scannable."""
