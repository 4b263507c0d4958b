"""Strategies of the Axelrod library, and ours against its own where both have one. Importing it takes seconds."""

import sys
import warnings

import numpy as np
import pytest

from lawgiver.games.catalogue import game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents import memory_one_of, opponent
from lawgiver.outcome import ConfigurationError

IPD = game("ipd").seen_by("row")
CLASSIC = MatrixGame.from_entries("classic", "5310", {"CC": (3, 3), "CD": (0, 5), "DC": (5, 0), "DD": (1, 1)})


def test_a_missing_library_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "axelrod", None)
    with pytest.raises(ConfigurationError, match=r"axelrod:Grudger: .* pip install axelrod==4\.14\.0"):
        opponent("axelrod:Grudger")


@pytest.fixture(scope="module")
def axelrod():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("axelrod")


def moves_of(text, learner_R, stage=IPD, episodes=1, seed=0):
    """The opponent's moves `(R, E)` against these moves of the learner."""
    seat = opponent(text).spawn(stage, episodes, np.random.default_rng(seed))
    moves = []
    for other in learner_R:
        moves.append(seat.act())
        seat.observe(moves[-1], np.full(episodes, other))
    return np.array(moves)


def match_of(axelrod, player, learner_R, payoffs=(3, 0, 4, 1)):
    """The same match, played by the library."""
    c, d = axelrod.Action.C, axelrod.Action.D
    partner = axelrod.MockPlayer([d if other else c for other in learner_R])
    match = axelrod.Match(
        (player, partner), turns=len(learner_R), game=axelrod.Game(*payoffs), match_attributes={"length": float("inf")}
    )
    return [int(own == d) for own, _ in match.play()]


@pytest.mark.parametrize(
    "strategy",
    ["Grudger", "TitFor2Tats", "Appeaser", "EvolvedLookerUp2_2_2", "Gradual", "TitForTat", "Alternator", "Bully"],
)
def test_a_seat_plays_the_librarys_match(axelrod, strategy):
    for seed in range(3):
        learner_R = np.random.default_rng(seed).integers(2, size=40)
        expected = match_of(axelrod, getattr(axelrod, strategy)(), learner_R)
        assert moves_of(f"axelrod:{strategy}", learner_R)[:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("tft", "TitForTat"), ("tf2t", "TitFor2Tats"), ("wsls", "WinStayLoseShift"), ("grim", "Grudger")],
)
def test_our_strategies_are_the_librarys(axelrod, ours, theirs):
    for seed in range(5):
        learner_R = np.random.default_rng(seed).integers(2, size=40)
        expected = match_of(axelrod, getattr(axelrod, theirs)(), learner_R)
        assert moves_of(ours, learner_R)[:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("ours", "theirs"), [("gtft", "GTFT"), ("zd_extort(2)", "ZDExtort2"), ("zd_extort(3)", "ZDExtort3")]
)
def test_our_vectors_are_the_librarys(axelrod, ours, theirs):
    stage = CLASSIC.seen_by("row")
    for own, other in zip(memory_one_of(ours, stage), memory_one_of(f"axelrod:{theirs}", stage), strict=True):
        np.testing.assert_allclose(own, other)


def test_four_vectors_are_read_out(axelrod):
    vectors = {
        "WinStayLoseShift": (1, [1, 0, 0, 1]),
        "SuspiciousTitForTat": (0, [1, 0, 1, 0]),
        "FirstByJoss": (1, [0.9, 0, 0.9, 0]),
        "Random": (0.5, [0.5] * 4),
        "Defector": (0, [0] * 4),
        "WinShiftLoseStay": (0, [0, 1, 1, 0]),
    }
    for strategy, (first, p_4) in vectors.items():
        found = memory_one_of(f"axelrod:{strategy}")
        assert found[0] == first
        np.testing.assert_allclose(found[1], p_4, err_msg=strategy)
    assert opponent("axelrod:Defector").memory == 0
    np.testing.assert_array_equal(opponent("axelrod:TitForTat").table(IPD, 1), opponent("tft").table(IPD, 1))


def test_every_vector_read_out_is_the_one_the_library_keeps(axelrod):
    checked = 0
    for found in axelrod.all_strategies:
        if axelrod.Classifiers["memory_depth"](found()) > 1 or found is axelrod.Darwin:
            continue
        made = opponent(f"axelrod:{found.__name__}")
        kept = getattr(found(), "_four_vector", None)
        if made.memory is not None and kept is not None:
            np.testing.assert_allclose(memory_one_of(made, CLASSIC.seen_by("row"))[1], list(kept.values()), atol=1e-12)
            checked += 1
    assert checked >= 10


def test_payoffs_of_the_game_reach_the_strategy(axelrod):
    stage = CLASSIC.seen_by("row")
    np.testing.assert_allclose(memory_one_of("axelrod:ZDExtort2", stage)[1], [8 / 9, 1 / 2, 1 / 3, 0])
    in_ipd_4 = np.array([1, 1, 0, 0]) + (np.array([3, 0, 4, 1]) - 1 - 2 * (np.array([3, 4, 0, 1]) - 1)) / 18
    np.testing.assert_allclose(memory_one_of("axelrod:ZDExtort2", IPD)[1], in_ipd_4, atol=1e-12)
    with pytest.raises(ConfigurationError, match="name the game"):
        memory_one_of("axelrod:ZDExtort2")
    with pytest.raises(ConfigurationError, match="symmetric games only, and bos is not"):
        memory_one_of("axelrod:ZDExtort2", game("bos").seen_by("row"))
    assert moves_of("axelrod:Grudger", [0, 1, 0], game("bos").seen_by("row"))[:, 0].tolist() == [0, 0, 1]


def test_a_stochastic_player_is_seeded(axelrod):
    learner_R = np.random.default_rng(0).integers(2, size=30)
    one = moves_of("axelrod:RandomTitForTat", learner_R, episodes=20, seed=4)
    np.testing.assert_array_equal(one, moves_of("axelrod:RandomTitForTat", learner_R, episodes=20, seed=4))
    assert (one != one[:, :1]).any()  # the games do not share their chance


def test_noise_goes_over_the_library_too(axelrod):
    moves_RE = moves_of("noise(axelrod:Grudger,0.25)", np.zeros(20, dtype=int), episodes=500)
    assert 0.2 < moves_RE.mean() < 0.3


def test_what_the_library_cannot_do_is_explained(axelrod):
    for text, message in {
        "axelrod:TitForTats": "not a strategy of axelrod 4",
        "axelrod:Match": "not a strategy of axelrod 4",
        "axelrod:Darwin": "opponent's code",
    }.items():
        with pytest.raises(ConfigurationError, match=message):
            opponent(text)
    with pytest.raises(ConfigurationError, match="depends on the whole past"):
        opponent("axelrod:Grudger").table(IPD, 1)
    with pytest.raises(ConfigurationError, match="public_goods_4 has 4 players"):
        opponent("axelrod:Grudger").spawn(game("public_goods_4").seen_by("any"), 2, np.random.default_rng(0))
