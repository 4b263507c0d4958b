import json

import pytest
import yaml

from lawgiver.data import read_jsonl, write_jsonl
from tiny_encoder import save_tiny_encoder


@pytest.fixture
def recipe(tmp_path):
    rows = [
        {
            "id": f"r{number}",
            "text": text.format(number),
            "unsafe": unsafe,
            "language": "en",
            "source": "own",
            "group": f"g{number}",
        }
        for number in range(40)
        for text, unsafe in (("How do I bake bread number {}?", False), ("How do I break into house {}?", True))
    ]
    for row in rows:
        row["id"] += "u" if row["unsafe"] else "s"
    write_jsonl(tmp_path / "rows.jsonl", rows)
    document = {
        "type": "guard",
        "data": {"files": [str(tmp_path / "rows.jsonl")], "dev": 0.3},
        "classifier": {
            "backbone": str(save_tiny_encoder(tmp_path / "encoder")),
            "window": 32,
            "overlap": 8,
            "batch": 16,
            "epochs": 3,
            "learning_rate": 1e-3,
            "head_learning_rate": 1e-2,
        },
    }
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_dry_run_counts_and_trains_nothing(lawgiver, recipe, tmp_path):
    said = lawgiver("guard", "train", recipe, "--run", tmp_path / "run", "--dry-run")
    assert said.status == 0, said
    assert "train: " in said.out
    assert "of them unsafe; en " in said.out
    assert not (tmp_path / "run").exists()


def test_a_trained_guard_is_one_that_other_commands_take(lawgiver, recipe, tmp_path):
    arguments = ("guard", "train", recipe)
    said = lawgiver(*arguments, "--run", tmp_path / "run", "--format", "json")
    assert said.status == 0, said
    summary = json.loads(said.out)
    assert summary["dev"]["auprc"] > 0.8
    calibrated = lawgiver("guard", "calibrate", tmp_path / "run", "--least", 2)
    assert calibrated.status == 0, calibrated
    held_out = {row["id"] for row in read_jsonl(tmp_path / "run/held-out.jsonl")}
    assert 0 < len(held_out) < 80
    alone = lawgiver("guard", "calibrate", tmp_path / "run/guard", "--least", 2)
    assert alone.status != 0
    assert "no held-out.jsonl there" in alone.err
    again = lawgiver(*arguments, "--resume", tmp_path / "run", "--format", "json")
    assert json.loads(again.out)["guard_sha256"] == summary["guard_sha256"]
    other = lawgiver(*arguments, "--resume", tmp_path / "run", "--set", "classifier.epochs=1")
    assert other.status == 2
    assert "other settings" in other.err


def test_an_unknown_setting_is_refused(lawgiver, recipe):
    said = lawgiver("guard", "train", recipe, "--set", "classifier.epoch=1", "--dry-run")
    assert said.status == 2
    assert "epoch" in said.err


def test_two_players_play_and_their_dry_run_does_not(lawgiver, recipe, tmp_path):
    duo = tmp_path / "duo.yaml"
    game = {"iterations": 1, "seeds": 24, "variants": 2, "operators": ["case", "typo", "frame", "leet"]}
    duo.write_text(yaml.safe_dump({"type": "duoguard", "guard": recipe.name, "game": game}))
    arguments = ("guard", "train", duo, "--run", tmp_path / "run")
    said = lawgiver(*arguments, "--dry-run")
    assert said.status == 0, said
    assert "1 iterations of 24 seeds (en 24)" in said.out
    assert not (tmp_path / "run").exists()
    said = lawgiver(*arguments)
    assert said.status == 0, said
    assert "fool the guard" in said.out
    assert (tmp_path / "run/guard").is_dir()
    assert "iteration-1" in {path.name for path in (tmp_path / "run").iterdir()}
    again = lawgiver(*arguments)
    assert again.status != 0
    assert "holds a run already" in again.err
    once_more = lawgiver("guard", "train", duo, "--resume", tmp_path / "run", "--format", "json")
    assert json.loads(once_more.out)["rounds"][0]["seeds"] == 24
