"""The `topology` commands that need nothing but the graph."""
