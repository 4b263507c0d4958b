package charter.dilemmas.frameworks.virtue_inequality

import data.charter.dilemmas.norms

# Rewards unequal payoffs, 0 to 1, whoever has the larger: the mirror of virtue_equality.

title := "Vice of inequality: the more apart the better"

reward := norms.inequality
