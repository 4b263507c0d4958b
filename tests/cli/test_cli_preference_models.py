"""`lawgiver align` on a recipe of preference models: what a user sees."""

import json

import pytest
import yaml

from lawgiver.data import write_jsonl


@pytest.fixture
def recipe(tiny, tmp_path):
    """A cost model of each role, of one step."""
    rows = [
        {
            "prompt": f"{word}?",
            "response_0": f"It is {word}.",
            "response_1": "No.",
            "is_response_0_safe": n % 2 == 0,
            "is_response_1_safe": True,
            "better_response_id": 0,
            "safer_response_id": 1,
        }
        for n, word in enumerate(("cat", "dog", "sun", "sea", "oak", "elm", "fog", "ice", "rye", "tea", "ink", "jar"))
    ]
    write_jsonl(tmp_path / "train.jsonl", rows[:8])
    write_jsonl(tmp_path / "test.jsonl", rows[8:])
    document = {
        "type": "preference-models",
        "model": str(tiny),
        "data": {
            part: {"sources": [{"source": str(tmp_path / f"{part}.jsonl"), "objective": "safe"}], "part": "all"}
            for part in ("train", "test")
        },
        "heads": {"cost": {"data": "train", "held_out": "test", "batch": 8, "micro_batch": 8, "epochs": 1}},
        "lora": {"rank": 2, "alpha": 4},
    }
    path = tmp_path / "cost.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_dry_run_describes_the_data_and_trains_nothing(lawgiver, recipe, tmp_path):
    said = lawgiver("align", recipe, "--dry-run", "--run", tmp_path / "run", "--set", "heads.cost.level=token")
    assert said.status == 0, said.err
    assert "| used " in said.out
    assert "cost-training: token-wise on" in said.out
    assert "cost: measured by 4 pairs held out" in said.out
    assert not (tmp_path / "run").exists()


def test_a_run_tells_how_good_each_model_is_beside_its_baselines(lawgiver, recipe, tmp_path):
    said = lawgiver("align", recipe, "--run", tmp_path / "run")
    assert said.status == 0, said.err
    for role in ("training", "evaluation"):
        assert f"cost-{role}: 1 steps on" in said.out
        assert (tmp_path / f"run/cost-{role}/head.json").is_file()
        held = [json.loads(line) for line in (tmp_path / f"run/cost-{role}/held_out.jsonl").read_text().splitlines()]
        assert len(held) == 4
        assert all(isinstance(row["higher"], float) and row["lower_safe"] is True for row in held)
    assert f"report: {tmp_path / 'run' / 'report.html'}" in said.out
    page = (tmp_path / "run/report.html").read_text()
    assert "0: unsafe above" in page
    assert "expected calibration error" in page
    assert "accuracy" in said.out
    assert "the longer answer scores higher: 1.000 [" in said.out
    assert "every answer is safe: " in said.out
    again = lawgiver("align", recipe, "--run", tmp_path / "run", "--resume")
    assert again.out == said.out


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("heads.cost.level=word", "heads.cost.level"),
        ("heads.price={data: train, held_out: test}", "heads.price"),
        ("heads.cost.held_out=train", "heads.cost.held_out: 'train' is what it trains on"),
        ("data.train.sources=[{source: /nowhere.jsonl, objective: safe}]", "/nowhere.jsonl: no such file"),
        ("heads.cost.max_length=8", "heads.cost: of 4 records of data 'test' none is left"),
        ("colour=blue", "colour: unknown key"),
    ],
)
def test_a_mistake_is_told_by_file_and_key(lawgiver, recipe, changed, message):
    said = lawgiver("align", recipe, "--dry-run", "--set", changed)
    assert said.status == 2
    assert message in said.err
