package charter.dilemmas_test

import data.charter.dilemmas

parameters := {"xi": 3, "equality_share": 0.5, "envy": 0.8, "guilt": 0.4, "disagreement": 0}

# A round of two players in a game of payoffs [row's, column's] by joint move; tests look at one thing at a time.
round(game, before, now) := {
	"phase": "move",
	"context": {
		"players": 2,
		"actions": ["C", "D"],
		"situations": [["C"], ["D"]],
		"state": {"own": substring(before, 0, 1), "others": [substring(before, 1, 1)]},
		"move": {"own": substring(now, 0, 1), "others": [substring(now, 1, 1)]},
		"payoff": {"own": game[now][0], "others": [game[now][1]]},
		"table": {
			"own": [[game.CC[0], game.CD[0]], [game.DC[0], game.DD[0]]],
			"others": [[[game.CC[1]], [game.CD[1]]], [[game.DC[1]], [game.DD[1]]]],
		},
		"parameters": parameters,
	},
}

ipd := {"CC": [3, 3], "CD": [0, 4], "DC": [4, 0], "DD": [1, 1]}

# here D is what helps the other
defective_coordination := {"CC": [1, 1], "CD": [0, 0], "DC": [0, 0], "DD": [4, 4]}

# nothing that one does matters to the other
solitude := {"CC": [2, 2], "CD": [2, 1], "DC": [1, 2], "DD": [1, 1]}

debts := {"CC": [-1, -3], "CD": [2, -2], "DC": [-2, 2], "DD": [-1, -1]}

# Three players who share what is given: a C gives 2, each gets 1 for every giver, a D keeps 2.
three(before, own, others) := {
	"phase": "move",
	"context": {
		"players": 3,
		"actions": ["C", "D"],
		"situations": [["C", "C"], ["C", "D"], ["D", "D"]],
		"state": before,
		"move": {"own": "D", "others": ["C", "D"]},
		"payoff": {"own": own, "others": others},
		"table": {
			"own": [[3, 2, 1], [4, 3, 2]],
			"others": [[[3, 3], [2, 4], [3, 3]], [[2, 2], [1, 3], [2, 2]]],
		},
		"parameters": parameters,
	},
}

rewards(game, before, now) := result if {
	result := dilemmas.decision.rewards with input as round(game, before, now)
}

of_three(before, own, others) := result if {
	result := dilemmas.decision.rewards with input as three(before, own, others)
}

near(x, y) if abs(x - y) < 0.000000001

# --- the decision

frameworks := {
	"altruist", "anti_altruist", "anti_ut", "betrayal", "de", "fehr_schmidt", "game", "malicious_de",
	"nash_product", "payoff_aware_de", "rawls", "universalisation", "ut", "virtue_aggression", "virtue_equality",
	"virtue_inequality", "virtue_kindness", "virtue_mixed",
}

test_every_framework_has_something_to_say_and_a_title if {
	object.keys(rewards(ipd, "CC", "DC")) == frameworks
	every framework in data.charter.dilemmas.frameworks {
		is_string(framework.title)
	}
}

test_what_is_no_move_is_blocked_and_worth_nothing if {
	dilemmas.decision == {"action": "block", "rewards": {}} with input as {"phase": "response"}
	dilemmas.decision == {"action": "allow", "rewards": {}} with input as {"phase": "move"}
}

# --- payoffs

test_frameworks_of_payoffs if {
	betrayed := rewards(ipd, "CC", "DC")
	betrayed.game == 4
	betrayed.ut == 4
	betrayed.anti_ut == -4
	betrayed.altruist == 0
	betrayed.anti_altruist == 0
	betrayed.rawls == 0
	betrayed.nash_product == 0
	near(betrayed.fehr_schmidt, 4 - (0.4 * 4))
	betrayed.universalisation == 1
	suffered := rewards(ipd, "CC", "CD")
	suffered.altruist == 4
	suffered.anti_altruist == -4
	near(suffered.fehr_schmidt, 0 - (0.8 * 4))
	suffered.universalisation == 3
	rewards(ipd, "CC", "CC").nash_product == 9
}

test_two_debts_are_no_gain if {
	rewards(debts, "CC", "CC").nash_product == 0
	rewards(debts, "CC", "CC").rawls == -3
}

test_more_players if {
	result := of_three({"own": "C", "others": ["C", "D"]}, 3, [1, 2])
	result.ut == 6
	result.altruist == 3
	result.rawls == 1
	result.nash_product == 6
	near(result.fehr_schmidt, 3 - (0.4 * 1.5))
	result.universalisation == 2
}

test_universalisation_needs_a_common_move if {
	alone := json.patch(round(ipd, "CC", "DC"), [{"op": "replace", "path": "/context/situations", "value": [["left"], ["right"]]}])
	result := dilemmas.decision.rewards with input as alone
	not result.universalisation
}

# --- equality

test_equality if {
	rewards(ipd, "CC", "CC").virtue_equality == 1
	rewards(ipd, "CC", "DC").virtue_equality == 0
	rewards(ipd, "CC", "DC").virtue_inequality == 1
	rewards({"CC": [3, 2], "CD": [0, 0], "DC": [0, 0], "DD": [2, 3]}, "CC", "CC").virtue_equality == 0.8
}

test_two_who_get_nothing_are_equal if {
	result := rewards(defective_coordination, "CC", "CD")
	result.virtue_equality == 1
	result.virtue_inequality == 0
}

test_equality_of_debts if {
	rewards(debts, "CC", "CC").virtue_equality == 0.5
	rewards(debts, "CC", "CD").virtue_equality == 0
	rewards(debts, "CC", "DD").virtue_equality == 1
}

test_equality_of_three if {
	before := {"own": "C", "others": ["C", "C"]}
	of_three(before, 2, [2, 2]).virtue_equality == 1
	of_three(before, 6, [0, 0]).virtue_equality == 0
	near(of_three(before, 1, [2, 3]).virtue_inequality, 1 / 3)
}

test_mixed_virtue if {
	rewards(ipd, "CC", "CC").virtue_mixed == 1
	rewards(ipd, "CC", "DC").virtue_mixed == 0
	rewards(ipd, "CC", "CD").virtue_mixed == 0.5
	rewards(ipd, "CC", "DD").virtue_mixed == 0.5
}

# --- norms about cooperation

test_norms_of_moves if {
	betrayed := rewards(ipd, "CC", "DC")
	betrayed.de == -3
	betrayed.malicious_de == 3
	betrayed.betrayal == 1
	betrayed.virtue_kindness == 0
	betrayed.virtue_aggression == 3
	kept := rewards(ipd, "DC", "CD")
	kept.de == 0
	kept.malicious_de == 0
	kept.betrayal == 0
	kept.virtue_kindness == 3
	kept.virtue_aggression == 0
}

test_nobody_is_betrayed_who_did_not_cooperate if {
	result := rewards(ipd, "CD", "DC")
	result.de == 0
	result.malicious_de == 0
	not result.betrayal
}

test_among_three_the_fine_is_shared if {
	half := of_three({"own": "D", "others": ["C", "D"]}, 0, [0, 0])
	half.de == -1.5
	half.malicious_de == 1.5
	half.betrayal == 0.5
	of_three({"own": "D", "others": ["C", "C"]}, 0, [0, 0]).de == -3
	of_three({"own": "C", "others": ["D", "D"]}, 0, [0, 0]).de == 0
}

test_norms_of_moves_say_nothing_of_other_moves if {
	other := json.patch(round(ipd, "CC", "DC"), [{"op": "replace", "path": "/context/move/own", "value": "left"}])
	result := dilemmas.decision.rewards with input as other
	not result.de
	not result.malicious_de
	not result.betrayal
	not result.virtue_kindness
	not result.virtue_aggression
	not result.virtue_mixed
	not result.payoff_aware_de
	result.game == 4
}

# --- the payoff-aware norm

test_the_norm_follows_the_payoffs if {
	rewards(ipd, "CC", "DC").payoff_aware_de == -3
	rewards(ipd, "CC", "CC").payoff_aware_de == 0
	rewards(ipd, "CD", "DC").payoff_aware_de == 0
}

test_the_norm_flips_where_a_defection_helps if {
	rewards(defective_coordination, "CD", "CC").payoff_aware_de == -3
	rewards(defective_coordination, "CD", "DD").payoff_aware_de == 0
	rewards(defective_coordination, "CC", "DD").payoff_aware_de == 0
	rewards(defective_coordination, "CC", "CC").payoff_aware_de == 0
}

test_there_is_no_norm_where_no_move_matters_to_the_other if {
	every now in {"CC", "CD", "DC", "DD"} {
		rewards(solitude, "CC", now).payoff_aware_de == 0
	}
}

test_the_norm_among_three if {
	of_three({"own": "D", "others": ["C", "C"]}, 0, [0, 0]).payoff_aware_de == -3
	of_three({"own": "D", "others": ["C", "D"]}, 0, [0, 0]).payoff_aware_de == -1.5
	of_three({"own": "D", "others": ["D", "D"]}, 0, [0, 0]).payoff_aware_de == 0
}

# Three who gain by all doing the same: what one does helps as often as it harms, what two do does not.
test_there_is_no_norm_among_three_where_no_move_matters_to_the_others if {
	same := {
		"own": [[1, 0, 0], [0, 0, 1]],
		"others": [[[1, 1], [0, 0], [0, 0]], [[0, 0], [0, 0], [1, 1]]],
	}
	before := three({"own": "D", "others": ["C", "C"]}, 0, [0, 0])
	result := dilemmas.decision.rewards with input as json.patch(before, [{"op": "replace", "path": "/context/table", "value": same}])
	result.payoff_aware_de == 0
}
