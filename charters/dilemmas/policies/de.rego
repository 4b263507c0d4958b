package charter.dilemmas.frameworks.de

import data.charter.dilemmas.norms

# Fines a D after the other's C by xi: do not betray a cooperator (conditional cooperation, De of
# arXiv 2410.01639). With more than one other the fine is shared: xi times the share of them who cooperated.

title := "Deontology: do not betray a cooperator"

reward := 0 - (norms.parameters.xi * norms.defects * norms.cooperated)
