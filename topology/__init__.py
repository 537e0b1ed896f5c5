"""The topology of a storage site as a graph, and what failures in it mean."""
