"""What a policy is like, from its table alone: pure functions of `p_HA`, without sampling noise.

What a row of `p_HA` lacks to 1 is the chance of an illegal move; see `lawgiver.games.markov` for the shapes.
"""

from lawgiver.games.measures.actions import action_types, conditional, conditionality, type_names
from lawgiver.games.measures.exploitability import Exploitability, exploitability, security
from lawgiver.games.measures.forgiveness import Forgiveness, forgiveness
from lawgiver.games.measures.panel import Verdict, panel
from lawgiver.games.measures.play import joint_moves, legality, long_run
from lawgiver.games.measures.players import constant, reference_players, tit_for_tat
from lawgiver.games.measures.regret import Ceiling, Regret, ceiling, mean_reward, regret
from lawgiver.games.measures.sensitivity import Sensitivity, payoff_sensitivity, relabelled
from lawgiver.games.measures.welfare import Welfare, gini, welfare

__all__ = [
    "Ceiling",
    "Exploitability",
    "Forgiveness",
    "Regret",
    "Sensitivity",
    "Verdict",
    "Welfare",
    "action_types",
    "ceiling",
    "conditional",
    "conditionality",
    "constant",
    "exploitability",
    "forgiveness",
    "gini",
    "joint_moves",
    "legality",
    "long_run",
    "mean_reward",
    "panel",
    "payoff_sensitivity",
    "reference_players",
    "regret",
    "relabelled",
    "security",
    "tit_for_tat",
    "type_names",
    "welfare",
]
