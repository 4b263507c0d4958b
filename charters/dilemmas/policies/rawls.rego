package charter.dilemmas.frameworks.rawls

import data.charter.dilemmas.norms

# Rewards the payoff of whoever gets least (Rawls, A Theory of Justice, 1971: the difference principle).

title := "Rawls: the points of the worst off"

reward := min(norms.everyone)
