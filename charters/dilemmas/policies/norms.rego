package charter.dilemmas.norms

# What several frameworks look at. A comprehension over something that is missing is empty, and its sum 0; every
# rule with one therefore also mentions the list itself, and is undefined without it.

parameters := input.context.parameters

own := input.context.payoff.own

others := input.context.payoff.others

everyone := array.concat([own], others)

# Inequality of all payoffs, 0 to 1: the Gini coefficient over its largest value, (N-1)/N. For two players with
# payoffs of 0 and more this is |M-O|/(M+O). Absolute values below the line keep it within 0 to 1 for debts too.
# Nobody having anything is equality.

amount := sum([abs(x) | some x in everyone]) if count(everyone) > 1

gaps := sum([abs(x - y) | some x in everyone; some y in everyone]) / 2 if count(everyone) > 1

inequality := gaps / (count(others) * amount) if amount > 0

inequality := 0 if amount == 0

# The norms about cooperation read the moves by their names. In a game with other names they say nothing.

moves := array.concat(
	[input.context.state.own, input.context.move.own],
	array.concat(input.context.state.others, input.context.move.others),
)

named if {
	every move in moves {
		move in {"C", "D"}
	}
}

# 1 for a move D, 0 for C
defects := count({"D"} & {input.context.move.own}) if named

# share of the others who played C in the round before, 0 to 1
cooperated := count([move | some move in input.context.state.others; move == "C"]) / count(input.context.state.others) if named
