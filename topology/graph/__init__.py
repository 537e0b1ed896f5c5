"""The graph in memory: a replica, kept true by following the journal, as it was, and in slices."""
