"""The guard itself: a small multilingual classifier, what it learns from, and how it is trained and opened."""
