"""What sessions say, made true in the graph: the rules of who says what, and the one door in."""
