"""The graph in memory: a replica, kept true by following the journal, and as it was."""
