package charter.dilemmas.frameworks.anti_altruist

import data.charter.dilemmas.norms

# Rewards what the others do not get: the mirror of altruist.

title := "Spite: the others' losses"

reward := 0 - sum(norms.others)
