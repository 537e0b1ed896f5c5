"""The graph as files: whole, to be read again, and for other programs."""
