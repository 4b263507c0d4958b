"""Whatever is wrong with a recipe is said in one sentence before a model is loaded."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lawgiver.cli import main
from lawgiver.games.learn.plan import every_question, prepare, questions
from lawgiver.games.learn.recipe import GamesRecipe, Phase, read_games_recipe
from lawgiver.games.prompts.layout import ORDERS
from lawgiver.models.load import load
from lawgiver.outcome import ConfigurationError

CHARTER = Path(__file__).parents[2] / "charters/dilemmas"
REGO = 'package charter.dilemmas.frameworks.mine\n\ntitle := "Mine"\n\n'


@pytest.fixture
def dry_run(tmp_path, capsys, monkeypatch):
    """`lawgiver games train RECIPE --dry-run`: the exit status and the last line."""

    def run(recipe, *more):
        text = recipe if isinstance(recipe, str) else yaml.safe_dump({"model": "tabular", **recipe})
        (tmp_path / "recipe.yaml").write_text(text)
        arguments = [str(tmp_path / "recipe.yaml"), "--run", str(tmp_path / "run"), "--dry-run", *more]
        monkeypatch.setattr(sys, "argv", ["lawgiver", "games", "train", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert not (tmp_path / "run").exists()
        return ended.value.code or 0, (out if not ended.value.code else err).strip()

    return run


@pytest.fixture
def refused(dry_run):
    """A recipe that is refused with one line that says the given words."""

    def run(recipe, says, *more):
        status, line = dry_run(recipe, *more)
        assert status == 2, line
        assert line.startswith("lawgiver: ")
        assert line.count("\n") == 0, line
        assert says in line
        assert "Value error" not in line
        return line

    return run


def test_a_sound_recipe_is_told_what_it_will_do(dry_run):
    status, said = dry_run({"phases": "game:500 -> de:20", "opponent": "random"})
    assert status == 0
    for word in ("random", "game (500 updates at most; optimum DDDD)", "de (20 updates at most; optimum C=C=)"):
        assert word in said
    assert dry_run({}, "--set", "phases=game_within_de:3")[0] == 0


PAYOFFS = [[[3, 3], [0, 4]], [[4, 0], [1, 1]]]


@pytest.mark.parametrize(
    ("game", "says"),
    [
        ({"payoffs": [[1, 2], [3, 4]]}, "payoffs of shape (2, 2); give a list of rows"),
        ({"payoffs": [PAYOFFS[0], [[1, 1]]]}, "payoffs[1]: of shape (1, 2) where [0] has (2, 2)"),
        ({"payoffs": [PAYOFFS[0]]}, "payoffs"),
        ({"payoffs": [[[3, 3], [0, float("nan")]], PAYOFFS[1]]}, "payoffs[0][1][1]: nan is not finite"),
        ({"payoffs": [[[3, 3], [0, float("inf")]], PAYOFFS[1]]}, "inf is not finite"),
        ({"payoffs": [[[3, 3], [0, "four"]], PAYOFFS[1]]}, "payoffs[0][1][1]"),
        ({"payoffs": PAYOFFS, "actions": ["a", "b", "c"]}, "actions"),
        ({"payoffs": PAYOFFS, "actoins": ["a", "b"]}, "actoins: unknown key of a game"),
        ({"payoffs": PAYOFFS, "players": 4}, "payoffs"),
        ({}, "payoffs: missing"),
    ],
)
def test_a_game_that_is_none(refused, tmp_path, game, says):
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({"name": "own", **game}))
    assert str(tmp_path / "own.yaml") in refused({"game": str(tmp_path / "own.yaml")}, says)


@pytest.mark.parametrize(
    ("rego", "says"),
    [
        ('reward := 1 if input.context.move.own == "C"', "framework mine on ipd, state CC, move DC: no number"),
        ('reward := "much"', "rewards.mine is a text, not a number"),
        ("reward := 1 / 0", "framework mine on ipd"),
        ("rewadr := 1", "`reward` is missing, misspelt"),
        ("reward := {", "error [parse]"),
        ("reward := input.context.parameters.xii", "no number for any state and move"),
    ],
)
def test_a_framework_that_does_not_answer(refused, tmp_path, rego, says):
    (tmp_path / "mine.rego").write_text(REGO + rego + "\n")
    refused({"phases": f"game:3 -> {tmp_path / 'mine.rego'}:5"}, says)


def test_limits_that_no_policy_keeps(refused, tmp_path):
    own = shutil.copytree(CHARTER, tmp_path / "charter")
    spec = (own / "charter.yaml").read_text()
    (own / "charter.yaml").write_text(spec.replace("betrayal: 0.05", "betrayal: -0.05"))
    refused({"charter": str(own), "phases": "game_within_de:3"}, "no policy keeps betrayal within the limits")


def write_tokenizer(folder, vocabulary):
    """A model folder with a tokenizer that knows these words, and no weights: whoever loads the model fails."""
    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="[END]", unk_token="[UNK]")
    tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    return str(folder)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["crimson", "teal"], "'crimson' and 'teal': the tokenizer turns both into [0]"),
        (["red", "red-blue"], "one begins the other"),
        (["blue", "red?"], None),
        (["red", "  red"], "begins or ends with a blank"),
        (["red", "blue|green"], "vertical bar"),
    ],
)
def test_words_that_the_tokenizer_confuses(dry_run, refused, tmp_path, words, says):
    model = write_tokenizer(tmp_path / "model", ["[UNK]", "[END]", "red", "blue", "?", "-", "green"])
    recipe = {"model": model, "prompts": {"words": [words]}}
    if says is None:
        assert dry_run(recipe)[0] == 0
        with pytest.raises(ConfigurationError, match="no model can be loaded"):
            load(model)
    else:
        refused(recipe, says)
    refused({"model": model}, "the tokenizer turns both into [0]")  # the pool that ships


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ({"opponent": "tff"}, "'tff' is not known"),
        ({"opponent": "random", "history": 2}, "plays without memory, so a history of 2 shows it nothing"),
        ({"opponent": "tf2t"}, "it looks back 2 rounds, and the learner sees 1"),
        ({"opponent": "q_learner"}, "depends on the whole past"),
        ({"opponent": "noise(tft,2)"}, "a probability lies between 0 and 1"),
        ({"opponent": "checkpoint:/nowhere"}, "/nowhere/policy.json: not there"),
        ({"opponent": "tft", "game": "public_goods_4"}, "it plays with one other"),
        ({"opponent": "learner", "game": "public_goods_4"}, "needs a game of two players"),
        ({"opponent": "learner", "history": 2}, "two learners see one round"),
        ({"opponent": "learner", "role": "column"}, "this learner has the row"),
        ({"opponent": "learner", "prompts": {"word_sets": 1, "histories": 2}}, "a second learner needs every history"),
    ],
)
def test_an_opponent_that_does_not_fit(refused, recipe, says):
    refused(recipe, says)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ({"pahses": "game:3"}, "pahses: unknown key"),
        ({"lora": {"size": 3}}, "lora.size: unknown key"),
        ({"prompts": {"word": []}}, "prompts.word: unknown key"),
        ({"stop": {"tolerence": 0.1}}, "stop.tolerence: unknown key"),
        ({"phases": [{"framework": "game", "updates": 3, "stop": None}]}, "phases.0.stop: unknown key"),
        ({"phases": "game"}, "phase 'game': write FRAMEWORK:UPDATES"),
        ({"phases": "game:many"}, "phase 'game:many'"),
        ({"phases": "game:0"}, "phases.0.updates"),
        ({"phases": "game:5 ->"}, "phase ''"),
        ({"phases": []}, "phases"),
        ({"phases": 500}, "phases: write FRAMEWORK:UPDATES"),
        ({"phases": {"game": 500}}, "phases: write FRAMEWORK:UPDATES"),
        ({"phases": [{"framework": "game"}]}, "phases.0.updates: Field required"),
        ({"phases": [{"framework": "game", "updates": 2, "reset": ["all"]}]}, "phases.0.reset.0"),
        ({"phases": "gmae:5"}, "no policy defines a framework 'gmae'"),
        ({"phases": "nowhere.rego:5"}, "nowhere.rego: no such file"),
        ({"game": "idp"}, "game 'idp': not known"),
        ({"charter": "medical"}, "has no frameworks"),
        ({"role": "any"}, "choose row or column"),
        ({"parameters": {"xii": 3}}, "no such parameter"),
        ({"parameters": {"xi": "much"}}, "parameters.xi"),
        ({"illegal": float("nan")}, "illegal: Input should be a finite number"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"model": "smollm"}, "not in the catalogue"),
    ],
)
def test_keys_phases_and_names(refused, recipe, says):
    refused(recipe, says)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ({"estimator": "exact", "gamma": 0.5}, "take memory-one"),
        ({"estimator": "memory-one"}, "set gamma above 0"),
        ({"estimator": "rloo", "gamma": 0.5}, "credit over rounds takes gamma above 0 and rounds above 1"),
        ({"estimator": "ppo", "rounds": 5}, "credit over rounds takes gamma above 0 and rounds above 1"),
        ({"shaping": 1.0, "gamma": 0.5}, "set opponent: learner"),
        ({"gamma": 1.0}, "gamma: Input should be less than 1"),
        ({"gamma": 0.5, "prompts": {"word_sets": 1, "histories": 2}}, "histories 2 × word_sets 1 is below 4"),
        (
            {"gamma": 0.5, "game": "commons_4", "opponent": "random", "prompts": {"word_sets": 3, "histories": 2}},
            "histories 2 × word_sets 3 is below 8",
        ),
        ({"gamma": 0.5, "history": 3, "phases": "de_then_game:3"}, "weighs all 2^"),
        ({"prompts": {"ask": "reason"}, "estimator": "grpo"}, "needs a language model"),
        ({"model": "m", "prompts": {"ask": "reason"}}, "estimator rloo, grpo or reinforce++"),
        ({"model": "m", "prompts": {"ask": "reason"}, "estimator": "grpo", "kl_beta": 0.1}, "leave kl_beta at 0"),
        ({"model": "m", "prompts": {"ask": "reason"}, "estimator": "rloo", "phases": "game_within_de:3"}, "no limits"),
        ({"prompts": {"words": [["a", "b", "c"]]}}, "this game needs 2 words"),
        ({"prompts": {"words": [["red", "red"]]}}, "give 2 different words"),
        ({"prompts": {"words": []}}, "prompts.words: give training, or sets of words"),
        ({"prompts": {"words": ["red", "blue"]}}, "prompts.words: give training, or sets of words"),
        ({"prompts": {"words": [[True, False]]}}, "YAML may want them quoted"),
        ({"prompts": {"phrasings": ["tabel"]}}, "phrasing 'tabel'"),
        ({"prompts": {"phrasings": []}}, "prompts.phrasings"),
        ({"prompts": {"every": ["row"]}}, "choose from introduction, rows, columns, final"),
        ({"prompts": {"scales": [1, -1]}}, "prompts.scales.1: Input should be greater than 0"),
        ({"prompts": {"scales": []}}, "prompts.scales"),
        ({"prompts": {"shifts": [float("inf")]}}, "prompts.shifts.0"),
    ],
)
def test_settings_that_do_not_go_together(refused, recipe, says):
    refused(recipe, says)


def test_malformed_files_and_overrides(refused):
    refused("phases: [game:3\n", "not YAML")
    refused("- game\n", "recipe.yaml")
    refused({}, "write key=value", "--set", "seed")
    refused({}, "seed: Input should be greater than or equal to 0", "--set", "seed=-1")
    refused({}, "phases holds no keys", "--set", "phases=game:3", "--set", "phases.updates=3")


def test_a_recipe_survives_being_written_down():
    recipe = GamesRecipe.model_validate(
        {
            "phases": "game:5 → mine.rego:7",
            "prompts": {"words": [["a", "b"]], "every": ["final"]},
            "stop": None,
            "lora": {"target_modules": ["q_proj"]},
        }
    )
    assert [(phase.framework, phase.updates) for phase in recipe.phases] == [("game", 5), ("mine.rego", 7)]
    assert recipe.updates == 12
    assert GamesRecipe.model_validate(recipe.model_dump(mode="json")) == recipe
    assert GamesRecipe.model_validate({"phases": [Phase(framework="de", updates=1), "ut:2"]}).updates == 3
    assert read_games_recipe(None, ["phases=C:\\mine.rego:4"]).phases[0].framework == "C:\\mine.rego"


def test_what_ships_is_sound():
    for path in sorted((CHARTER.parents[1] / "recipes").glob("*.yaml")):
        if "games" in path.read_text():
            assert prepare(read_games_recipe(path, ["model=tabular"])).words


def made(**settings):
    return prepare(GamesRecipe.model_validate({"model": "tabular", "opponent": "random", **settings}))


def test_an_update_asks_what_the_recipe_says():
    plan = made(prompts={"word_sets": 4, "histories": 2, "shuffled": ["final"], "phrasings": ["table", "prose"]})
    asked = questions(plan, 0, 0, plan.words[:4], np.random.default_rng(0))
    assert len(asked) == 4 * 2
    assert [question.state for question in asked].count(0) == 2  # the histories take turns
    by_words = {tuple(question.answers): set() for question in asked}
    for question in asked:
        by_words[tuple(question.answers)].add((question.tags["phrasing"], question.tags["final"]))
    assert set(by_words) == set(plan.words[:4])
    assert all(len(looks) == 1 for looks in by_words.values())  # one look for each word set
    assert len({look for looks in by_words.values() for look in looks}) > 1
    assert {question.tags["rows"] for question in asked} == {"01"}


def test_only_histories_that_can_occur_are_asked_about_and_all_are_measured():
    plan = made(opponent="allc", prompts={"histories": None})
    asked = questions(plan, 0, 0, plan.words[:3], np.random.default_rng(0))
    assert {question.state for question in asked} == {0, 2}
    assert {question.state for question in every_question(plan, 0, plan.words[:1])} == {0, 1, 2, 3}
    both = made(opponent="learner", prompts={"histories": None})
    assert {question.state for question in questions(both, 1, 0, both.words[:1], np.random.default_rng(0))} == set(
        range(4)
    )


def test_every_runs_through_all_orders_even_of_what_is_shuffled():
    plan = made(prompts={"every": ["final", "rows"], "shuffled": ORDERS, "histories": None})
    asked = questions(plan, 0, 0, plan.words[:1], np.random.default_rng(0))
    assert len(asked) == 4 * 4
    assert len({question.conversation[0]["content"] for question in asked}) == 16
    assert {(q.tags["final"], q.tags["rows"]) for q in asked} == {(f, r) for f in ("01", "10") for r in ("01", "10")}
    assert len({(q.tags["introduction"], q.tags["columns"]) for q in asked}) == 1


def test_words_never_mix_and_held_out_ones_are_never_trained():
    plan = made()
    trained = {word for words in plan.words for word in words}
    assert not trained & {word for words in plan.held_out for word in words}
    four = made(prompts={"words": [["a", "b"], ["c", "d"]]})
    assert (four.words, four.held_out) == ((("a", "b"), ("c", "d")), ())


def test_scales_and_shifts_are_shown_and_not_learned():
    plan = made(prompts={"scales": [10], "shifts": [1], "histories": None, "word_sets": 1})
    (question, *_) = questions(plan, 0, 0, plan.words[:1], np.random.default_rng(0))
    assert "41" in question.conversation[0]["content"]  # 4 × 10 + 1
    assert plan.seats[0].problems[0].reward_HA.max() <= 4
