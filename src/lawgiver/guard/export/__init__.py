"""A trained guard as a small folder that runs without torch: the graph, 8-bit weights, a card with every hash."""
