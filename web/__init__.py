"""The pages and the JSON API: reads the live topology, renders answers."""
