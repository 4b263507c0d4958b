package charter.dilemmas.frameworks.virtue_mixed

import data.charter.dilemmas.norms

# Rewards equality and kindness together, 0 to 1: the share equality_share of one, the rest of the other (V-mix of
# Tennant, Hailes & Musolesi, IJCAI 2023; kindness counts 1 here, not xi).

title := "Mixed virtue: equality and kindness"

share := norms.parameters.equality_share

reward := (share * (1 - norms.inequality)) + ((1 - share) * (1 - norms.defects))
