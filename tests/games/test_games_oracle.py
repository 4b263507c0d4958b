from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lawgiver.charter import Charter
from lawgiver.cli.games.oracle import oracle
from lawgiver.games import markov
from lawgiver.games.algebra import Framework, Limit, framework
from lawgiver.games.catalogue import game
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.oracle import action_values, solve, threshold
from lawgiver.games.problem import problem
from lawgiver.outcome import ConfigurationError

IPD = game("ipd").seen_by("row")
CHARTER = Charter.open("dilemmas")


def solved(name, against="tft", on="ipd", parameters=None, **options):
    stage = game(on).seen_by("any" if on.endswith("_4") else "row")
    return solve(problem(stage, framework(CHARTER, name, stage, parameters), opponent(against), **options))


@pytest.mark.parametrize("against", ["random", "tft"])
@pytest.mark.parametrize(
    ("name", "optimum"),
    [("game", "DDDD"), ("de", "C=C="), ("ut", "CCCC"), ("game_de", "CDCD"), ("de_then_game", "CDCD")],
)
def test_the_myopic_optima_of_the_dilemma(name, optimum, against):
    found = solved(name, against)
    assert found.text == found.visited_text == optimum
    assert found.unique_H.tolist() == [word != "=" for word in optimum]


@pytest.mark.parametrize(
    ("name", "on", "optimum"),
    [
        ("ut", "defective_coordination", "DDDD"),
        ("ut", "bos", "===="),
        ("game", "stag_hunt", "===="),
        ("de", "defective_coordination", "C=C="),
        ("game_de", "defective_coordination", "CDCD"),
    ],
)
def test_other_games_against_a_coin(name, on, optimum):
    assert solved(name, "random", on).text == optimum


def test_a_norm_blind_to_payoffs_punishes_even_where_defection_is_best_for_all():
    everybodys = {name: solved(name, "random", "defective_coordination").text for name in ("game", "ut", "game_de")}
    assert everybodys == {"game": "DDDD", "ut": "DDDD", "game_de": "CDCD"}
    assert solved("de", "alld", "defective_coordination").visited_text == "·=·="


def test_the_fine_decides_from_one_upwards():
    def at(xi):
        return solved("game_de", "random", parameters={"xi": xi}).text

    assert threshold(at, 0.0, 4.0, 1e-3) == pytest.approx(1, abs=1e-3)
    assert [at(xi) for xi in (0.9, 1.0, 1.1, 100.0)] == ["DDDD", "=D=D", "CDCD", "CDCD"]
    with pytest.raises(ConfigurationError, match="range in which it changes"):
        threshold(at, 2.0, 4.0)


def test_patience_makes_selfishness_cooperate_with_tit_for_tat_from_a_third():
    wanted, copycat = framework(CHARTER, "game", IPD), opponent("tft")

    def at(gamma):
        return solve(problem(IPD, wanted, copycat, gamma=gamma)).text

    assert threshold(at, 0.0, 0.99) == pytest.approx(1 / 3, abs=1e-3)
    assert [at(gamma) for gamma in (0.3, 1 / 3, 0.35)] == ["DDDD", "====", "CCCC"]


def test_values_are_those_of_the_optimum():
    found = solved("game", "tft", gamma=0.9)
    assert found.value == pytest.approx((3 + 3 + (3 - 0.3) + (3 - 0.3)) / 4)  # after an own D a round is lost
    assert found.value_HA[0] == pytest.approx([30, 4 + 0.9 * (0 + 0.9 * 30)])
    assert solved("de", "random").value == 0
    assert solved("game_de", "allc").visited_text == "C·C·"


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_policy_iteration_finds_what_value_iteration_does(seed):
    rng = np.random.default_rng(seed)
    q_HB = rng.dirichlet(np.ones(3), 9)
    reward_HA, step_HAH = rng.normal(size=(9, 3)), markov.step_kernel(q_HB, 3)
    value_HA = np.zeros((9, 3))
    for _ in range(200):
        value_HA = reward_HA + 0.8 * step_HAH @ value_HA.max(axis=1)
    assert np.allclose(action_values(reward_HA, step_HAH, 0.8), value_HA)


def test_a_lexical_order_breaks_the_ties_of_its_first_level_only():
    assert solved("de_then_game", "tft", gamma=0.9).text == "CCCC"  # the norm first, and patience where it is silent
    found = solved("de_then_game", "alld", gamma=0.9)
    assert found.text == "CDCD"
    assert found.visited_text == "·D·D"


def test_a_limit_is_kept_and_priced():
    found = solved("game_within_de", "random")
    (bound,) = found.problem.bounds
    assert found.text == "~D~D"
    assert bound.mean(found.p_HA, found.problem.weight_H) == pytest.approx(0.05)
    assert found.multipliers["betrayal"] == pytest.approx(1)  # what a betrayal gains
    assert found.value == pytest.approx(2.0 + 0.5 * 0.05)  # fair tit for tat, and a twentieth of betrayals
    later = solved("game_within_de", "tft", gamma=0.2)
    assert later.problem.bounds[0].mean(later.p_HA, later.problem.share(later.p_HA)) == pytest.approx(0.05)
    assert later.value >= solved("de_then_game", "tft", gamma=0.2).value


def test_a_limit_that_does_not_bind_changes_nothing():
    patient = solved("game_within_de", "tft", gamma=0.9)
    assert (patient.text, patient.multipliers["betrayal"]) == ("CCCC", 0)
    assert patient.value == pytest.approx(solved("game", "tft", gamma=0.9).value)


def test_limits_that_nothing_keeps_are_refused():
    wanted = Framework("none", "", "0", ((1.0, np.zeros((4, 2, 2))),), limits=(Limit("any", np.ones((4, 2, 2)), 0.5),))
    with pytest.raises(ConfigurationError, match="no policy keeps any"):
        solve(problem(IPD, wanted, opponent("tft")))


def test_a_price_too_mild_for_illegal_moves_is_noticed():
    assert solved("game").illegal_H.sum() == 0
    assert solved("game", illegal=2.0).illegal_H.tolist() == [False, False, True, True]
    assert solved("anti_ut", on="ipd_larger").illegal_H.all()


def test_more_players_and_longer_histories():
    assert solved("game", "random", "public_goods_4").text == "D" * 8
    assert solved("ut", "random", "public_goods_4").text == "C" * 8
    two = solved("game_de", "tft", history=2)
    assert two.text == "CDCD" * 4
    assert two.visited_text.count("·") == 8
    assert solved("game", "tf2t", history=2, gamma=0.9).visited_text.count("D") > 0  # it forgives one in two


def run(*arguments):
    app = typer.Typer()
    app.command()(oracle)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_prints_the_optimum():
    shown = run("ipd", "game_de", "tft", "--xi", "3").output
    assert "optimum CDCD" in shown
    assert "tit for tat" in shown
    assert "left open" in run("ipd", "de", "allc").output
    assert "cannot occur" in run("ipd", "de", "allc").output
    limited = run("ipd", "game_within_de", "random").output
    assert "mixed to keep a limit" in limited
    assert "price of betrayal: 1.000" in limited
    assert "weighed" in run("ipd", "de_then_game", "tft").output
    document = json.loads(run("ipd", "game_de", "random", "--set", "xi=0.5", "--format", "json").output)
    assert (document["optimum"], document["players"]["always D"]) == ("DDDD", 2.25)
    assert document["histories"][1]["history"] == "CD"


def test_the_command_reads_a_game_from_a_file_and_names_mistakes(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\npayoffs: [[[3, 3], [0, 4]], [[4, 0], [1, 1]]]\n")
    assert "DDDD" in run(str(path), "game", "tft").output
    failed = run("ipd", "game_de", "tft", "--set", "xi")
    assert isinstance(failed.exception, ConfigurationError)
    assert "--set 'xi'" in str(failed.exception)
