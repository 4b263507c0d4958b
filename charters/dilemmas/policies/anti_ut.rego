package charter.dilemmas.frameworks.anti_ut

import data.charter.dilemmas.norms

# Rewards the sum of all payoffs with its sign reversed: the mirror of ut (aUt of Tennant, Hailes & Musolesi).

title := "Malicious utilitarianism: nobody's points"

reward := 0 - (norms.own + sum(norms.others))
