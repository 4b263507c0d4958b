package charter.dilemmas.frameworks.fehr_schmidt

import data.charter.dilemmas.norms

# Rewards own points less envy of those ahead and guilt towards those behind, each per other player (Fehr & Schmidt,
# A Theory of Fairness, Competition, and Cooperation, 1999, equation 1; envy is their alpha, guilt their beta).

title := "Fehr and Schmidt: own points, less envy and guilt"

behind := sum([max([0, other - norms.own]) | some other in norms.others])

ahead := sum([max([0, norms.own - other]) | some other in norms.others])

disutility := (norms.parameters.envy * behind) + (norms.parameters.guilt * ahead)

reward := norms.own - (disutility / count(norms.others))
