"""Evaluation of language models, on a tiny one: exact, resumable, compared with the untrained model."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
import typer
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
from typer.testing import CliRunner

from lawgiver.cli.games.evaluate import evaluate as command
from lawgiver.data.rundir import RunDirectory
from lawgiver.games.evaluate import configure, encoder, evaluate_games, prepare, size, subject
from lawgiver.games.evaluate.cells import Cell, questions
from lawgiver.games.evaluate.texts import plain_texts
from lawgiver.games.learn.recipe import GamesRecipe
from lawgiver.games.lm.policy import LMPolicy
from lawgiver.models.load import load
from lawgiver.models.textloss import drift
from lawgiver.outcome import ConfigurationError

SMALL = {
    **{"games": ("ipd",), "words": 2, "sets": ("held_out", "trained"), "permutations": ("original", "rows_swapped")},
    **{"phrasings": ("table", "named"), "personas": ("ut",), "opponents": ("tft", "random")},
}


def write_run(folder, base, seed):
    """A games run whose adapter has random weights."""
    RunDirectory.create(folder, GamesRecipe(model=str(base), seed=seed).model_dump(mode="json"), {})
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(parameter, std=0.3)
    adapted.save_pretrained(str(folder / "adapter"))
    return folder


def planned(*places, **given):
    subjects = [subject(str(place)) for place in places]
    return prepare(configure(subjects, **SMALL | given), subjects, encoder(subjects[0]))


@pytest.fixture(scope="module")
def done(tiny, tmp_path_factory):
    """Base model, a run grown from it, the plan, its summary and the folder of the evaluation."""
    folder = tmp_path_factory.mktemp("evaluated")
    base = shutil.copytree(tiny, folder / "base")
    run = write_run(folder / "run", base, seed=1)
    plan = planned(run)
    heard = []
    summary = evaluate_games(plan, folder / "out", lambda n, part: heard.append((n, part)))
    expected = size(plan)
    assert sum(n for n, part in heard) == expected["prompts"] + expected["drift"] == 16 * 23 + 4 * 42 + 20
    return run, plan, summary, folder / "out"


def rows_of(folder):
    return {row["id"]: row for row in map(json.loads, (folder / "cells.jsonl").read_text().splitlines())}


def test_a_cell_holds_whole_answer_probabilities(done, tiny):
    run, plan, _, out = done
    cell = Cell("grid", "model 0", "ipd", "held_out", "rows_swapped")
    row = rows_of(out)[cell.id]
    policy = LMPolicy(load(str(tiny), adapter=run / "adapter"))
    for words, asked in questions(plan, cell).items():
        p_NA = np.exp(policy.action_logprobs(asked))
        for state in range(4):
            own = [n for n, question in enumerate(asked) if question.state == state]
            assert len(own) == 2
            assert row["by_words"][words]["p"][state] == pytest.approx(p_NA[own].mean(axis=0), rel=1e-4)
    assert np.sum(row["p"], axis=1) == pytest.approx(1)
    assert row["n"] == 16


def test_the_summary(done):
    run, _, summary, _ = done
    assert summary["model"] == str(run)
    assert summary["policy"] == "lm"
    assert summary["players"][:3] == ["model", "base", "base as ut"]
    assert summary["units"]["by"] == "words"
    assert len(summary["units"]["names"]) == 2
    found = summary["measures"]["ipd"]
    assert found["legal"]["n"] == 2
    assert found["legal"]["estimate"] == pytest.approx(np.mean(found["legal_by_history"]), rel=1e-4)
    assert found["sensitivity"]["change"]["n"] == 2
    assert summary["baselines"]["base as ut"]["ipd"]["sensitivity"] is None
    grid = summary["grid"]
    assert [variation["id"] for variation in grid["variations"]] == ["held_out", "trained", "rows_swapped", "named"]
    assert grid["change"]["ipd"][0] == 0
    assert all(0 < change <= 1 for change in grid["change"]["ipd"][1:])
    assert grid["right"]["ipd"][0] == pytest.approx(summary["held_out"]["right"])
    assert summary["trained"]["words"] == 2
    assert summary["tokens"] > summary["prompts"] > 0
    assert len(summary["personas"]) == 15
    assert all(0 <= row["moved"]["estimate"] <= 1 for row in summary["personas"])


def test_what_leaks_into_other_questions(done):
    _, _, summary, _ = done
    kinds = summary["unrelated_by_kind"]
    assert {kind: leak["n"] for kind, leak in kinds.items()} == {
        **{"action": 4, "action_game": 4, "action_game_state": 16, "everyday": 60}
    }
    for leak in [*kinds.values(), *summary["unrelated"]]:
        assert 0 <= leak["mass"] <= 1
        assert leak["change"] >= abs(leak["mass"] - leak["base_mass"]) - 1e-6
    assert kinds["action"]["right"] is None
    assert 0 <= kinds["everyday"]["right_share"] <= 1
    assert len(kinds["action_game_state"]["by_state"]) == 4
    assert kinds["everyday"]["by_state"] is None


def test_drift_is_exact(tiny, make_loaded):
    base, changed = make_loaded(), make_loaded(shift=0.02)
    [alike] = drift(base, base, ["The cat sat."])
    assert alike.kl == 0
    assert alike.loss == alike.base_loss
    assert alike.tokens == len("The cat sat.") - 1
    text = "One day a dog."
    [found] = drift(changed, base, [text])
    ids = base.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        base_TV, logs_TV = (each.model(ids).logits[0, :-1].log_softmax(-1) for each in (base, changed))
    wanted = torch.nn.functional.kl_div(logs_TV, base_TV, reduction="sum", log_target=True) / len(logs_TV)
    assert found.kl == pytest.approx(float(wanted), rel=1e-4)
    assert found.kl > 0
    assert found.loss == pytest.approx(-float(logs_TV.gather(1, ids[0, 1:, None]).mean()), rel=1e-4)
    with pytest.raises(ConfigurationError, match="give a text of 2"):
        drift(base, base, ["a"])


@pytest.fixture
def make_loaded(tiny):
    def make(shift=0.0):
        loaded = load(str(tiny), dtype=torch.float32)
        with torch.no_grad():
            loaded.model.model.norm.weight += shift * torch.arange(32)
        return loaded

    return make


def test_drift_in_the_summary(done):
    _, _, summary, _ = done
    found = summary["drift"]
    assert found["texts"] == len(plain_texts()) == 20
    assert found["kl"]["estimate"] > 0
    assert found["kl"]["low"] < found["kl"]["estimate"] < found["kl"]["high"] <= found["kl_most"]
    assert found["loss_change"]["n"] == 20


def test_an_interrupted_evaluation_goes_on(done, tmp_path):
    _, plan, summary, out = done
    again = shutil.copytree(out, tmp_path / "out")
    (again / "summary.json").unlink()
    lines = (again / "cells.jsonl").read_bytes().splitlines(keepends=True)
    (again / "cells.jsonl").write_bytes(b"".join(lines[:-2]) + lines[-2][:40])  # the crash came while writing
    with pytest.raises(ConfigurationError, match="resume"):
        evaluate_games(plan, again)
    resumed = evaluate_games(plan, again, resume=True)
    without_time = {key: value for key, value in summary.items() if key != "seconds"}
    assert {key: value for key, value in resumed.items() if key != "seconds"} == without_time
    assert len(rows_of(again)) == len(lines)


def test_what_is_finished_needs_no_model(done, tmp_path):
    run, plan, summary, out = done
    again, hidden = shutil.copytree(out, tmp_path / "out"), run.parent / "hidden"
    (run.parent / "base").rename(hidden)
    try:
        assert evaluate_games(plan, again, resume=True) == summary
    finally:
        hidden.rename(run.parent / "base")


def test_an_untrained_model_is_its_own_base(tiny, tmp_path):
    plan = planned(tiny, skip=("grid", "attacks", "flip"), words=1)
    said = []
    summary = evaluate_games(plan, tmp_path / "out", say=said.append)
    assert said == [f"loading {tiny}"]  # once, for the persona as well
    assert summary["players"][:2] == ["model", "base as ut"]
    assert summary["drift"] is None
    assert summary["personas"] == []
    assert summary["unrelated_by_kind"]["action"]["base_mass"] is None
    assert summary["measures"]["ipd"]["legal"]["n"] == 1


def test_seeds_of_one_experiment(done, tmp_path):
    run, *_ = done
    second = write_run(tmp_path / "second", run.parent / "base", seed=2)
    plan = planned(run, second, skip=("grid", "attacks", "flip", "unrelated"), words=1)
    summary = evaluate_games(plan, tmp_path / "out")
    assert summary["units"] == {"by": "seeds", "names": [str(run), str(second)]}
    assert summary["measures"]["ipd"]["legal"]["n"] == 2
    assert summary["baselines"]["base"]["ipd"]["legal"]["n"] == 1
    assert summary["drift"]["texts"] == 20


def test_a_phrasing_that_cannot_tell_a_game_is_left_out(tiny, tmp_path):
    names = [f"a{k}" for k in range(4)]
    table = [[[4 * a + b, 4 * b + a] for b in range(4)] for a in range(4)]
    file = tmp_path / "big.yaml"
    file.write_text(json.dumps({"name": "big", "payoffs": table, "actions": names}))
    games = ("ipd", str(file))
    plan = planned(tiny, games=games, phrasings=("table", "garden"), framework="ut", opponents=("random",), words=1)
    assert "big" not in [entry["what"] for entry in plan.left_out], plan.left_out
    size(plan)
    assert [entry["what"] for entry in plan.left_out if "garden" in entry["what"]] == ["garden × big"]


def test_a_dry_run_finds_what_is_wrong(done, tiny, tmp_path):
    run, *_ = done
    app = typer.Typer()
    app.command()(command)

    def said(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in (*arguments, "--dry-run")])

    dry = said(run, "--games", "ipd,stag_hunt", "--words", 1, "--skip", "grid,flip")
    assert dry.exit_code == 0, dry.output
    assert "attacks 120" in dry.stdout
    assert "drift 20" in dry.stdout
    for options, message in [
        (("--games", "ipdd"), "'ipdd': not known"),
        (("--framework", "kantt"), "kantt"),
        (("--skip", "grids"), "skip"),
        (("--personas", "pirate"), "pirate"),
        (("--sets", "held_out,own"), "sets"),
    ]:
        failed = said(run, *options)
        assert isinstance(failed.exception, ConfigurationError), failed.output
        assert message in str(failed.exception)
    words = GamesRecipe(model=str(tiny), prompts={"words": [["red", "redder"]]})
    wrong = tmp_path / "wrong"
    shutil.copytree(run / "adapter", wrong / "adapter")
    RunDirectory.create(wrong, words.model_dump(mode="json"), {})
    assert "'red' and 'redder'" in str(said(wrong).exception)
    assert not (tmp_path / "runs").exists()
