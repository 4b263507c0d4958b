package charter.dilemmas.frameworks.virtue_equality

import data.charter.dilemmas.norms

# Rewards equal payoffs, 0 to 1: 1-|M-O|/(M+O) for two players (V-Eq of Tennant, Hailes & Musolesi, IJCAI 2023).
# Two who both get 0 are equal. More players and negative payoffs: see inequality in norms.rego.

title := "Virtue of equality: the same for all"

reward := 1 - norms.inequality
