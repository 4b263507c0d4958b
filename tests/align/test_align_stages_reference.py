"""What the reference said is kept: nothing is scored twice, and nothing else changes."""

from pathlib import Path

import pytest
import torch
from trl.trainer.dpo_trainer import DPOTrainer

from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.recipe import StagesRecipe
from lawgiver.align.stages.reference import ReferenceCache
from lawgiver.align.stages.trainers import build
from lawgiver.data import write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from small import small_charter
from tiny import load_tiny

COLUMNS = ("ref_chosen_logps", "ref_rejected_logps")


def plan_of(tiny, tmp_path):
    rows = [
        {"objective": "helpful", "prompt": f"Say {n}.", "chosen": "word " * (n + 1), "rejected": "no " * (6 - n)}
        for n in range(6)
    ]
    write_jsonl(tmp_path / "pairs.jsonl", rows)
    stage = {"name": "one", "method": "dpo", "data": "pairs", "batch": 2, "micro_batch": 2, "max_length": 160}
    data = {"pairs": {"sources": [{"source": str(tmp_path / "pairs.jsonl")}], "part": "all"}}
    charter = str(small_charter(tmp_path / "small"))
    return prepare(
        StagesRecipe.model_validate({"model": str(tiny), "charter": charter, "data": data, "stages": [stage]})
    )


def columns(plan, tiny, folder, cache):
    stage = plan.recipe.stages[0]
    trainer = build(
        plan.recipe, stage, load_tiny(tiny), plan.rows["one"].rows, RunDirectory(folder), [], reference=cache
    )
    return {name: list(trainer.train_dataset[name]) for name in COLUMNS}


def counted(monkeypatch):
    """How many batches TRL is asked to score."""
    asked = []
    plain = DPOTrainer.compute_ref_log_probs
    monkeypatch.setattr(
        DPOTrainer, "compute_ref_log_probs", lambda self, model, inputs: asked.append(1) or plain(self, model, inputs)
    )
    return asked


def test_a_second_training_reads_what_the_first_has_scored(tiny, tmp_path, monkeypatch):
    plan, path = plan_of(tiny, tmp_path), tmp_path / "reference.jsonl"
    asked = counted(monkeypatch)
    wanted = columns(plan, tiny, tmp_path / "plain", None)
    assert len(asked) == 3
    assert columns(plan, tiny, tmp_path / "first", ReferenceCache(path, "abc")) == wanted
    assert len(asked) == 6
    assert columns(plan, tiny, tmp_path / "second", ReferenceCache(path, "abc")) == wanted
    assert len(asked) == 6
    assert columns(plan, tiny, tmp_path / "other", ReferenceCache(path, "another policy")) == wanted
    assert len(asked) == 9  # what one policy says is not another's


def test_an_interrupted_scoring_goes_on_where_it_was_cut_short(tiny, tmp_path, monkeypatch):
    plan, path = plan_of(tiny, tmp_path), tmp_path / "reference.jsonl"
    wanted = columns(plan, tiny, tmp_path / "first", ReferenceCache(path, "abc"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]) + lines[4][:20])  # one batch of two pairs, and a line that a crash cut
    asked = counted(monkeypatch)
    assert columns(plan, tiny, tmp_path / "again", ReferenceCache(path, "abc")) == wanted
    assert len(asked) == 2
    assert columns(plan, tiny, tmp_path / "third", ReferenceCache(path, "abc")) == wanted
    assert len(asked) == 2


def test_the_key_of_a_row_does_not_see_its_padding():
    cache = ReferenceCache(Path("nowhere.jsonl"), "abc")
    short = {"input_ids": [[5, 6, 7]], "attention_mask": [[1, 1, 1]], "completion_mask": [[0, 1, 1]]}
    padded = {"input_ids": [[5, 6, 7, 0]], "attention_mask": [[1, 1, 1, 0]], "completion_mask": [[0, 1, 1, 0]]}
    other = {"input_ids": [[5, 6, 7]], "attention_mask": [[1, 1, 1]], "completion_mask": [[0, 0, 1]]}
    keys = [cache.keys({name: torch.tensor(row) for name, row in each.items()}) for each in (short, padded, other)]
    assert keys[0] == keys[1] != keys[2]


def test_a_line_of_somebody_else_is_refused(tmp_path):
    path = tmp_path / "reference.jsonl"
    path.write_text('{"key": "a", "logp": -1.5}\n{"colour": "red"}\n')
    with pytest.raises(ConfigurationError, match="without key and logp; remove the file"):
        ReferenceCache(path, "abc")
    path.write_bytes(b'{"key": "\xff", "logp": -1.5}\n')
    with pytest.raises(ConfigurationError):
        ReferenceCache(path, "abc")
