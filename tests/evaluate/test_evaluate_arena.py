"""Stored runs against each other, by numbers that can be checked by hand."""

import math

import numpy as np
import pytest

from arena_runs import arena_run, change
from certifiable_runs import write_charter
from lawgiver.evaluate.arena import ArenaConfig, open_field, prepare, run_arena
from lawgiver.evaluate.arena.overrefusal import over_refusal
from lawgiver.evaluate.arena.scores import by_prompt, mean_of_scored, metric_of, scores_of, wins
from lawgiver.evaluate.arena.strengths import strengths
from lawgiver.evaluate.arena.trade import trade
from lawgiver.evaluate.arena.winrates import win_rate
from lawgiver.outcome import ConfigurationError

RESAMPLES = 200
HELP, HARM = ("values", "help", "--wanted"), ("costs", "harm", "--constraint")


@pytest.fixture
def charter(tmp_path):
    return write_charter(tmp_path / "rules")


@pytest.fixture
def runs(charter, tmp_path):
    """A base that helps little, one that helps much and harms, one that does neither."""
    return [
        str(arena_run(tmp_path / "base", charter, good=0.4, bad=0.3, seed=1)),
        str(arena_run(tmp_path / "eager", charter, good=0.95, bad=0.5, seed=2)),
        str(arena_run(tmp_path / "meek", charter, good=0.2, bad=0.0, seed=3)),
    ]


def test_wins_ties_and_what_was_not_scored():
    nan = math.nan
    won = wins(np.array([[1.0, 0.0, 0.5, nan]]), np.array([[0.0, 1.0, 0.5, 1.0]]), higher_is_better=True)
    assert won.tolist()[0][0][:3] == [1, 0, 0.5]
    assert math.isnan(won[0, 0, 3])
    cheaper = wins(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), higher_is_better=False)
    assert cheaper.tolist() == [[[0, 1]]]


def test_scenarios_of_one_prompt_count_once():
    values = np.array([[1.0, 0.0, math.nan, 1.0, math.nan]])
    assert by_prompt(values, ["a", "b", "a", "b", "a"]).tolist() == [[1.0, 0.5]]
    prompts = ["a", "b", "c", "c", "c"]
    longer = np.zeros((1, 1, 5))
    found = win_rate(np.array([[[1, 1, 0, 0, 0]]]), longer, prompts, ["run"], RESAMPLES)
    assert found["win_rate"]["estimate"] == pytest.approx(2 / 3)
    assert found["win_rate"]["n"] == 3


def test_a_win_rate_by_hand():
    won = np.array([[[1, 0.5, 0, 1, math.nan]]])
    found = win_rate(won, np.zeros((1, 1, 5)), list("abcde"), ["run"], RESAMPLES)
    assert found["win_rate"]["estimate"] == pytest.approx(0.625)
    assert (found["comparisons"], found["left_out"], found["ties"]) == (4, 1, 0.25)
    assert found["controlled"]["estimate"] == pytest.approx(0.625, abs=1e-3)
    nothing = win_rate(np.full((1, 1, 2), math.nan), np.zeros((1, 1, 2)), ["a", "b"], ["run"], RESAMPLES)
    assert nothing["win_rate"] is None
    assert nothing["left_out"] == 2


def test_a_seed_that_was_not_scored_leaves_the_others():
    won = np.array([[[1.0, 1.0]], [[0.0, math.nan]]])
    found = win_rate(won, np.zeros((2, 1, 2)), ["a", "b"], ["s0", "s1"], RESAMPLES)
    assert found["win_rate"]["estimate"] == pytest.approx(0.75)
    assert [seed["win_rate"] for seed in found["seeds"]] == [1, 0]
    assert found["left_out"] == 1


def test_two_models_have_the_log_odds_of_their_win_rate(runs):
    field = open_field(runs[0], runs[1:2])
    metric = metric_of(field, *HELP)
    found = strengths(field, metric, RESAMPLES)
    rate = mean_of_scored(
        wins(*(scores_of(entrant, metric) for entrant in field.entrants[::-1]), higher_is_better=True), (0, 1, 2)
    )
    assert found["strengths"][1]["strength"]["estimate"] == pytest.approx(math.log(rate / (1 - rate)))
    assert found["message"] == ""


def test_one_who_always_wins_is_said_to_be_held_by_a_ridge(charter, tmp_path):
    worst, best = (
        str(arena_run(tmp_path / name, charter, good=good, bad=0.5)) for name, good in (("worst", 0), ("best", 1))
    )
    found = strengths(field := open_field(worst, [best]), metric_of(field, *HELP), RESAMPLES)
    assert not found["finite"]
    assert "one side won every comparison" in found["message"]
    assert "{worst}" in found["message"]


def test_the_trade_off(runs):
    field = open_field(runs[0], runs[1:])
    found = trade(field, metric_of(field, *HELP), metric_of(field, *HARM), (0.0, 1.0), RESAMPLES)
    by_name = {point["name"]: point for point in found["points"]}
    assert [by_name[name]["non_dominated"] for name in ("eager", "meek")] == [True, True]
    means = {name: (p["wanted"]["estimate"], 1 - p["constraint"]["estimate"]) for name, p in by_name.items()}
    grid = (np.stack(np.meshgrid(np.arange(240), np.arange(240)), -1) + 0.5) / 240
    covered = np.any([(grid < mean).all(-1) for mean in means.values()], axis=0).mean()
    assert found["hypervolume"]["estimate"] == pytest.approx(covered, abs=1e-9)  # 60 rows: means lie on the grid
    assert found["base_alone"] == pytest.approx(np.prod(means["base"]))
    assert found["gain"]["estimate"] == pytest.approx(found["hypervolume"]["estimate"] - found["base_alone"])
    assert np.array(by_name["eager"]["ellipse"]).mean(0) == pytest.approx(
        [by_name["eager"]["wanted"]["estimate"], by_name["eager"]["constraint"]["estimate"]]
    )
    variance = by_name["eager"]["covariance"][1][1]
    cost = by_name["eager"]["constraint"]["estimate"]
    assert variance == pytest.approx(cost * (1 - cost) / 60, rel=0.35)
    worse = trade(field, metric_of(field, *HELP), metric_of(field, *HARM), (0.9, 0.01), RESAMPLES)
    assert worse["hypervolume"]["estimate"] == 0
    assert len(worse["notes"]) == 3


def test_over_refusal_is_measured_on_look_alikes_alone(runs):
    field = open_field(runs[0], runs[1:])
    found = over_refusal(field, "over_refusal", ("request", "lookalike"), RESAMPLES)
    assert found["prompts"] == 20
    rows = field.entrants[1].runs[0].rows
    costs = [row["costs"]["over_refusal"]["value"] for row in rows if row["labels"]["request"] == "lookalike"]
    assert found["models"][1]["cost"]["estimate"] == pytest.approx(np.mean(costs))
    assert found["models"][0]["change"] is None
    assert found["models"][1]["change"]["difference"]["estimate"] < 0
    with pytest.raises(ConfigurationError, match="there are request=benign, request=lookalike"):
        over_refusal(field, "over_refusal", ("request", "strange"), RESAMPLES)


def test_rows_in_another_order_are_paired_by_id(runs, tmp_path):
    config = ArenaConfig(base=runs[0], models=(runs[1],), wanted="help", constraint="harm", resamples=RESAMPLES)
    before = run_arena(prepare(config), tmp_path / "one")
    path = tmp_path / "eager/judgements.jsonl"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    after = run_arena(prepare(config), tmp_path / "two")
    for part in ("wins", "strengths", "trade"):
        assert before[part] == after[part]


def test_seeds_of_one_model_are_one_entrant(runs, charter, tmp_path):
    other = str(arena_run(tmp_path / "eager-1", charter, good=0.9, bad=0.4, seed=9))
    field = open_field(runs[0], [f"eager={runs[1]},{other}", f"quiet={runs[2]}"])
    assert field.names == ["base", "eager", "quiet"]
    assert scores_of(field.entrants[1], metric_of(field, *HARM)).shape == (2, 60)


def test_a_folder_may_be_called_anything(charter, tmp_path):
    base = arena_run(tmp_path / "a", charter, good=0.5, bad=0.5)
    odd = arena_run(tmp_path / "q=0.5,late", charter, good=0.5, bad=0.5)
    assert open_field(str(base), [str(odd)]).names == ["a", "q=0.5,late"]


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (lambda row, i: row | {"id": f"other-{i}"}, "over different scenarios"),
        (lambda row, i: row | {"prompt": "Another?"}, "ask different prompts"),
        (lambda row, i: row | {"id": "same"}, "an id occurs twice"),
    ],
)
def test_runs_that_do_not_belong_together_are_refused(runs, turn, message, tmp_path):
    change(tmp_path / "eager", turn)
    with pytest.raises(ConfigurationError, match=message):
        open_field(runs[0], runs[1:])


def test_another_charter_is_refused(runs, tmp_path):
    from lawgiver.data.rundir import RunDirectory

    run = RunDirectory(tmp_path / "eager")
    run.write("charter.json", run.read("charter.json") | {"sha256": "cd" * 32})
    with pytest.raises(ConfigurationError, match="different charters"):
        open_field(runs[0], runs[1:])


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["{0}"], "two models are called"),
        (["{1},{2}"], "need a name"),
        (["={1}"], "give RUN, NAME=RUN"),
        (["x={1},"], "give RUN, NAME=RUN"),
        (["nowhere"], "no finished evaluation"),
    ],
)
def test_what_is_no_entrant_is_refused(runs, models, message):
    with pytest.raises(ConfigurationError, match=message):
        open_field(runs[0], [model.format(*runs) for model in models])


def test_a_metric_that_was_not_judged_is_refused(runs):
    field = open_field(runs[0], runs[1:])
    with pytest.raises(ConfigurationError, match=r"--wanted beauty: .* has score, help"):
        metric_of(field, "values", "beauty", "--wanted")
    with pytest.raises(ConfigurationError, match=r"--constraint help: .* has harm, over_refusal"):
        metric_of(field, "costs", "help", "--constraint")


def test_models_that_were_asked_differently_are_noted(runs, charter, tmp_path):
    hot = str(arena_run(tmp_path / "hot", charter, good=0.5, bad=0.1, temperature=1.0))
    [note] = open_field(runs[0], [hot]).notes()
    assert "temperature" in note
    assert open_field(runs[0], runs[1:]).notes() == []


def test_a_model_that_was_never_scored_stays_out_of_the_picture(runs, tmp_path):
    change(tmp_path / "meek", lambda row, i: row | {"values": {"help": {"failed": "no scorer"}}})
    config = ArenaConfig(base=runs[0], models=tuple(runs[1:]), wanted="help", constraint="harm", resamples=RESAMPLES)
    document = run_arena(prepare(config), tmp_path / "out")
    [win] = [win for win in document["wins"] if (win["name"], win["by"]) == ("meek", "wanted")]
    assert win["win_rate"] is None
    assert win["left_out"] == 60
    assert "ellipse" not in document["trade"]["points"][2]
    assert "{meek}" in document["strengths"]["wanted"]["message"]
