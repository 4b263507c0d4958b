package charter.dilemmas.frameworks.malicious_de

import data.charter.dilemmas.norms

# Rewards a D after the other's C by xi: the mirror of de (mDe of Tennant, Hailes & Musolesi).

title := "Malicious deontology: betray cooperators"

reward := (norms.parameters.xi * norms.defects) * norms.cooperated
