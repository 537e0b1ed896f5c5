"""What one process does for all: judged states for operators' Cypher, and what grows too old."""
