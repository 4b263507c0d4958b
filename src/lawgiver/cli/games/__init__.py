"""Commands of `lawgiver games`."""
