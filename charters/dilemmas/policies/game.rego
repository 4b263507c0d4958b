package charter.dilemmas.frameworks.game

import data.charter.dilemmas.norms

# Rewards the player's own payoff: what the game itself asks for.

title := "Game: own points"

reward := norms.own
