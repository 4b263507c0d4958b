package charter.dilemmas.frameworks.virtue_aggression

import data.charter.dilemmas.norms

# Rewards the move D by xi, whatever comes of it: the mirror of virtue_kindness.

title := "Vice of aggression: defect"

reward := norms.parameters.xi * norms.defects
