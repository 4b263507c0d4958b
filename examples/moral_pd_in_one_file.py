"""A moral framework in the prisoner's dilemma, learned by a table in a second: the oracle, then what was learned.

It needs no language model and no torch:

    python examples/moral_pd_in_one_file.py

`lawgiver games train` does the same for a language model, and adds phases, checkpoints, limits and a run directory.
"""

from __future__ import annotations

import numpy as np

from lawgiver.charter import Charter
from lawgiver.games.algebra import framework
from lawgiver.games.catalogue import game
from lawgiver.games.learn.objective import target, towards
from lawgiver.games.learn.tabular import Tabular
from lawgiver.games.opponents import opponent
from lawgiver.games.oracle import solve
from lawgiver.games.problem import problem
from lawgiver.games.prompts import Question
from lawgiver.games.stage import state_name

UPDATES, TEMPERATURE = 60, 0.25


def main() -> None:
    stage = game("ipd").seen_by("row")
    wanted = framework(Charter.open("dilemmas"), "game_de", stage, {"xi": 3})  # or the path of your own .rego file
    dilemma = problem(stage, wanted, opponent("tft"))
    oracle = solve(dilemma)
    print(f"{wanted.title}\n{stage.title} against {dilemma.opponent}: optimum {oracle.text}")

    # one question for each history; a table answers them without reading, a language model would be shown a prompt
    history_N = np.arange(dilemma.histories)
    questions = [Question(int(h), (), stage.actions) for h in history_N]
    table = Tabular(dilemma.histories, dilemma.actions)
    for _ in range(UPDATES):
        logp_NA = table.forward(questions)
        target_NX = target(logp_NA, history_N, dilemma, TEMPERATURE)  # one exact step of mirror descent
        table.ascend(towards(target_NX, logp_NA))

    print("after  optimum  P(C)   legal")
    for h, p_A in enumerate(table.p_HA):
        print(f"{state_name(stage, h)}     {oracle.word(h)}        {p_A[0] / p_A.sum():.3f}  {p_A.sum():.3f}")
    print(f"reward a round: {dilemma.value(table.p_HA):.2f} of {oracle.value:.2f}")


if __name__ == "__main__":
    main()
