"""A tournament from its configuration to its run directory, and the command that starts it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lawgiver.cli.games.tournament import ranking_table, remarks
from lawgiver.cli.games.tournament import tournament as command
from lawgiver.games.tournament import SCRIPTED, TournamentConfig, play, prepare, round_robin, tournament_run
from lawgiver.games.tournament.summary import ends
from lawgiver.outcome import ConfigurationError

QUICK = {"runs": 40, "births": 2000, "population": 12, "rounds": 30}


def setting(**changes):
    return TournamentConfig(**QUICK | changes)


def checkpoint_in(folder, p_4):
    folder.mkdir(exist_ok=True)
    rows = [[p, 1 - p] for p in p_4]
    document = {"states": ["CC", "CD", "DC", "DD"], "actions": ["C", "D"], "p": rows}
    (folder / "policy.json").write_text(json.dumps(document))
    return f"checkpoint:{folder}"


def test_the_default_field(tmp_path):
    summary = tournament_run(prepare(setting()), tmp_path / "run")
    assert summary["kind"] == "games-tournament"
    assert summary["players"] == list(SCRIPTED)
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == summary
    ranked = {row["player"]: row for row in summary["ranking"]}
    assert set(ranked) == set(SCRIPTED)
    assert ranked["allc"]["cooperation"] == 1
    assert not any(row["sampled"] for row in summary["ranking"])
    assert all(row["low"] == row["score"] == row["high"] for row in summary["ranking"])
    scores = [row["score"] for row in summary["ranking"]]
    assert scores == sorted(scores, reverse=True)
    count = len(SCRIPTED)
    for key in ("scores", "scores_low", "scores_high", "cooperation", "sampled"):
        assert np.shape(summary[key]) == (count, count)
    assert sum(row["share"] for row in summary["moran"]["takeover"]) + summary["moran"]["unfinished"] / 40 == 1
    assert np.shape(summary["moran"]["fixation"]) == (count, count)
    assert np.diag(summary["moran"]["fixation"]) == pytest.approx(1 / 12)
    assert np.sum(summary["replicator"]["shares"], axis=1) == pytest.approx(1)
    assert summary["baselines"]["payoffs"] == {"both C": 3, "both D": 1}


def test_what_the_numbers_mean():
    summary = play(prepare(setting(players=("tft", "alld"), rounds=10)))
    assert summary["scores"] == [[3, 0.9], [1.3, 1]]
    assert summary["cooperation"] == [[1, 0.1], [0, 0]]
    assert [(row["player"], row["score"]) for row in summary["ranking"]] == [("alld", 1.3), ("tft", 0.9)]
    against = summary["baselines"]["against_the_field"]
    assert against["tft"]["score"] == 0.9  # its own copy left out
    assert against["allc"]["score"] == pytest.approx((3 + 0) / 2)


def test_mixtures_lie_between_their_members():
    summary = play(prepare(setting(players=("mix(tft:0.5,alld:0.5)", "tft", "alld"))))
    scores = np.array(summary["scores"])
    assert scores[0] == pytest.approx((scores[1] + scores[2]) / 2)
    assert scores[:, 0] == pytest.approx((scores[:, 1] + scores[:, 2]) / 2)
    assert summary["mixtures"] == {"mix(tft:0.5,alld:0.5)": {"tft": 0.5, "alld": 0.5}}


def test_learners_are_sampled_with_intervals():
    summary = play(prepare(setting(players=("q_learner", "tft", "alld"), repetitions=6)))
    low, high = np.array(summary["scores_low"]), np.array(summary["scores_high"])
    assert np.array(summary["sampled"]).tolist() == [[True, True, True], [True, False, False], [True, False, False]]
    assert (low <= np.array(summary["scores"])).all()
    assert (low[0] < high[0]).all()
    row = next(row for row in summary["ranking"] if row["player"] == "q_learner")
    assert row["sampled"]
    assert row["low"] < row["score"] < row["high"]


def test_one_repetition_has_no_interval():
    summary = play(prepare(setting(players=("q_learner", "tft"), repetitions=1)))
    assert summary["ranking"][0]["low"] is None
    assert ends(np.array([1.0]), True, 0) == (None, None)
    assert ranking_table(summary).row_count == 2


def test_trained_players_take_part(tmp_path):
    tit_for_tat = checkpoint_in(tmp_path / "a", [1, 0, 1, 0])
    config = setting(players=(tit_for_tat, "alld"), rounds=2)
    tournament_run(prepare(config), tmp_path / "run")
    kept = json.loads((tmp_path / "run" / "config.json").read_text())
    assert list(kept["checkpoints"]) == [str(tmp_path / "a")]
    checkpoint_in(tmp_path / "a", [1, 0, 0, 0])
    with pytest.raises(ConfigurationError, match="other settings: checkpoints"):
        tournament_run(prepare(config), tmp_path / "run", resume=True)


def test_resuming(tmp_path):
    folder, parts = tmp_path / "run", []
    config = setting(players=("q_learner", "tft"))
    first = tournament_run(prepare(config), folder, parts.append)
    assert parts == ["matches", "intervals", "moran", "replicator"]
    assert tournament_run(prepare(config), folder, parts.append, resume=True) == first
    assert len(parts) == 4
    (folder / "summary.json").unlink()
    assert tournament_run(prepare(config), folder, resume=True) == json.loads(json.dumps(first))
    with pytest.raises(ConfigurationError, match="holds a run already"):
        tournament_run(prepare(config), folder)
    with pytest.raises(ConfigurationError, match="other settings: seed"):
        tournament_run(prepare(setting(players=("q_learner", "tft"), seed=1)), folder, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"game": "no_game"}, "no_game"),
        ({"game": "public_goods_4"}, "two players with two actions"),
        ({"players": ("tft", "nobody")}, "nobody"),
        ({"players": ("tft", "noise(tft,2)")}, "between 0 and 1"),
        ({"players": ("tft", "checkpoint:nowhere")}, "nowhere"),
        ({"players": ("tft", "mix(alld:0.5)")}, "add up to 0.5"),
        ({"players": ("zd_extort", "tft"), "game": "harmony"}, "zd_extort"),
        ({"mutation": float("inf")}, "finite"),
        ({"population": 3}, "9 players need at least 9"),
    ],
)
def test_mistakes_are_found_before_play(changes, message, tmp_path):
    with pytest.raises(ConfigurationError, match=message):
        prepare(setting(**changes))


def test_a_game_of_ones_own(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\npayoffs: [[[3, 3], [-2, 5]], [[5, -2], [0, 0]]]\n")
    with pytest.raises(ConfigurationError, match=r"give at most 0\.333"):
        prepare(setting(game=str(file)))
    prepared = prepare(setting(game=str(file), selection=0.2))
    assert prepared.game.name == "mine"
    assert prepared.resolved()["payoffs"] == [[[3, 3], [-2, 5]], [[5, -2], [0, 0]]]


@pytest.mark.parametrize("name", ["stag_hunt", "chicken", "bos", "defective_coordination", "deadlock", "harmony"])
def test_every_shipped_game_has_a_field(name):
    summary = play(prepare(setting(game=name, noise=0.01)))
    assert len(summary["players"]) >= 6
    assert np.isfinite(summary["scores"]).all()


def test_noise_is_applied_once():
    prepared = prepare(setting(players=("tft", "wsls"), noise=0.05))
    direct = round_robin(prepared.game, prepared.members[:2], rounds=30, noise=0.05, repetitions=1)
    assert play(prepared)["scores"] == pytest.approx(direct.scores_RKK[0])


@pytest.fixture
def call():
    app = typer.Typer()
    app.command()(command)
    return lambda *words: CliRunner().invoke(app, list(words))


def test_the_command(call, tmp_path):
    result = call("tft", "alld", "mix(tft,alld)", "--rounds", "20", "--run", str(tmp_path / "run"))
    assert result.exit_code == 0, result.output
    for word in ("tft", "alld", "takes over", "for comparison", "computed, not sampled"):
        assert word in result.output
    again = call(
        *("tft", "alld", "mix(tft,alld)", "--rounds", "20", "--run", str(tmp_path / "run")),
        *("--resume", "--format", "json"),
    )
    summary = json.loads(again.stdout)
    assert summary == json.loads((tmp_path / "run" / "summary.json").read_text())
    assert remarks(summary)[-1].startswith("scores are computed")
    sampled = {**summary, "ranking": [{**summary["ranking"][0], "sampled": True}]}
    assert "over 5 repetitions" in remarks(sampled)[-1]


def test_the_command_can_only_look(call, tmp_path):
    result = call("--dry-run", "--run", str(tmp_path / "run"))
    assert result.exit_code == 0
    assert "9 players of ipd" in result.output
    assert not (tmp_path / "run").exists()
    assert isinstance(call("tft").exception, ConfigurationError)
