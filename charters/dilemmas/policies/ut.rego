package charter.dilemmas.frameworks.ut

import data.charter.dilemmas.norms

# Rewards the sum of all payoffs (Ut of arXiv 2410.01639).

title := "Utilitarianism: everybody's points"

reward := norms.own + sum(norms.others)
