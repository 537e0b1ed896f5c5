"""The graph store: one implementation on Bolt, for Neo4j and for the embedded engine."""
