"""Games of many: the view from one seat against a plain count over everybody."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lawgiver.games.catalogue import GAMES
from lawgiver.games.dilemma import dilemma
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame, commons, public_goods, stag_hunt_n, volunteer_n
from lawgiver.games.stage import state_name
from lawgiver.outcome import ConfigurationError


@st.composite
def symmetric_games(draw: st.DrawFn) -> SymmetricGame:
    players = draw(st.integers(2, 6))
    payoffs_AB = draw(npst.arrays(float, (2, players), elements=st.floats(-10, 10)))
    return SymmetricGame("drawn", "Drawn", players, payoffs_AB)


@given(symmetric_games())
def test_the_view_counts_what_everybody_is_paid(drawn: SymmetricGame) -> None:
    stage = drawn.seen_by("any")
    for a, b in itertools.product((0, 1), range(drawn.players)):
        moves = ["CD"[a], *stage.situations[b]]
        assert moves[1:].count("D") == b
        paid = []
        for i, move in enumerate(moves):
            others = moves[:i] + moves[i + 1 :]
            paid.append(drawn.payoffs_AB["CD".index(move), others.count("D")])
        np.testing.assert_array_equal([stage.own_AB[a, b], *stage.others_ABN[a, b]], paid)


@given(npst.arrays(float, (2, 2), elements=st.floats(-10, 10)))
def test_two_players_are_a_matrix_game(own_AB: np.ndarray) -> None:
    many = SymmetricGame("drawn", "Drawn", 2, own_AB).seen_by()
    two = MatrixGame("drawn", "Drawn", np.stack([own_AB, own_AB.T])).seen_by("row")
    assert many.situations == two.situations == (("C",), ("D",))
    np.testing.assert_array_equal(many.own_AB, two.own_AB)
    np.testing.assert_array_equal(many.others_ABN, two.others_ABN)


def test_states_are_named_by_how_many_others_cooperated() -> None:
    stage = GAMES["commons_4"].seen_by("any")
    assert [state_name(stage, s) for s in range(8)] == ["C3", "C2", "C1", "C0", "D3", "D2", "D1", "D0"]


def test_the_pot_of_the_public_goods_game() -> None:
    assert public_goods().payoffs_AB.tolist() == [[1.6, 1.2, 0.8, 0.4], [2.2, 1.8, 1.4, 1.0]]
    four = public_goods(4, multiplier=1.6, endowment=10)
    for givers in range(5):
        pot = 16 * givers
        if givers:
            assert four.payoffs_AB[0, 4 - givers] == pytest.approx(pot / 4)
        if givers < 4:
            assert four.payoffs_AB[1, 3 - givers] == pytest.approx(10 + pot / 4)


def test_the_commons_pay_each_effort_its_share_of_the_yield() -> None:
    payoffs_AB = commons().payoffs_AB
    np.testing.assert_array_equal(payoffs_AB, [[13, 11, 9, 7], [22, 18, 14, 10]])


@given(st.integers(2, 9), st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0, 1), st.booleans())
def test_the_bounds_of_a_tragedy_are_exact(
    players: int, restrained: float, more: float, crowding: float, share: float, inside: bool
) -> None:
    greedy = restrained + more
    low, high = crowding * (players * greedy + restrained), crowding * players * (greedy + restrained)
    if inside:
        rich = low + (0.01 + 0.98 * share) * (high - low)
        payoffs_AB = commons(players, restrained, greedy, crowding, rich).payoffs_AB
        assert (payoffs_AB[1] > payoffs_AB[0]).all()
        assert payoffs_AB[0, 0] > payoffs_AB[1, -1] > 0
    else:
        with pytest.raises(ConfigurationError, match="a tragedy needs one between"):
            commons(players, restrained, greedy, crowding, high + share)


def test_one_volunteer_is_enough() -> None:
    np.testing.assert_array_equal(volunteer_n(3, benefit=5, cost=2).payoffs_AB, [[3, 3, 3], [5, 5, 0]])


def test_a_stag_needs_its_hunters() -> None:
    np.testing.assert_array_equal(stag_hunt_n(4, threshold=3).payoffs_AB, [[4, 4, 0, 0], [1, 1, 1, 1]])


@pytest.mark.parametrize("players", [2, 3, 7, 20])
def test_factories_give_their_dilemma_at_every_size(players: int) -> None:
    assert dilemma(public_goods(players, 1.5)) == "prisoner's dilemma"
    assert dilemma(commons(players)) == "prisoner's dilemma"
    assert dilemma(volunteer_n(players)) == "chicken"
    assert dilemma(stag_hunt_n(players, players)) == "stag hunt"
    assert public_goods(players, 1.5).name == f"public_goods_{players}"


@pytest.mark.parametrize(
    ("factory", "parameters", "message"),
    [
        (public_goods, {"players": 1}, "public_goods: players 1; give a whole number from 2"),
        (public_goods, {"players": 2.0}, "players 2.0"),
        (public_goods, {"players": True}, "players True"),
        (public_goods, {"multiplier": 4}, "multiplier 4; a dilemma needs one between 1 and 4"),
        (public_goods, {"multiplier": 1}, "multiplier 1"),
        (public_goods, {"multiplier": float("nan")}, "multiplier: nan is not finite"),
        (public_goods, {"endowment": 0}, "endowment 0; give a number above 0"),
        (commons, {"greedy": 1}, "greedy 1; give more effort than the restrained"),
        (commons, {"restrained": "1"}, "restrained: '1' is not a number"),
        (commons, {"richness": 7}, r"richness 7; a tragedy needs one between 18\.0 and 24\.0"),
        (commons, {"richness": 24}, "commons: richness 24"),
        (commons, {"crowding": 0}, "crowding 0"),
        (volunteer_n, {"benefit": 1}, "benefit 1; give more than the cost"),
        (volunteer_n, {"cost": -1}, "cost -1"),
        (stag_hunt_n, {"threshold": 5}, "threshold 5; give a number of hunters from 2 to 4"),
        (stag_hunt_n, {"threshold": 1}, "threshold 1"),
        (stag_hunt_n, {"stag": 1}, "stag 1; it must be worth more"),
        (stag_hunt_n, {"hare": 0}, "hare 0"),
    ],
)
def test_parameters_that_make_no_dilemma(factory: Callable[..., Any], parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        factory(**parameters)


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        ([[1, 2], [3, 4]], r"x: payoffs of shape \(2, 2\) for 3 players"),
        ([[1, 2, 3], [4, 5, "6"]], r"x: payoffs\[1\]\[2\]: '6' is not a number"),
        ([[1, 2, 3], [4, 5]], r"x: payoffs\[1\]: of shape \(2,\)"),
    ],
)
def test_payoffs_that_fit_no_game(payoffs: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        SymmetricGame("x", "X", 3, payoffs)
