"""The page of a run of reward and cost models: how good each is on what it has not seen, and what its scores mean."""
