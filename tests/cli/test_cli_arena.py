"""`lawgiver arena` on stored runs."""

import json

import pytest

from arena_runs import arena_run
from certifiable_runs import write_charter


@pytest.fixture
def runs(tmp_path):
    charter = write_charter(tmp_path / "rules")
    return [
        arena_run(tmp_path / "base", charter, good=0.4, bad=0.3, seed=1, unscored=(3,)),
        arena_run(tmp_path / "<b>eager", charter, good=0.9, bad=0.6, seed=2, long=40),
    ]


ASK = ("--wanted", "help", "--constraint", "harm")


def test_two_runs_give_a_table_a_document_and_a_page(lawgiver, runs, tmp_path):
    said = lawgiver("arena", *runs, *ASK, "--lookalike", "request=lookalike", "--run", tmp_path / "out")
    assert said.status == 0, said.err
    document = json.loads((tmp_path / "out/arena.json").read_text())
    wanted, harm = document["wins"]
    assert (wanted["left_out"], harm["left_out"]) == (1, 0)
    assert wanted["win_rate"]["low"] > 0.5 > harm["win_rate"]["high"]
    assert wanted["controlled"]["estimate"] < wanted["win_rate"]["estimate"]
    assert wanted["slope"] > 0
    for words in ("at equal length", "over-refusal", "not dominated", "Hypervolume", "report:"):
        assert words in said.out
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("<svg") == 3
    assert "<script" not in page
    assert "<b>eager" not in page
    assert "&lt;b&gt;eager" in page
    again = lawgiver(
        *("arena", *runs, *ASK, "--lookalike", "request=lookalike", "--run", tmp_path / "out"),
        *("--resume", "--format", "json"),
    )
    assert json.loads(again.out) == document


def test_a_dry_run_writes_nothing(lawgiver, runs, tmp_path):
    said = lawgiver("arena", *runs, *ASK, "--run", tmp_path / "out", "--dry-run")
    assert said.out.startswith("fine: 2 models × 60 scenarios")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--wanted", "beauty"), "has score, help"),
        (("--constraint", "rude"), "has harm, over_refusal"),
        (("--lookalike", "request"), "write LABEL=VALUE"),
        (("--lookalike", "request=none"), "no scenario has it"),
        (("--lookalike", "request=lookalike", "--over-refusal", "rude"), "--over-refusal rude"),
        (("--reference", "0"), "write WANTED,COST"),
        (("--reference", "0,inf"), "finite"),
        (("--judge", "helpful"), "set LAWGIVER_JUDGE_URL"),
        (("--judge", "nowhere.md"), "no such file"),
    ],
)
def test_a_mistake_is_one_sentence(refuses, runs, tmp_path, options, message):
    assert message in refuses("arena", *runs, *ASK, *options, "--run", tmp_path / "out")
    assert not (tmp_path / "out").exists()
