"""How people write when no teacher looks, and elsewhere: one file for each language."""
