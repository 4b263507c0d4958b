package charter.dilemmas.frameworks.universalisation

# Rewards what the player would get if all played this move: R(a,a) (the categorical imperative read as in Roemer,
# Kantian optimization, 2010). Says nothing of a move that the others do not have.

title := "Universalisation: what if everybody did that?"

reward := input.context.table.own[move][situation] if {
	some move, action in input.context.actions
	action == input.context.move.own
	some situation, theirs in input.context.situations
	every other in theirs {
		other == action
	}
}
