package charter.dilemmas.frameworks.nash_product

import data.charter.dilemmas.norms

# Rewards the product of what everybody gains over having no agreement (Nash, The Bargaining Problem, 1950). Who is
# left with less would not agree, so that outcome is worth no more than none: the product is then 0.

title := "Nash product: everybody's gain, multiplied"

without := norms.parameters.disagreement

gains := [max([0, payoff - without]) | some payoff in norms.everyone]

reward := product(gains) if count(gains) == count(norms.everyone)
