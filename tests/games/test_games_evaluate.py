"""Evaluation of tables: what is found where, what is asked, and what the numbers mean."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lawgiver.cli.games.evaluate import evaluate as command
from lawgiver.cli.games.evaluate_tables import short_name, tables
from lawgiver.data.rundir import RunDirectory
from lawgiver.games import measures
from lawgiver.games.evaluate import Table, configure, evaluate_games, prepare, size, subject
from lawgiver.games.evaluate.cells import Cell, cells, questions
from lawgiver.games.evaluate.numbers import combined, number, rounded
from lawgiver.games.evaluate.subject import read_table
from lawgiver.games.evaluate.words import word_sets
from lawgiver.games.learn.recipe import GamesRecipe
from lawgiver.outcome import ConfigurationError

STATES = ["CC", "CD", "DC", "DD"]
NEARLY_TFT = [[0.97, 0.02], [0.05, 0.95], [1.0, 0.0], [0.0, 0.9]]
GAMES = ("ipd", "chicken")


def write_policy(folder, p=NEARLY_TFT, states=STATES, actions=("C", "D")):
    folder.mkdir(parents=True, exist_ok=True)
    document = {"states": list(states), "actions": list(actions), "p": [list(map(float, row)) for row in p]}
    (folder / "policy.json").write_text(json.dumps(document))
    return folder


def write_run(folder, seats=(), p=NEARLY_TFT, **changes):
    recipe = GamesRecipe.model_validate({"model": "tabular", **changes})
    RunDirectory.create(folder, recipe.model_dump(mode="json"), {})
    for place in seats or ("",):
        write_policy(folder / place, p)
    return folder


def planned(*places, encode=None, **given):
    subjects = [subject(str(place)) for place in places]
    return prepare(configure(subjects, **{"games": GAMES} | given), subjects, encode)


@pytest.fixture(scope="module")
def summed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluated")
    plan = planned(write_policy(folder / "policy"))
    return plan, evaluate_games(plan, folder / "run"), folder


def test_the_run_directory(summed):
    plan, summary, folder = summed
    assert {path.name for path in (folder / "run").iterdir()} == {
        *("config.json", "charter.json", "environment.json", "cells.jsonl", "summary.json")
    }
    assert json.loads((folder / "run" / "summary.json").read_text()) == summary
    config = json.loads((folder / "run" / "config.json").read_text())
    assert (config["kind"], config["games"]) == ("games-evaluate", list(GAMES))
    with pytest.raises(ConfigurationError, match="holds a run already"):
        evaluate_games(plan, folder / "run")
    before = (folder / "run" / "cells.jsonl").read_bytes()
    assert evaluate_games(plan, folder / "run", resume=True) == summary
    assert (folder / "run" / "cells.jsonl").read_bytes() == before
    changed = planned(write_policy(folder / "policy"), rounds=7)
    with pytest.raises(ConfigurationError, match="other settings: rounds"):
        evaluate_games(changed, folder / "run", resume=True)


def test_a_table_is_measured_as_it_is(summed):
    plan, summary, _ = summed
    p_HA = np.array(NEARLY_TFT)
    found, problem = summary["measures"]["ipd"], plan.main.problem
    even = np.full(4, 0.25)
    assert summary["kind"] == "games-evaluate"
    assert summary["policy"] == "table"
    assert found["legal_by_history"] == pytest.approx([0.99, 1, 1, 0.9])
    assert found["legal"]["estimate"] == pytest.approx(measures.legality(p_HA, even), abs=1e-6)
    assert found["legal_least"] == pytest.approx(0.9)
    assert np.array(found["p"]) == pytest.approx(p_HA / p_HA.sum(axis=1, keepdims=True), abs=1e-5)
    met = found["opponents"]["tft"]
    assert met["value"]["estimate"] == pytest.approx(problem.value(p_HA), abs=1e-5)
    assert met["best"] == pytest.approx(measures.regret(p_HA, problem).best, abs=1e-5)
    assert met["value"]["low"] is None  # one table, no spread
    assert sum(share["estimate"] for share in met["types"].values()) == pytest.approx(1, abs=1e-5)
    assert found["choice"]["C|C"]["estimate"] == pytest.approx((0.97 / 0.99 + 1) / 2, abs=1e-5)
    assert found["after"]["illegal|D"]["estimate"] == pytest.approx(0.05, abs=1e-6)
    right = [0.97 / 0.99, 0.95, 1, 1]
    assert found["right"]["estimate"] == pytest.approx(np.mean(right), abs=1e-5)
    assert found["gap"] == pytest.approx(0.05, abs=1e-6)
    across = [found["opponents"][name]["value"]["estimate"] for name in plan.config.opponents]
    assert found["across"]["value"]["estimate"] == pytest.approx(np.mean(across), abs=1e-5)
    assert found["across"]["value"]["low"] <= np.mean(across) <= found["across"]["value"]["high"]


def test_simple_players_for_comparison(summed):
    _, summary, _ = summed
    assert summary["players"] == ["model", "always C", "always D", "tit for tat", "uniform"]
    ipd = {name: summary["baselines"][name]["ipd"] for name in summary["players"][1:]}
    assert {name: found["right"]["estimate"] for name, found in ipd.items()} == {
        **{"always C": 0.5, "always D": 0.5, "tit for tat": 1.0, "uniform": 0.5}
    }
    assert ipd["tit for tat"]["conditionality"]["estimate"] == 1
    assert ipd["tit for tat"]["opponents"]["tft"]["behind_best"]["estimate"] == 0
    assert ipd["always C"]["exploitability"]["shortfall"]["estimate"] == pytest.approx(1)
    assert ipd["always D"]["sensitivity"]["change"]["estimate"] == 0
    assert ipd["always D"]["opponents"]["allc"]["types"]["D|C"]["estimate"] == 1


def test_the_panel_of_frameworks(summed):
    _, summary, _ = summed
    panel = summary["panel"]["ipd"]["random"]
    assert "game_de" in panel["frameworks"]
    assert {"betrayal", "de_then_game"}.isdisjoint(panel["frameworks"])
    assert {entry["what"] for entry in summary["left_out"]} == {
        *("panel: betrayal", "panel: de_then_game", "panel: game_within_de")
    }
    assert set(panel["frameworks"]) == set(summary["frameworks"])
    at = panel["frameworks"].index
    assert panel["mean"]["always C"][at("ut")] == pytest.approx((6 + 4) / 2)
    assert panel["mean"]["always D"][at("game")] == pytest.approx((4 + 1) / 2)
    assert panel["regret"]["always D"][at("de")] == pytest.approx(0.5)
    assert panel["best"][at("ut")] == pytest.approx(5)
    for player in summary["players"]:
        assert all(np.less_equal(panel["mean"][player], np.array(panel["best"]) + 1e-4)), player
    assert panel["low"] == {}


def test_every_table_is_drawn(summed):
    _, summary, _ = summed
    drawn = tables(summary)
    assert [table.row_count for table in drawn] == [5, 5]  # no grid: no prompt sways a table
    assert [variation["id"] for variation in summary["grid"]["variations"]] == ["held_out"]


def test_short_names_of_what_is_evaluated():
    assert short_name("smollm2-135m-instruct") == "smollm2-135m-instruct"
    assert short_name("runs/ipd/adapter") == short_name("runs/ipd") == "ipd"
    assert short_name("runs/ipd/column") == "ipd-column"
    assert short_name("policy.json") == "policy.json"


def test_a_run_brings_its_own_settings(tmp_path):
    folder = write_run(tmp_path / "run", game="chicken", opponent="wsls", gamma=0.5, parameters={"xi": 5.0})
    config = configure([subject(str(folder))])
    assert config.games == ("chicken", "ipd", "stag_hunt", "bos", "defective_coordination")
    assert config.opponents == ("wsls", "tft", "random", "allc", "alld")
    assert (config.gamma, config.parameters, config.framework) == (0.5, {"xi": 5.0}, "game_de")
    assert configure([subject(str(folder))], opponents=("alld",), gamma=0.0).opponents == ("alld",)
    plan = prepare(config, [subject(str(folder))])
    panel = plan.main.panel["wsls"]
    assert panel["de"].reward_HAB.min() == -5


def test_two_learners_are_two_policies(tmp_path):
    folder = write_run(tmp_path / "run", seats=("row", "column"), opponent="learner")
    row, column = subject(str(folder)), subject(str(folder / "column"))
    assert (row.seat, column.seat) == ("row", "column")
    assert configure([row]).opponents[0] == f"checkpoint:{folder / 'column'}"
    assert configure([column]).role == "column"
    plan = planned(folder / "column", opponents=None)
    assert plan.main.stage.role == "column"
    assert evaluate_games(plan, tmp_path / "out")["opponent"].endswith("run/row")


def test_several_runs_are_seeds(tmp_path):
    other = [[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]]
    first = write_run(tmp_path / "a", seed=1)
    second = write_run(tmp_path / "b", seed=2, p=other)
    summary = evaluate_games(planned(first, second), tmp_path / "out")
    assert summary["units"] == {"by": "seeds", "names": [str(first), str(second)]}
    gap = summary["measures"]["ipd"]["conditionality"]
    assert gap["n"] == 2
    assert gap["low"] < gap["estimate"] < gap["high"]
    low = summary["panel"]["ipd"]["tft"]["low"]["model"]
    assert len(low) == len(summary["panel"]["ipd"]["tft"]["frameworks"])
    write_run(tmp_path / "c", game="chicken")
    with pytest.raises(ConfigurationError, match="differ in game"):
        planned(first, tmp_path / "c")
    with pytest.raises(ConfigurationError, match="games run"):
        planned(first, write_policy(tmp_path / "d"))


def test_what_is_no_policy(tmp_path):
    with pytest.raises(ConfigurationError, match="finish the run first"):
        subject(str(write_run(tmp_path / "run", model="smollm2-135m-instruct")))
    assert subject(str(tmp_path / "run" / "policy.json")).kind == "table"
    with pytest.raises(ConfigurationError, match="no such file"):
        subject(str(tmp_path / "nothing" / "policy.json"))
    stage = planned(write_policy(tmp_path / "x")).main.stage
    for changes, message in [
        ({"p": [[0.5, 0.5]] * 3}, r"p is \(3, 2\)"),
        ({"p": [[0.7, 0.7]] * 4}, "at most 1"),
        ({"p": [[np.nan, 0.7]] * 4}, "at most 1"),
        ({"states": ["A", "B", "E", "F"]}, "4 histories"),
        ({"actions": ["C", "E"]}, "the actions C, E"),
    ]:
        file = write_policy(tmp_path / "bad", **changes) / "policy.json"
        with pytest.raises(ConfigurationError, match=message):
            read_table(file, stage, 1)
    file.write_text("{}")
    with pytest.raises(ConfigurationError, match="lists states, actions and p"):
        read_table(file, stage, 1)


def test_a_table_may_be_written_in_any_order(tmp_path):
    stage = planned(write_policy(tmp_path / "x")).main.stage
    file = (
        write_policy(tmp_path / "y", [row[::-1] for row in NEARLY_TFT[::-1]], STATES[::-1], ("D", "C")) / "policy.json"
    )
    assert read_table(file, stage, 1).tolist() == NEARLY_TFT


def test_what_does_not_go_together_is_left_out_and_named(tmp_path):
    policy = write_policy(tmp_path / "x")
    plan = planned(policy, games=("ipd", "public_goods_4"))
    assert list(plan.setups) == ["ipd"]
    assert "public_goods_4" in {entry["what"] for entry in plan.left_out}
    for given, message in [
        ({"games": ("public_goods_4",)}, "plays with one other"),
        ({"games": ("ipd", "ipdd")}, "'ipdd': not known"),
        ({"framework": "gmae"}, "gmae"),
        ({"opponents": ("tft", "tit")}, "'tit' is not known"),
        ({"phrasings": ("table", "sung")}, "sung"),
        ({"history": 2}, "4 histories"),
        ({"sets": ("mine",)}, "sets"),
        ({"base": "other"}, "no model that it grew from"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            planned(policy, **given)


def test_word_sets_are_far_apart_and_of_the_right_size():
    sets = word_sets(("held_out", "trained", "paper_reversed"), 2, count=3)
    assert sets["paper_reversed"] == (("action2", "action1"),)
    assert [len(several) for several in sets.values()] == [3, 3, 1]
    assert len({word for several in sets.values() for pair in several for word in pair}) == 14
    assert "paper_new" not in word_sets(("held_out", "paper_new"), 3)
    assert all(len(words) == 3 for words in word_sets(("held_out",), 3, count=99)["held_out"])
    own = (("green", "orange"), ("foo", "bar"))
    chosen = word_sets(("trained", "held_out"), 2, own, count=99)
    assert chosen["trained"] == own
    assert ("green", "orange") not in chosen["held_out"]
    with pytest.raises(ConfigurationError, match="needs 3"):
        word_sets(("trained",), 3, own)


def test_words_that_the_tokenizer_cannot_tell_apart():
    first_letter = {letter: index for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}

    def encode(word):
        return [first_letter.get(word[0].lower(), 99)]

    held_out = word_sets(("held_out",), 2, count=99, encode=encode)["held_out"]
    assert ("cello", "flute") in held_out
    assert all(encode(one) != encode(other) for one, other in held_out)
    with pytest.raises(ConfigurationError, match="'red' and 'rose'"):
        word_sets(("trained",), 2, (("red", "rose"),), encode=encode)
    with pytest.raises(ConfigurationError, match="can tell apart"):
        word_sets(("held_out",), 2, encode=lambda word: [1])


def test_numbers_are_means_of_what_is_defined():
    assert number([]) == number([np.nan, np.inf]) == {"estimate": None, "low": None, "high": None, "n": 0}
    assert number([2.0, np.nan]) == {"estimate": 2.0, "low": None, "high": None, "n": 1}
    three = number([1.0, 2.0, 6.0])
    assert three["estimate"] == 3
    assert 1 <= three["low"] < 3 < three["high"] <= 6
    assert combined([{"a": {"b": 1.0}}, {"a": {"b": 3.0}}])["a"]["b"]["estimate"] == 2
    assert rounded({"a": [1 / 3, 2, True, None, "x"]}) == {"a": [0.333333, 2, True, None, "x"]}


def test_a_table_policy_answers_by_state():
    policy = Table(np.array([[1.0, 0.0], [0.25, 0.5]]))

    class Asked:
        def __init__(self, state):
            self.state = state

    assert np.exp(policy.action_logprobs([Asked(1), Asked(0), Asked(1)])).tolist() == [[0.25, 0.5], [1, 0], [0.25, 0.5]]


def test_the_cells_of_a_language_model(tmp_path, monkeypatch):
    """The grid departs from its reference in one thing at a time, or in all."""
    plan = planned(write_policy(tmp_path / "x"), games=("ipd", "stag_hunt"), words=1)
    monkeypatch.setattr(type(plan), "tables", property(lambda self: False))
    star = [cell for cell in cells(plan, "model 0") if cell.part == "grid"]
    assert len(star) == 2 * (1 + 4 + 3 + 5) == len({cell.id for cell in star})
    parts = {cell.part for cell in cells(plan, "model 0")}
    assert parts == {"grid", "flip", "attacks", "unrelated"}
    object.__setattr__(plan, "config", plan.config.model_copy(update={"full": True, "skip": ("flip", "attacks")}))
    full = [cell for cell in cells(plan, "model 0") if cell.part == "grid"]
    assert len(full) == 2 * 5 * 4 * 6
    assert {cell.part for cell in cells(plan, "model 0")} == {"grid", "unrelated"}
    prompts = questions(plan, Cell("grid", "model 0", "ipd", "held_out", "both_swapped", "story"))
    assert [len(several) for several in prompts.values()] == [8]
    assert {question.tags["rows"] for several in prompts.values() for question in several} == {"10"}
    flipped = questions(plan, Cell("flip", "model 0", "ipd", "held_out"))
    plain = questions(plan, Cell("grid", "model 0", "ipd", "held_out"))
    assert list(flipped) == list(plain)
    for one, other in zip(*(next(iter(each.values())) for each in (flipped, plain)), strict=True):
        assert one.answers == other.answers
        assert one.conversation != other.conversation


@pytest.fixture
def evaluate():
    app = typer.Typer()
    app.command()(command)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command(evaluate, tmp_path):
    policy = write_policy(tmp_path / "policy")
    dry = evaluate(policy, "--games", "ipd,chicken", "--dry-run")
    assert dry.stdout.startswith("fine: 16 prompts in 2 cells (grid 16)\nno reward for every outcome")
    options = ("--games", "ipd", "--opponents", "noise(tft,0.05), alld", "--run", tmp_path / "run")
    said = evaluate(policy, *options)
    assert said.exit_code == 0, said.output
    assert "Prisoner's dilemma against noise(tft,0.05), judged by game_de" in said.stdout
    assert f"report: {tmp_path / 'run'}" in said.stdout.replace("\n", "")
    again = evaluate(policy, *options, "--resume", "--format", "json")
    assert json.loads(again.stdout)["opponents"] == ["noise(tft,0.05)", "alld"]
    assert isinstance(evaluate(policy, "--set", "xi=much").exception, ConfigurationError)
    assert evaluate(policy, "--set", "xi=5", "--games", "ipd", "--run", tmp_path / "more").exit_code == 0


def test_counting_prompts(tmp_path):
    assert size(planned(write_policy(tmp_path / "x"))) == {"cells": 2, "prompts": 16, "grid": 16}
