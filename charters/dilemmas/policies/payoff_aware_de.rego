package charter.dilemmas.frameworks.payoff_aware_de

import data.charter.dilemmas.norms

# The norm of de, with harm and kindness found from the payoffs instead of the names of the moves: fines a harmful
# move after a kind one by xi. It flips where D is the better for the other, as in defective_coordination. The effect
# of a move is what the others get from it together, on average over all that they may do. The move with the best
# effect does no harm, the one with the worst is not kind, others lie between; where all effects are the same there is
# neither harm nor kindness. With more than one other the game is symmetric: their moves are judged as one's own.

title := "Payoff-aware deontology: do not harm those who were kind"

context := input.context

effects_of_own := [mean([sum(cell) | some cell in row]) | some row in context.table.others]

effects_of_other := [mean([row[index] | some row in context.table.own]) | some index, _ in context.situations]

mean(numbers) := sum(numbers) / count(numbers)

# differences within rounding are none
same(effects) if max(effects) - min(effects) <= 0.000000001 * max([abs(effect) | some effect in effects])

# of the effect at an index: 0 for the worst, 1 for the best
goodness(effects, index) := (effects[index] - min(effects)) / (max(effects) - min(effects)) if not same(effects)

harm := 0 if same(effects_of_own)

harm := 1 - goodness(effects_of_own, index) if context.actions[index] == context.move.own

theirs := effects_of_other if context.players == 2

theirs := effects_of_own if context.players > 2

kindness := 0 if same(theirs)

kindness := goodness(theirs, index) if {
	context.players == 2
	context.situations[index] == context.state.others
}

kindness := mean(shown) if {
	context.players > 2
	shown := [goodness(theirs, index) | some move in context.state.others; context.actions[index] == move]
	count(shown) == count(context.state.others)
}

reward := 0 - (norms.parameters.xi * (harm * kindness))
