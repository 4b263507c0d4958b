"""Whole runs, interrupted and resumed: the same to the bit, with a table and with a tiny language model."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lawgiver.data.rundir import RunDirectory
from lawgiver.games.learn import checkpoint
from lawgiver.games.learn.conformity import MOST_WORDS
from lawgiver.games.learn.loop import State
from lawgiver.games.learn.plan import prepare
from lawgiver.games.learn.recipe import GamesRecipe
from lawgiver.games.learn.tabular import Tabular
from lawgiver.games.learn.train import train
from lawgiver.games.opponents.registry import opponent
from lawgiver.models.load import load
from lawgiver.outcome import ConfigurationError

SMALL = {"model": "tabular", "save_every": 2, "stop": None}
ONE_PAIR = {"words": [["red", "blue"]], "word_sets": 1, "histories": None}

RUNS = {
    "ppo within limits, moments reset": {
        "estimator": "ppo",
        "normalise": True,
        "epochs": 2,
        "kl_beta": 0.1,
        "opponent": "random",
        "phases": [
            {"framework": "game_within_de", "updates": 5},
            {"framework": "game", "updates": 3, "reset": ["moments", "anchor"]},
        ],
    },
    "two learners over rounds": {
        "estimator": "memory-one",
        "gamma": 0.5,
        "shaping": 1.0,
        "kl_beta": 0.05,
        "opponent": "learner",
        "phases": [
            {"framework": "game", "updates": 4, "reset": ["anchor"]},
            {"framework": "de_then_game", "updates": 4, "reset": ["optimiser"]},
        ],
    },
    "two learners, sampled": {
        "estimator": "reinforce++",
        "normalise": True,
        "opponent": "learner",
        "phases": "game_within_de:3 -> ut:5",
    },
    "phases that end early": {
        "estimator": "mirror",
        "opponent": "tft",
        "phases": "game:40 -> de:40",
        "stop": {"tolerance": 0.3, "legal": 0.6, "patience": 2},
        "learning_rate": 5e-3,
    },
}


def plan(**settings):
    return prepare(GamesRecipe.model_validate(SMALL | settings))


def without_clock(document):
    """Everything but how long it took."""
    return {key: value for key, value in document.items() if not key.startswith("seconds")}


def left_behind(folder):
    """All that must be the same: rows, summary, policies, and the parameters of the last checkpoint."""
    files = {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("policy.json"))}
    last = checkpoint.newest(folder / "checkpoints")
    tensors = {}
    for path in sorted(last.rglob("*")):
        name = str(path.relative_to(last))
        if path.suffix == ".npz":
            tensors |= {f"{name} {key}": array.tobytes() for key, array in np.load(path).items()}
        elif path.suffix == ".safetensors":
            tensors |= {f"{name} {key}": tensor.numpy().tobytes() for key, tensor in load_file(path).items()}
    rows = [without_clock(row) for row in RunDirectory(folder).metrics()]
    state = without_clock(json.loads((last / "state.json").read_text()))
    return rows, without_clock(RunDirectory(folder).read("summary.json")), files, last.name, tensors, state


def stopping(at):
    def stop(row):
        if row["step"] == at:
            raise KeyboardInterrupt

    return stop


@pytest.fixture(scope="module", params=RUNS)
def whole(request, tmp_path_factory):
    """A run without interruption."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    told = []
    made = plan(prompts=ONE_PAIR, **RUNS[request.param])
    summary = train(made, folder, told.append)
    assert told == RunDirectory(folder).metrics()
    assert summary == RunDirectory(folder).read("summary.json")
    assert summary["updates"] == len(told) > 5
    return made, folder


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6, 8])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(whole, tmp_path, at):
    made, folder = whole
    with pytest.raises(KeyboardInterrupt):
        train(made, tmp_path / "run", stopping(at))
    with (tmp_path / "run/metrics.jsonl").open("a") as file:
        file.write('{"step": 99, "phase": 0, "fr')  # what a crash may leave
    told = []
    train(prepare(made.recipe), tmp_path / "run", told.append, resume=True)
    kept = len(RunDirectory(folder).metrics()) - len(told)
    assert 0 <= at - 1 - kept < 2  # from the newest checkpoint on; the row that was told last is made again
    assert left_behind(tmp_path / "run") == left_behind(folder)


def test_a_run_interrupted_again_and_again(whole, tmp_path):
    made, folder = whole
    for at in (2, 3, 3, 5, 7):
        with pytest.raises(KeyboardInterrupt):
            train(made, tmp_path / "run", stopping(at), resume=True)
    train(made, tmp_path / "run", resume=True)
    assert left_behind(tmp_path / "run") == left_behind(folder)


def test_a_run_cut_off_before_its_summary_makes_it(whole, tmp_path):
    made, folder = whole
    again = shutil.copytree(folder, tmp_path / "run")
    (again / "summary.json").unlink()
    for path in again.rglob("policy.json"):
        path.unlink()
    told = []
    train(made, again, told.append, resume=True)
    assert told == []
    assert left_behind(again) == left_behind(folder)
    assert (again / json.loads((again / "summary.json").read_text())["result"]).exists()


def test_a_finished_run_stays_as_it_is(whole):
    made, folder = whole
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    summary = train(made, folder, stopping(1), resume=True)
    assert summary == RunDirectory(folder).read("summary.json")
    with pytest.raises(ConfigurationError, match="holds a run already"):
        train(made, folder)
    changed = prepare(made.recipe.model_copy(update={"seed": 7}))
    with pytest.raises(ConfigurationError, match="begun with other settings: seed"):
        train(changed, folder, resume=True)
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_the_settings_of_these_runs_matter(whole):
    """A run is not the same with another seed, so that equality above says something."""
    made, folder = whole
    rows = RunDirectory(folder).metrics()
    assert len({json.dumps(row["learners"][0]["p"]) for row in rows}) == len(rows)
    assert {row["phase"] for row in rows} == {0, 1}
    assert len(rows[0]["learners"]) == len(made.seats)


def test_a_framework_that_was_edited_is_not_resumed(tmp_path):
    own = tmp_path / "mine.rego"
    own.write_text(
        'package charter.dilemmas.frameworks.mine\n\ntitle := "Mine"\n\nreward := input.context.payoff.own\n'
    )
    settings = {"phases": f"{own}:5", "prompts": ONE_PAIR}
    with pytest.raises(KeyboardInterrupt):
        train(plan(**settings), tmp_path / "run", stopping(3))
    own.write_text(own.read_text().replace("payoff.own", "payoff.others[0]"))
    with pytest.raises(ConfigurationError, match="another charter"):
        train(plan(**settings), tmp_path / "run", resume=True)


def test_rows_are_plain_json_and_about_the_policy_before_the_update(tmp_path):
    made = plan(prompts=ONE_PAIR, phases="game_within_de:3", opponent="alld", estimator="exact")
    train(made, tmp_path / "run")

    def refuse(constant):
        raise AssertionError(constant)

    lines = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line, parse_constant=refuse) for line in lines]  # NaN is no JSON
    json.loads((tmp_path / "run/summary.json").read_text(), parse_constant=refuse)
    assert [row["step"] for row in rows] == [1, 2, 3]
    (first,) = rows[0]["learners"]
    start = Tabular(4, 2, seed=0).p_HA
    assert first["costs"] == {"betrayal": None}  # nobody there to betray
    # what cannot occur is not asked about
    assert np.array(first["p"]) == pytest.approx(np.array([[0, 0], start[1], [0, 0], start[3]]))
    problem = made.seats[0].problems[0]
    p_HA = np.where(problem.reachable_H[:, None], start, 0)
    assert first["objective"] == pytest.approx(problem.value(p_HA))


def test_what_a_run_leaves_can_be_played_against(tmp_path):
    summary = train(plan(prompts=ONE_PAIR, phases="game_de:40", seed=3), tmp_path / "run")
    assert summary["oracle"] == summary["oracle_visited"] == "CDCD"
    assert summary["held_out"] is None
    assert (tmp_path / "run" / summary["result"]).is_file()
    document = RunDirectory(tmp_path / "run").read("policy.json")
    assert document["states"] == ["CC", "CD", "DC", "DD"]
    assert np.array(document["p"]) / np.sum(document["p"], axis=1, keepdims=True) == pytest.approx(
        np.array(summary["trained"]["p"])
    )
    table_HB = opponent(f"checkpoint:{tmp_path / 'run'}").table(plan().seats[0].stage, 1)
    assert np.round(table_HB[:, 0]).tolist() == [1, 1, 0, 0]  # it echoes the learner's last move
    again = train(plan(prompts=ONE_PAIR, phases="game_de:3", opponent=f"checkpoint:{tmp_path / 'run'}"), tmp_path / "b")
    assert again["updates"] == 3


def test_the_summary_tells_of_trained_and_held_out_words(tmp_path):
    settings = {"phases": "game_de:30", "estimator": "ppo", "stop": {"patience": 2}}
    summary = train(plan(**settings), tmp_path / "run")
    trained, held_out = summary["trained"], summary["held_out"]
    assert trained["words"] == held_out["words"] == MOST_WORDS
    assert trained["p"] == pytest.approx(np.array(held_out["p"]))  # a table reads no words
    for block in (trained, held_out):
        assert np.sum(block["p"], axis=1) == pytest.approx(1)
        assert 0 <= block["off"] <= block["gap"] + 1e-12 < 0.2
        assert block["legal_least"] <= block["legal"]
        assert block["legal"] == pytest.approx(np.mean(block["legal_by_history"]))
    (reached,) = summary["reached"]
    assert summary["updates"] == reached + 1
    assert summary["seconds_to_reach"][0] == RunDirectory(tmp_path / "run").metrics()[reached - 1]["seconds"]
    assert summary["tokens"] == summary["plain_tokens"] == 0


def test_only_whole_checkpoints_count_and_old_ones_go(tmp_path):
    learner = Tabular(4, 2)
    for update in (2, 4, 6):
        path = checkpoint.save(tmp_path, State(update=update, reached=[None, 3.0]), [learner], keep=2)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["step-000004", "step-000006"]
    shutil.copytree(path, tmp_path / ".step-000008")  # a draft
    (tmp_path / "step-000008").mkdir()  # without a state
    assert checkpoint.newest(tmp_path) == path
    assert checkpoint.load(path, [learner]) == State(update=6, reached=[None, 3.0])
    assert checkpoint.newest(tmp_path / "nowhere") is None


LM = {
    "estimator": "mirror",
    "kl_beta": 0.1,
    "learning_rate": 0.02,
    "lora": {"rank": 2, "alpha": 4, "dropout": 0.2},
    "prompts": ONE_PAIR,
    "phases": [
        {"framework": "game_de", "updates": 3},
        {"framework": "ut", "updates": 2, "reset": ["optimiser", "anchor"]},
    ],
}


@pytest.fixture(scope="module", params=["tft", "learner"])
def spoken(request, tiny, tmp_path_factory):
    """A run of the tiny language model, alone and with another, and how to start it."""
    folder = tmp_path_factory.mktemp("lm") / "whole"
    made = plan(**LM, model=str(tiny), opponent=request.param)

    def start(where, on_row=lambda row: None, **more):
        return train(made, where, on_row, load=lambda: load(str(tiny), dtype=torch.float32), **more)

    start(folder)
    return start, folder, tiny


@pytest.mark.parametrize("at", [2, 4])
def test_a_language_models_run_resumes_to_the_bit(spoken, tmp_path, at):
    start, folder, _ = spoken
    with pytest.raises(KeyboardInterrupt):
        start(tmp_path / "run", stopping(at))
    torch.manual_seed(at)
    start(tmp_path / "run", resume=True)
    assert left_behind(tmp_path / "run") == left_behind(folder)
    for path in folder.rglob("adapter_model.safetensors"):
        assert (tmp_path / "run" / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_a_language_models_run_can_be_loaded(spoken):
    _, folder, tiny = spoken
    summary = RunDirectory(folder).read("summary.json")
    rows = RunDirectory(folder).metrics()
    seats = len(summary["seats"])
    assert summary["tokens"] == rows[-1]["tokens"] > 0
    assert summary["plain_tokens"] > summary["tokens"]
    assert [row["tokens"] for row in rows] == sorted({row["tokens"] for row in rows})
    assert all(seat["kl"] > 0 for seat in rows[-1]["learners"])
    assert rows[0]["learners"][0]["kl"] == pytest.approx(0, abs=0.05)  # dropout apart, nothing is learned yet
    wanted = ["adapter"] if seats == 1 else ["row/adapter", "column/adapter"]
    assert summary["result"] == wanted[0]
    for place in wanted:
        loaded = load(str(folder / place), dtype=torch.float32)
        assert loaded.adapters == (folder / place,)
        assert loaded.resolved.path == tiny
    if seats == 2:  # two learners are two models
        assert rows[-1]["learners"][0]["p"] != rows[-1]["learners"][1]["p"]
