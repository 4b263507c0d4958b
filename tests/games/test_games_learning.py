"""Learning itself, on a table: every algorithm arrives at the exact optimum of every framework, or says it did not."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from lawgiver.games import markov
from lawgiver.games.learn.loop import Training
from lawgiver.games.learn.plan import prepare
from lawgiver.games.learn.reached import legalised
from lawgiver.games.learn.recipe import GamesRecipe
from lawgiver.games.learn.tabular import Tabular
from lawgiver.games.oracle import solve
from lawgiver.games.shaping import Match

ONE_PAIR = {"words": [["red", "blue"]], "word_sets": 1, "histories": None}
ESTIMATORS = ("exact", "mirror", "rloo", "reinforce++", "grpo", "ppo")


class Learned:
    """A finished training of tables, without a run directory."""

    def __init__(self, prompts: dict[str, Any] = ONE_PAIR, rate: float = 0.2, **settings: Any) -> None:
        recipe = GamesRecipe.model_validate({"model": "tabular", "samples": 32, "prompts": prompts, **settings})
        self.plan = prepare(recipe)
        self.learners = []
        for index, seat in enumerate(self.plan.seats):
            first = seat.problems[0]
            self.learners.append(Tabular(first.histories, first.actions, learning_rate=rate, seed=recipe.seed + index))
        self.training = Training(self.plan, self.learners)
        self.rows: list[dict[str, Any]] = []
        self.training.run(self.rows.append)

    @property
    def problem(self):
        return self.plan.seats[0].problems[-1]

    @property
    def reached(self):
        return self.training.state.reached

    def p(self, seat: int = 0) -> np.ndarray:
        """Among legal answers."""
        return legalised(self.learners[seat].p_HA)

    def series(self, name: str, key: str, seat: int = 0) -> list[float]:
        return [row["learners"][seat][key][name] for row in self.rows]


def words(p_HA: np.ndarray, reachable_H: np.ndarray) -> str:
    """What a policy does, as the oracle writes it: `=` where it is undecided."""
    letters = ["C" if p > 0.9 else "D" if p < 0.1 else "=" for p in p_HA[:, 0]]
    return "".join(letter if can else "·" for letter, can in zip(letters, reachable_H, strict=True))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_learns_every_framework_against_every_opponent(estimator):
    for framework, opponent in product(("game", "de", "ut", "game_de"), ("tft", "random", "alld", "allc")):
        learned = Learned(estimator=estimator, phases=f"{framework}:100", opponent=opponent)
        optimum = solve(learned.problem)
        assert learned.reached[0] is not None, (framework, opponent)
        last = learned.rows[-1]["learners"][0]
        assert last["gap"] <= 0.03
        assert last["legal_least"] >= 0.995
        unique_H = optimum.unique_H & learned.problem.reachable_H
        assert (learned.p()[unique_H].argmax(axis=1) == optimum.best_HA[unique_H].argmax(axis=1)).all()


def test_the_optima_are_those_of_the_paper():
    for framework, expected in {"game": "DDDD", "de": "C=C=", "ut": "CCCC", "game_de": "CDCD"}.items():
        for opponent in ("tft", "random"):
            learned = Learned(phases=f"{framework}:100", opponent=opponent)
            assert solve(learned.problem).text == expected
            assert words(learned.p(), learned.problem.reachable_H) == expected


@pytest.mark.parametrize("estimator", ["mirror", "exact"])
def test_the_fine_has_its_threshold_at_one(estimator):
    for xi, expected in {0.5: "DDDD", 0.9: "DDDD", 1.1: "CDCD", 3: "CDCD", 100: "CDCD"}.items():
        learned = Learned(phases="game_de:250", parameters={"xi": xi}, estimator=estimator)
        assert solve(learned.problem).text == expected
        assert words(learned.p(), learned.problem.reachable_H) == expected
    even = Learned(phases="game_de:100", parameters={"xi": 1})
    assert solve(even.problem).text == "=D=D"


@pytest.mark.parametrize("estimator", ["memory-one", "mirror", "rloo", "ppo"])
@pytest.mark.parametrize(("gamma", "expected"), [(0.25, "DDDD"), (0.45, "CCCC")])
def test_looking_ahead_it_pays_to_cooperate_with_tit_for_tat(estimator, gamma, expected):
    """From γ = 1/3 on the points of all rounds to come outweigh what a defection brings now."""
    sampled = {"rounds": 6, "samples": 48} if estimator in ("rloo", "ppo") else {}
    settings = {"phases": "game:200", "opponent": "tft", "gamma": gamma, "estimator": estimator}
    learned = Learned(rate=0.3, **settings, **sampled)
    assert solve(learned.problem).text == expected
    assert words(learned.p(), learned.problem.reachable_H) == expected


def test_at_the_threshold_itself_every_move_is_as_good():
    learned = Learned(phases="game:2", opponent="tft", gamma=1 / 3, estimator="memory-one")
    assert solve(learned.problem).text == "===="
    learned = Learned(phases="game:2", opponent="tft", gamma=1 / 3 + 0.001, estimator="memory-one")
    assert solve(learned.problem).text == "CCCC"


def test_a_myopic_learner_is_no_far_sighted_one():
    """Single decisions against tit for tat end in defection, whatever a longer view would say."""
    assert words(Learned(phases="game:100", opponent="tft").p(), np.ones(4, dtype=bool)) == "DDDD"


@pytest.mark.parametrize("framework", ["game", "de", "ut", "game_de"])
def test_two_learners_arrive_together(framework):
    learned = Learned(phases=f"{framework}:150", opponent="learner")
    expected = {"game": "DDDD", "de": "C=C=", "ut": "CCCC", "game_de": "CDCD"}[framework]
    assert learned.reached[0] is not None
    for seat in (0, 1):
        assert words(learned.p(seat), np.ones(4, dtype=bool)) == expected
    assert len(learned.rows[0]["learners"]) == 2


def test_two_learners_play_the_game_that_the_other_plays():
    """The problem of each is the other's policy, mirrored: what one earns is what the other grants."""
    learned = Learned(phases="game:1", opponent="learner", game="bos", gamma=0.5, estimator="memory-one")
    row, column = learned.plan.seats
    assert (row.stage.role, column.stage.role) == ("row", "column")
    before = [Tabular(4, 2, learning_rate=0.2, seed=seat).p_HA for seat in (0, 1)]
    match = Match.between(row.problems[0], column.problems[0])
    earned = match.values(*(np.log(legalised(p)) for p in before))
    for seat, (own, other) in enumerate(((row, before[1]), (column, before[0]))):
        of = own.problems[0].against(markov.mirror(legalised(other), 2))
        assert learned.rows[0]["learners"][seat]["objective"] == pytest.approx(of.value(before[seat]))
        assert of.value(legalised(before[seat])) == pytest.approx(earned[seat])


def test_looking_ahead_at_the_others_learning_brings_cooperation():
    """Naive learners end in mutual defection; those that shape each other (LOLA) do not."""
    settings = {"phases": "game:200", "opponent": "learner", "gamma": 0.9, "estimator": "memory-one", "stop": None}
    naive, shaping = Learned(**settings), Learned(**settings, shaping=1.0)
    for seat in (0, 1):
        assert naive.rows[-1]["learners"][seat]["objective"] == pytest.approx(1, abs=0.1)
        assert shaping.rows[-1]["learners"][seat]["objective"] > 2.5
        assert shaping.p(seat)[0, 0] > 0.9


@pytest.mark.parametrize("opponent", ["tft", "random", "allc"])
def test_a_limit_is_kept_and_used(opponent):
    """Own points as long as a cooperator is betrayed one time in twenty: the mean ends at that, not below."""
    learned = Learned(phases="game_within_de:150", opponent=opponent, stop=None)
    optimum = solve(learned.problem)
    cost, price = learned.series("betrayal", "costs"), learned.series("betrayal", "lambda")
    assert cost[0] == pytest.approx(0.5, abs=0.01)
    assert np.abs(np.array(cost[-40:]) - 0.05).max() < 0.01
    assert price[-1] == pytest.approx(optimum.multipliers["betrayal"], rel=0.05)
    assert learned.rows[-1]["learners"][0]["objective"] == pytest.approx(optimum.value, abs=0.03)
    assert learned.p()[learned.problem.reachable_H, 0].tolist() == pytest.approx(
        [0.95, 0.0, 0.95, 0.0] if opponent != "allc" else [0.95, 0.95], abs=0.03
    )


@pytest.mark.parametrize("estimator", ["exact", "rloo", "grpo", "ppo"])
def test_every_estimator_settles_at_the_limit(estimator):
    learned = Learned(phases="game_within_de:200", estimator=estimator, stop=None, rate=0.3)
    assert np.mean(learned.series("betrayal", "costs")[-20:]) == pytest.approx(0.05, abs=0.02)


def test_a_limit_that_costs_nothing_has_no_price():
    """Far-sighted, the learner cooperates anyway."""
    learned = Learned(phases="game_within_de:80", opponent="noise(tft,0.05)", gamma=0.8, stop=None)
    assert learned.series("betrayal", "lambda")[-1] == 0
    assert learned.series("betrayal", "costs")[-1] < 0.02
    alone = Learned(phases="game_within_de:5", opponent="alld", stop=None)
    assert set(alone.series("betrayal", "costs")) == {None}


def test_a_phase_is_not_over_while_a_limit_is_broken():
    learned = Learned(phases="game_within_de:150", opponent="allc", stop={"legal": 0.1})
    (reached,) = learned.reached
    cost = learned.series("betrayal", "costs")
    assert {row["learners"][0]["gap"] for row in learned.rows} == {0}  # nothing else there to be learned
    assert [value <= 0.05 + 0.03 for value in cost] == [False] * (reached - 1) + [True] * 3


@pytest.mark.parametrize(("gamma", "expected"), [(0.0, "CDCD"), (0.5, "CCCC")])
def test_first_the_norm_then_the_game(gamma, expected):
    learned = Learned(phases="de_then_game:200", opponent="tft", gamma=gamma)
    assert solve(learned.problem).text == expected
    assert words(learned.p(), learned.problem.reachable_H) == expected


def test_a_norm_that_reads_the_payoffs_flips_where_cooperation_harms():
    expected = {
        ("ipd", "de"): "C=C=",
        ("ipd", "payoff_aware_de"): "C=C=",
        ("defective_coordination", "de"): "C=C=",
        ("defective_coordination", "payoff_aware_de"): "=D=D",
    }
    for (game, framework), optimum in expected.items():
        learned = Learned(phases=f"{framework}:100", opponent="random", game=game)
        assert solve(learned.problem).text == optimum
        assert words(learned.p(), learned.problem.reachable_H) == optimum


@pytest.mark.parametrize(("framework", "expected"), [("game", "DDDDDDDD"), ("ut", "CCCCCCCC"), ("de", "CCC=CCC=")])
def test_public_goods_of_four(framework, expected):
    learned = Learned(phases=f"{framework}:100", opponent="random", game="public_goods_4")
    assert learned.problem.histories == 8
    assert solve(learned.problem).text == expected
    assert words(learned.p(), learned.problem.reachable_H) == expected


def test_more_than_two_actions_and_unequal_players(tmp_path):
    (tmp_path / "game.yaml").write_text(
        "name: market\npayoffs: [[[3, 1], [0, 0]], [[1, 5], [2, 2]], [[0, 0], [4, 1]]]\n"
        "actions: {row: [low, middle, high], column: [buy, wait]}\n"
    )
    prompts = {"words": [["red", "blue", "amber", "teal", "olive"]], "word_sets": 1, "histories": None}
    for role, actions in (("row", 3), ("column", 2)):
        learned = Learned(prompts, phases="game:120", opponent="random", game=str(tmp_path / "game.yaml"), role=role)
        optimum = solve(learned.problem)
        assert learned.problem.actions == actions
        assert (learned.p().argmax(axis=1) == optimum.best_HA.argmax(axis=1)).all()
        assert learned.p().max(axis=1).min() > 0.9


def test_a_framework_of_the_users_own(tmp_path):
    """In a few lines of Rego: what the other gets counts against a move."""
    (tmp_path / "spite.rego").write_text(
        "package charter.dilemmas.frameworks.spite\n\n"
        'title := "Spite"\n\n'
        "reward := input.context.payoff.own - (input.context.parameters.spite_weight * "
        "input.context.payoff.others[0])\n"
    )
    settings = {"phases": f"{tmp_path / 'spite.rego'}:100", "opponent": "random", "game": "stag_hunt"}
    plain = Learned(**settings, parameters={"spite_weight": 0})
    spiteful = Learned(**settings, parameters={"spite_weight": 1})
    assert solve(plain.problem).text == "===="
    assert solve(spiteful.problem).text == words(spiteful.p(), np.ones(4, dtype=bool)) == "DDDD"
    assert spiteful.rows[0]["framework"].endswith("spite.rego")


def phased(*reset, **settings):
    phases = [{"framework": "game", "updates": 40}, {"framework": "de", "updates": 40, "reset": reset}]
    return Learned(phases=phases, stop=None, opponent="random", **settings)


def test_one_framework_after_another():
    learned = Learned(phases="game:60 -> de:100", opponent="random")
    assert [row["phase"] for row in learned.rows] == sorted(row["phase"] for row in learned.rows)
    assert {row["phase"]: row["framework"] for row in learned.rows} == {0: "game", 1: "de"}
    assert all(reached is not None for reached in learned.reached)
    assert learned.reached[0] < learned.reached[1]
    # after C the norm forbids what the game taught; after D it is silent, and what was learned stays
    assert words(learned.p(), np.ones(4, dtype=bool)) == "CDCD"
    # the second phase begins with the policy of the first, and stops at once if there is nothing to learn
    again = Learned(phases="game:60 -> game:60", opponent="random")
    assert again.reached[1] == again.reached[0] + 3
    assert len(again.rows) == again.reached[1] + 2


@pytest.mark.parametrize("reset", ["optimiser", "moments", "anchor"])
def test_each_reset_forgets_its_own_thing_and_nothing_else(reset):
    settings = {"estimator": "ppo", "normalise": True, "kl_beta": 0.2}
    kept, gone = phased(**settings), phased(reset, **settings)
    for one, other in zip(kept.rows[:40], gone.rows[:40], strict=True):
        assert one["learners"] == other["learners"]
    # nothing of it is felt before the first update of the second phase
    first, second = (learned.rows[40]["learners"][0] for learned in (kept, gone))
    assert second["p"] == first["p"]
    assert (second["kl"] == first["kl"]) == (reset != "anchor")
    assert kept.rows[41]["learners"][0]["p"] != gone.rows[41]["learners"][0]["p"]
    assert words(gone.p(), np.ones(4, dtype=bool))[::2] == "CC"


def test_a_reset_that_has_nothing_to_forget_changes_nothing():
    for reset in ("moments", "anchor"):
        assert phased(reset, estimator="exact").rows[-1]["learners"] == phased(estimator="exact").rows[-1]["learners"]


def test_a_new_anchor_is_the_policy_that_the_phase_began_with():
    settings = {"estimator": "exact", "kl_beta": 5.0}
    near_start, near_first = phased("optimiser", **settings), phased("optimiser", "anchor", **settings)
    assert near_first.rows[40]["learners"][0]["kl"] == pytest.approx(0, abs=1e-12)
    assert near_start.rows[40]["learners"][0]["kl"] > 0.01
    began = legalised(np.array(near_first.rows[40]["learners"][0]["p"]))
    distances = [np.abs(learned.p() - began)[[1, 3]].max() for learned in (near_first, near_start)]
    assert distances[0] < 0.01 < distances[1]  # where the norm is silent, only the anchor pulls


def test_the_leash_holds_the_policy_at_the_tilted_reference():
    """At β the answer of training is known: `p ∝ p₀ exp(R/β)`."""
    beta = 2.0
    learned = Learned(phases="game:150", opponent="random", kl_beta=beta, temperature=1.0, stop=None)
    start_HA = Tabular(4, 2).p_HA
    tilted_HX = np.column_stack([start_HA, 1 - start_HA.sum(axis=1)])
    worth_HX = np.column_stack([learned.problem.reward_HA, np.full(4, learned.problem.illegal)])
    tilted_HX *= np.exp(worth_HX / beta)
    expected_HA = (tilted_HX / tilted_HX.sum(axis=1, keepdims=True))[:, :-1]
    assert learned.learners[0].p_HA == pytest.approx(expected_HA, abs=0.01)


def test_longer_memories_ask_for_what_can_occur():
    learned = Learned(phases="game_de:120", opponent="tft", history=2)
    assert learned.problem.reachable_H.sum() == 8
    assert learned.reached[0] is not None
    of = learned.rows[0]["learners"][0]
    assert np.count_nonzero(np.sum(of["p"], axis=1)) == 8


def test_the_same_seed_the_same_run_and_other_seeds_others():
    settings = {"phases": "game_de:10", "estimator": "grpo", "stop": None}
    first, again, other = Learned(**settings), Learned(**settings), Learned(**settings, seed=1)
    assert [row["learners"] for row in first.rows] == [row["learners"] for row in again.rows]
    assert first.rows[-1]["learners"] != other.rows[-1]["learners"]
