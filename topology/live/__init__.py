"""The graph as it is judged now: a view of each revision, from which every answer is made."""
