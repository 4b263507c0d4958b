"""The two-player game: a generator looks for texts that a guard gets wrong, and the guard learns from them."""
