"""The baselines that ship: each reads its data and its charter, and takes as many updates as the others."""

import pytest
import yaml

from lawgiver.charter import shipped_folder

ROOT = shipped_folder("recipes").parent
BASELINES = sorted((ROOT / "recipes/baselines").glob("*.yaml"))
UPDATES = 124


def test_every_baseline_is_there():
    names = {"dpo-helpful", "dpo-safe", "modpo", "safedpo", "bfpo", "can", "grpo-lagrangian"}
    assert {path.stem for path in BASELINES} == names


def test_sacpo_takes_as_many_updates(lawgiver, tiny, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    said = lawgiver("align", "recipes/sacpo.yaml", "--dry-run", "--run", tmp_path / "run", "--set", f"model={tiny}")
    steps = [line.split(" steps")[0].rpartition(" ")[2] for line in said.out.splitlines() if line.startswith("stage ")]
    assert sum(map(int, steps)) == UPDATES


@pytest.mark.parametrize("path", BASELINES, ids=lambda path: path.stem)
def test_a_baseline_can_be_begun(lawgiver, tiny, monkeypatch, tmp_path, path):
    monkeypatch.chdir(ROOT)  # the data are named as seen from there
    run = tmp_path / "run"
    said = lawgiver("align", path, "--dry-run", "--run", run, "--set", f"model={tiny}", "--set", "system_prompt=false")
    assert said.status == 0, said.err
    assert f"{UPDATES} steps" in said.out
    assert "fine: " in said.out
    assert not run.exists()
    recipe = yaml.safe_load(path.read_text())
    assert recipe["charter"] == "harmless"
    if recipe["type"] == "stages":
        sources = [source["source"] for data in recipe["data"].values() for source in data["sources"]]
        assert set(sources) == {"charters/harmless/preferences/train.jsonl"}
