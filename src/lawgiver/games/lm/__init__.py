"""Language models as players; the only part of `games` that imports torch."""
