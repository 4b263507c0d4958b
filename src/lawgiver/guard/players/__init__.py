"""The two-player loop: candidates that the guard may get wrong, a veto on labels, the next guard and generator."""
