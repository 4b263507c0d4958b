package charter.dilemmas.frameworks.betrayal

import data.charter.dilemmas.norms

# A cost, for limits: 1 for a D after the other's C, 0 for a C after it, nothing to say where nobody had
# cooperated. Its mean is P(D|C). With more than one other, a D costs the share of them who cooperated.

title := "Betrayal: a D after the other's C"

reward := norms.defects * norms.cooperated if norms.cooperated > 0
