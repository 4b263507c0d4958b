"""Learning in games: one objective, several estimators of its gradient, any policy that can score its answers."""
