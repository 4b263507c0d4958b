package charter.dilemmas.frameworks.altruist

import data.charter.dilemmas.norms

# Rewards what the others get; own points count for nothing.

title := "Altruism: the others' points"

reward := sum(norms.others)
