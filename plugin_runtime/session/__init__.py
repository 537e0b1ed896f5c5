"""One plugin running against one scannable: what it reports becomes claims, and a delta."""
