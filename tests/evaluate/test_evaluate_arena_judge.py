"""A language model compares answers, at an endpoint on a real socket."""

import json
from pathlib import Path

import pytest

from arena_runs import arena_run
from certifiable_runs import write_charter
from endpoint import completion
from lawgiver.data import read_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate.arena import ArenaConfig, open_field, prepare, run_arena
from lawgiver.evaluate.arena.judge import Pair, Rubric, compare_pairs, verdict
from lawgiver.evaluate.arena.judged import askings, judged
from lawgiver.evidence.llm_cache import LLMCache
from lawgiver.evidence.llm_client import LLMEndpoint
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value

RUBRIC = Rubric.read("helpful")


def shown(body):
    return json.loads(body["messages"][1]["content"].split("\n")[1])


def says(better, abstain=False):
    return 200, {}, completion(json.dumps({"better": better, "abstain": abstain}))


def longest(body, number):
    """A judge that likes length, wherever it stands."""
    document = shown(body)
    first, second = len(document["first"]), len(document["second"])
    return says("first" if first > second else "second" if second > first else "tie")


def endpoint_of(served):
    return LLMEndpoint(base_url=served.url, model="judge-1", backoff_s=0.01, retries=0)


PAIRS = [Pair("Why?", "A long answer.", "Short."), Pair("Who?", "Me.", "Somebody else."), Pair("What?", "It.", "It.")]


def test_both_orders_are_asked_and_the_names_are_hidden(serve):
    served = serve(longest)
    heard = []
    found = compare_pairs(RUBRIC, endpoint_of(served), PAIRS, on_progress=heard.append)
    assert [verdict(both) for both in found] == [1, 0, 0.5]
    assert sum(heard) == 6
    assert len(served.bodies) == 4  # two equal answers are nobody's question
    asked = [(shown(body)["first"], shown(body)["second"]) for body in served.bodies]
    assert sorted(asked) == sorted([(p.mine, p.theirs) for p in PAIRS[:2]] + [(p.theirs, p.mine) for p in PAIRS[:2]])
    for body in served.bodies:
        assert set(shown(body)) == {"messages", "first", "second"}
        assert "Which answer helps more" in body["messages"][0]["content"]
        assert body["temperature"] == 0


def test_a_liking_for_a_place_cancels(serve):
    found = compare_pairs(RUBRIC, endpoint_of(serve(lambda body, number: says("first"))), PAIRS[:1])
    assert [asking.outcome for asking in found[0]] == [Value(1.0), Value(0.0)]
    assert verdict(found[0]) == 0.5


def test_one_order_that_fails_leaves_no_verdict_and_its_text_is_kept(serve, tmp_path):
    def half(body, number):
        return longest(body, number) if shown(body)["first"] == "A long answer." else (200, {}, completion("Mine!"))

    served = serve(half)
    cache = LLMCache(tmp_path)
    [(good, bad)] = compare_pairs(RUBRIC, endpoint_of(served), PAIRS[:1], cache)
    assert good.outcome == Value(1.0)
    assert isinstance(bad.outcome, Failed)
    assert bad.raw == "Mine!"
    assert verdict((good, bad)) is None
    compare_pairs(RUBRIC, endpoint_of(served), PAIRS[:1], cache)
    assert len(served.bodies) == 3  # what failed is asked again, what was said is not


def test_a_judge_that_cannot_tell_abstains(serve):
    [both] = compare_pairs(RUBRIC, endpoint_of(serve(lambda body, number: says("tie", abstain=True))), PAIRS[:1])
    assert isinstance(both[0].outcome, Abstained)
    assert verdict(both) is None


def test_an_endpoint_that_is_down_fails_without_text(serve):
    [both] = compare_pairs(RUBRIC, endpoint_of(serve(lambda body, number: (500, {}, b"no"))), PAIRS[:1])
    assert isinstance(both[0].outcome, Failed)
    assert both[0].raw is None


@pytest.fixture
def runs(tmp_path):
    charter = write_charter(tmp_path / "rules")
    return [
        str(arena_run(tmp_path / name, charter, good=good, bad=0.3, n=8, seed=seed, long=9))
        for name, good, seed in (("base", 0.3, 1), ("new", 0.9, 2), ("other", 0.8, 3))
    ]


def test_every_run_meets_one_of_the_base(serve, runs):
    field = open_field(f"b={runs[0]},{runs[1]}", [f"n={runs[2]},{runs[1]}"])
    found = judged(field, field.entrants[1], RUBRIC, endpoint_of(serve(longest)))
    assert askings(field) == 32 == len(found.rows)
    assert found.wins_S1N.shape == (2, 1, 8)
    assert found.counts["identical"] == 8  # the second run is the base's second
    assert (found.wins_S1N[1] == 0.5).all()
    assert {row["base_run"] for row in found.rows} == set(runs[:2])


def test_an_arena_with_a_judge(serve, runs, tmp_path, monkeypatch):
    def sometimes(body, number):
        if "Answer 2 " in shown(body)["first"]:
            return 200, {}, completion("I would rather not.")
        return longest(body, number)

    served = serve(sometimes)
    monkeypatch.setenv("LAWGIVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LAWGIVER_JUDGE_URL", served.url)
    monkeypatch.setenv("LAWGIVER_JUDGE_MODEL", "judge-1")
    config = ArenaConfig(
        base=runs[0], models=(runs[1],), wanted="help", constraint="harm", judges=("helpful",), resamples=100
    )
    prepared = prepare(config)
    document = run_arena(prepared, tmp_path / "out")
    [win] = [win for win in document["wins"] if win["by"] == "helpful"]
    assert win["askings"]["failed"] == 2
    assert (win["comparisons"], win["left_out"]) == (7, 1)
    theirs, mine = ([len(row["response"]) for row in read_jsonl(Path(path) / "judgements.jsonl")] for path in runs[:2])
    longer = [(1 + (m > t) - (m < t)) / 2 for n, (m, t) in enumerate(zip(mine, theirs, strict=True)) if n != 2]
    assert win["win_rate"]["estimate"] == pytest.approx(sum(longer) / 7)
    rows = RunDirectory(tmp_path / "out").rows("judge-helpful.jsonl")
    assert len(rows) == 16 == prepared.steps
    assert sum(row["raw"] == "I would rather not." for row in rows) == 2
    assert document["judges"] == [
        {"name": "helpful", "rubric_sha256": RUBRIC.sha256, "model": "judge-1", "base_url": served.url}
    ]
    asked = len(served.bodies)
    again = run_arena(prepare(config), tmp_path / "out", resume=True)
    assert again == document
    assert len(served.bodies) == asked + 2


def test_a_rubric_of_ones_own(tmp_path):
    mine = tmp_path / "mine.md"
    mine.write_text("Prefer the one that rhymes.")
    rubric = Rubric.read(str(mine))
    assert rubric.name == "mine"
    assert rubric.instructions.startswith("Prefer the one that rhymes.")
    assert rubric.sha256 != Rubric("mine", "Prefer prose.").sha256
    mine.write_text(" \n")
    with pytest.raises(ConfigurationError, match="is empty"):
        Rubric.read(str(mine))
    assert Rubric.read("harmless").text
