"""How failures travel: from own states and links to every published state, with its reasons."""
