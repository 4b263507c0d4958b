"""The parts of benchmarks/games.py on a tiny model and on tables: they run, count what they say, and agree."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import games_tabular  # noqa: E402
from games_race import fixed_point, ratios, spelt  # noqa: E402

import games  # noqa: E402
from lawgiver.games.oracle import solve  # noqa: E402
from lawgiver.games.prompts import Question  # noqa: E402
from tiny import save_tiny  # noqa: E402


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


def call(*arguments):
    return games.run(games.parse(list(map(str, arguments))))


def small(tiny, *more):
    return ["--set", f"model={tiny}", "prompts.word_sets=2", "lora.rank=2", *more]


def test_shared_prefixes_and_plain_rows_agree(tiny, tmp_path):
    result = call("--only", "prefix", "--repeats", 1, "--progress", tmp_path / "p", *small(tiny))["results"]["prefix"]
    assert result["exact"]
    for case in result["float32"].values():
        assert case["largest_difference"] < 1e-4
        assert case["tokens"]["tokens"] < case["tokens"]["plain_tokens"]
    assert result["float32"]["16 prompts"]["rows"] == 32
    assert 2 <= result["bfloat16"]["update"]["prompts"] <= 8
    assert any("gradient" in name for name in result[result["counts"]])
    assert json.loads((tmp_path / "p").read_text())["result"]["prefix"] == result | {"load_1min": result["load_1min"]}


def test_the_race_counts_tokens_and_gives_a_lower_bound(tiny, tmp_path):
    common = ["--every-episodes", 1, "--budget-seconds", 0.01, *small(tiny)]
    found = {}
    for more in ([], ["--tuned"]):
        found |= call("--only", "paper", *more, *common)["results"]
    paper, tuned = found["paper"], found["paper_tuned"]
    assert (paper["episodes"], paper["decisions"], tuned["decisions"]) == (1, 5, 10)
    assert not paper["reached"]
    assert paper["whole_run"]["tokens"] == 1000 * paper["tokens"]
    assert "anchored_optimum" in paper
    assert "anchored_optimum" not in tuned
    # 5 answers of up to 8 byte tokens, uncached; then old, reference and 4 epochs
    assert paper["tokens"] > 5 * 7 * 300
    # 10 answers; once to draw them, once to learn
    assert tuned["tokens"] < 10 * (2 + 0.2) * 512
    saved = tmp_path / "paper.json"
    saved.write_text(json.dumps({"results": found}))
    merged = call("--only", "exact", "--most", 2, "--merge", saved, *small(tiny))
    ours, told = merged["results"]["exact"], merged["ratios"]["paper"]
    assert (ours["updates"], ours["reached"], ours["optimum"]) == (2, False, "CDCD")
    assert ours["checks"][-1]["held_out"]["prompts"] == 4 * ours["checks"][-1]["held_out"]["pairs"]
    assert told["tokens"] == pytest.approx(paper["tokens"] / ours["tokens"])
    assert told["lower_bound"]
    assert not told["met"]


def test_the_procedure_reads_answers_as_the_paper_does(tiny):
    from games_ppo import PPO, Settings

    from lawgiver.games.prompts import grid, layouts
    from lawgiver.models.load import load

    wanted = games_tabular.ipd()
    asked = grid(wanted.stage, [("action1", "action2")], layouts(wanted.stage, ("final",)))
    run = PPO(load(str(tiny)), wanted, asked, Settings(side_by_side=2), seed=0)
    end = run.judge.answer("")
    spoken = {text: run.judge.answer(text)[:-1] for text in ("action1", " action2 ", "action12", "Action1")}
    assert [run.read([*ids, *end]) for ids in spoken.values()] == [0, 1, None, None]
    assert run.read(spoken["action1"]) is None
    brief = PPO(load(str(tiny)), wanted, asked, Settings(ended=False), seed=0)
    assert [brief.read(ids) for ids in spoken.values()] == [0, 1, None, None]
    assert (run.longest, brief.longest) == (8, 7)
    assert spelt(asked[0]).answers == ("action1", "action2", " action1", " action2")


def test_generation_with_and_without_a_cache_draws_the_same(tiny):
    import torch
    from games_ppo import PPO, Settings

    from lawgiver.games.prompts import grid, layouts
    from lawgiver.models.load import load

    wanted = games_tabular.ipd()
    asked = grid(wanted.stage, [("action1", "action2")], layouts(wanted.stage, ("final",)))
    drawn, tokens = [], []
    for cache in (False, True):
        run = PPO(load(str(tiny), dtype=torch.float32), wanted, asked, Settings(cache=cache), seed=0)
        torch.manual_seed(5)
        drawn.append(run.draw([run.prompts[0][0], run.prompts[1][0][3:]]))
        tokens.append(run.tokens)
    assert drawn[0] == drawn[1]
    assert tokens[1] < tokens[0] / 4


def test_the_ratio_is_a_lower_bound_only_if_the_optimum_was_not_reached():
    results = {
        "exact": {"tokens": 10, "seconds": 2.0, "cpu_seconds": 4.0, "reached": True},
        "paper": {"tokens": 300, "seconds": 50.0, "cpu_seconds": 80.0, "reached": False},
        "paper_tuned": {"tokens": 100, "seconds": 50.0, "cpu_seconds": 80.0, "reached": True},
    }
    told = ratios(results)
    assert (told["paper"]["tokens"], told["paper"]["seconds"], told["paper"]["lower_bound"]) == (30, 25, True)
    assert (told["paper"]["met"], told["paper_tuned"]["met"], told["paper_tuned"]["lower_bound"]) == (
        True,
        False,
        False,
    )


def test_an_anchor_moves_the_point_of_rest():
    oracle = solve(games_tabular.ipd())
    p_NA, history_N = np.full((4, 2), 0.4), np.arange(4)
    far, close = (fixed_point(p_NA, history_N, oracle, price) for price in (0.1, 1.0))
    assert far["reached"]
    assert close["p_C"][1] == pytest.approx(1 / (1 + np.e))
    assert not close["reached"]


def test_group_standardising_erases_xi():
    rows = {row["xi"]: row for row in games_tabular.erasure()["rows"]}
    assert rows[1.1]["grpo"] == pytest.approx(rows[100.0]["grpo"], rel=1e-3)
    for xi, row in rows.items():
        assert row["rloo"] == pytest.approx(row["exact"], rel=1e-6)
        assert row["exact"] == pytest.approx((xi - 1) / 2)
        assert row["mirror_whole_step"] == pytest.approx((xi - 1) / games_tabular.TEMPERATURE)


def test_tables():
    reached = games_tabular.reach(3, 100, 0, ("exact", "mirror", "grpo"))
    assert all(row[rate]["reached"] == 3 for row in reached.values() for rate in ("common", "best"))
    assert reached["mirror"]["best"]["samples"] == [0, 0, 0]
    grpo = reached["grpo"]["common"]
    assert grpo["samples"][0] == 32 * grpo["updates"]["estimate"] == 32 * grpo["optimiser_steps"]
    sweep = games_tabular.xi_sweep((0.5, 3.0), 60, 0, tolerance=0.05)
    for side in sweep.values():
        assert side["threshold"] == pytest.approx(1, abs=0.05)
        assert side["rows"][1]["oracle"] == "CDCD"
        assert [round(p) for p in side["rows"][1]["p_C"]] == [1, 0, 1, 0]
    check = games_tabular.gradient_check(400, 1)
    assert all(check[name]["p_of_one_as_large"] > 1e-3 for name in ("tft", "random"))


def test_questions_of_tables_show_every_history_once():
    assert [question.state for question in games_tabular.ask(games_tabular.ipd())] == [0, 1, 2, 3]
    assert isinstance(games_tabular.ask(games_tabular.ipd())[0], Question)
