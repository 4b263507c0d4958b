package charter.dilemmas.frameworks.virtue_kindness

import data.charter.dilemmas.norms

# Rewards the move C by xi, whatever comes of it (V-Ki of Tennant, Hailes & Musolesi, IJCAI 2023).

title := "Virtue of kindness: cooperate"

reward := norms.parameters.xi * (1 - norms.defects)
