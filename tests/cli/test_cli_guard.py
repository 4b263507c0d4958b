import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "guard"))

from published_folder import write_folder

from tiny_guard import save_tiny_guard


@pytest.fixture
def published(tmp_path):
    return write_folder(tmp_path / "evaluation")


def test_a_baseline_is_measured_from_the_command_line(lawgiver, published, tmp_path):
    said = lawgiver("guard", "evaluate", "constant", "--data", published, "--resamples", 100, "--run", tmp_path / "run")
    assert said.status == 0, said
    assert "not surely more than flagging everything earns in any language" in said.out
    assert "XSafety is all unsafe" in said.out
    assert (tmp_path / "run" / "report.html").exists()
    said = lawgiver("report", tmp_path / "run")
    assert said.out.strip().endswith("report.html")


def test_our_own_guard_is_measured(lawgiver, published, tmp_path):
    guard = save_tiny_guard(tmp_path / "guard")
    arguments = ("guard", "evaluate", guard, "-d", published, "-l", "en", "--resamples", 100, "--suite", "homoglyph")
    said = lawgiver(*arguments, "--run", tmp_path / "run", "--format", "json")
    assert said.status == 0, said
    document = json.loads(said.out)
    assert {cell["set"] for cell in document["cells"]} == {
        "xstest",
        "openai",
        "toxicchat",
        "beavertails",
        "rtp_lx",
        "xsafety",
    }
    assert [(each["suite"], each["metric"]) for each in document["suites"]] == [
        ("homoglyph", "recall"),
        ("homoglyph", "fpr"),
    ]


def test_json_and_resume(lawgiver, published, tmp_path):
    arguments = (
        *("guard", "evaluate", "keyword", "-d", published, "-l", "en", "--set", "openai", "--resamples", 100),
        *("--run", tmp_path / "run", "--format", "json"),
    )
    first = json.loads(lawgiver(*arguments).out)
    assert [cell["set"] for cell in first["cells"]] == ["openai"]
    assert json.loads(lawgiver(*arguments, "--resume").out) == first


def test_a_dry_run_reads_everything_and_scores_nothing(lawgiver, published, refuses, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    said = lawgiver("guard", "evaluate", "owner/name", "-d", published, "--dry-run")
    assert said.out.strip() == "fine: 38 texts in 12 files, owner/name of the hub, which was not asked"
    assert not (tmp_path / "runs").exists()
    (published / "eval_data_Fr" / "openai.json").write_text('[{"prompt": "a"}]')
    assert "row 1: moderation_flag" in refuses("guard", "evaluate", "constant", "-d", published, "--dry-run")


def test_mistakes_are_told_in_a_sentence(refuses, published, tmp_path):
    assert "no guard of that name" in refuses("guard", "evaluate", "nothing-such", "-d", published)
    assert "no such folder" in refuses("guard", "evaluate", "constant", "-d", tmp_path / "nowhere")
    assert "there are en, fr" in refuses("guard", "evaluate", "constant", "-d", published, "-l", "it")
    assert "sing" in refuses("guard", "evaluate", "constant", "-d", published, "--suite", "sing")


def test_the_parallel_set_needs_no_folder(lawgiver, refuses, tmp_path):
    arguments = ("guard", "evaluate", "constant", "--set", "parallel", "-l", "en", "-l", "it", "--resamples", 100)
    said = lawgiver(*arguments, "--dry-run")
    assert said.out.strip() == "fine: 80 texts in 1 files, the baseline constant"
    said = lawgiver(*arguments, "--run", tmp_path / "run")
    assert said.status == 0, said
    assert "AUROC on the parallel set: en 0.50, it 0.50: not surely more than a coin in en and it" in said.out
    assert "does not say which languages it learned from" in said.out
    assert "give it, or ask for the set parallel alone" in refuses("guard", "evaluate", "constant")


def test_our_own_guard_says_what_it_did_not_learn(lawgiver, tmp_path):
    guard = save_tiny_guard(tmp_path / "guard")
    card = guard / "classifier.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"languages": ["en"]}))
    arguments = ("guard", "evaluate", guard, "--set", "parallel", "-l", "en", "-l", "it", "--limit", 4)
    said = lawgiver(*arguments, "--resamples", 100, "--run", tmp_path / "run", "--format", "json")
    assert [each["zero_shot"] for each in json.loads(said.out)["parallel"]] == [False, True]
