"""Two-player games: what ships is what the papers print, and what a user writes is checked."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lawgiver.games.catalogue import GAMES, game, read_game
from lawgiver.games.dilemma import KINDS, dilemma, kind, random_game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame
from lawgiver.games.stage import Stage, state_name, states
from lawgiver.outcome import ConfigurationError

SHIPPED = {  # CC, CD, DC, DD as (row, column); arXiv 2410.01639
    "ipd": ((3, 3), (0, 4), (4, 0), (1, 1)),
    "stag_hunt": ((4, 4), (0, 3), (3, 0), (1, 1)),
    "chicken": ((2, 2), (1, 4), (4, 1), (0, 0)),
    "bos": ((3, 2), (0, 0), (0, 0), (2, 3)),
    "defective_coordination": ((1, 1), (0, 0), (0, 0), (4, 4)),
    "volunteer": ((3, 3), (1, 4), (4, 1), (0, 0)),
    "ipd_larger": ((120, 120), (0, 180), (180, 0), (60, 60)),
    "ipd_no_zero": ((3, 3), (1, 4), (4, 1), (2, 2)),
}
DILEMMAS = {
    "ipd": "prisoner's dilemma",
    "ipd_larger": "prisoner's dilemma",
    "ipd_no_zero": "prisoner's dilemma",
    "stag_hunt": "stag hunt",
    "chicken": "chicken",
    "volunteer": "chicken",
    "bos": "battle of the sexes",
    "defective_coordination": "coordination",
    "deadlock": "deadlock",
    "harmony": "harmony",
    "public_goods_4": "prisoner's dilemma",
    "commons_4": "prisoner's dilemma",
    "volunteer_4": "chicken",
    "stag_hunt_4": "stag hunt",
}


@st.composite
def matrix_games(draw: st.DrawFn) -> MatrixGame:
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    elements = st.floats(-100, 100).map(lambda payoff: round(payoff, 3))
    return MatrixGame("drawn", "Drawn", draw(npst.arrays(float, (2, rows, columns), elements=elements)))


def ipd() -> MatrixGame:
    shipped = game("ipd")
    assert isinstance(shipped, MatrixGame)
    return shipped


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_payoffs(name: str) -> None:
    shipped = GAMES[name]
    assert isinstance(shipped, MatrixGame)
    assert shipped.row_actions == shipped.column_actions == ("C", "D")
    np.testing.assert_array_equal(shipped.payoffs_2AB.reshape(2, 4).T, SHIPPED[name])


def test_every_shipped_game_is_the_dilemma_it_is_named_for() -> None:
    assert {name: dilemma(shipped) for name, shipped in GAMES.items()} == DILEMMAS


def test_only_one_shipped_game_treats_its_players_differently() -> None:
    assert [name for name, shipped in GAMES.items() if not shipped.symmetric] == ["bos"]


def test_an_unknown_game_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"'poker': not known; choose one of ipd, stag_hunt, .*stag_hunt_4"):
        game("poker")


def test_the_views_of_the_two_seats() -> None:
    bos = game("bos")
    row, column = bos.seen_by("row"), bos.seen_by("column")
    assert isinstance(row, Stage)
    np.testing.assert_array_equal(row.own_AB, [[3, 0], [0, 2]])
    np.testing.assert_array_equal(row.others_ABN, [[[2], [0]], [[0], [3]]])
    np.testing.assert_array_equal(column.own_AB, row.others_ABN[:, :, 0].T)
    assert (row.role, column.role) == ("row", "column")
    assert row.situations == (("C",), ("D",))
    assert states(row) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [state_name(row, s) for s in range(4)] == ["CC", "CD", "DC", "DD"]


def test_the_column_of_a_larger_game_has_its_own_actions() -> None:
    wide = MatrixGame("wide", "Wide", np.arange(12).reshape(2, 2, 3), ("up", "down"), ("left", "mid", "right"))
    column = wide.seen_by("column")
    assert column.actions == ("left", "mid", "right")
    assert column.situations == (("up",), ("down",))
    np.testing.assert_array_equal(column.own_AB, [[6, 9], [7, 10], [8, 11]])
    np.testing.assert_array_equal(column.others_ABN[:, :, 0], [[0, 3], [1, 4], [2, 5]])
    assert state_name(column, 5) == "right,down"
    assert MatrixGame("wide", "Wide", np.zeros((2, 2, 3))).column_actions == ("A0", "A1", "A2")
    assert dilemma(wide) == "none"


def test_roles_and_states_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="role 'any'; choose row or column"):
        ipd().seen_by("any")
    with pytest.raises(ConfigurationError, match="no state 4; they run from 0 to 3"):
        state_name(ipd().seen_by("row"), 4)
    with pytest.raises(ConfigurationError, match="role 'umpire'"):
        game("commons_4").seen_by("umpire")


def test_payoffs_cannot_be_changed_from_outside() -> None:
    source = np.ones((2, 2, 2))
    made = MatrixGame("ones", "Ones", source)
    source[:] = 7
    assert made.payoffs_2AB.max() == 1
    for array in (made.payoffs_2AB, made.seen_by("row").own_AB, made.seen_by("column").others_ABN):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@given(matrix_games())
def test_swapping_seats_twice_changes_nothing(drawn: MatrixGame) -> None:
    again = drawn.transposed().transposed()
    np.testing.assert_array_equal(again.payoffs_2AB, drawn.payoffs_2AB)
    assert (again.row_actions, again.column_actions) == (drawn.row_actions, drawn.column_actions)
    column, mirrored = drawn.seen_by("column"), drawn.transposed().seen_by("row")
    np.testing.assert_array_equal(column.own_AB, mirrored.own_AB)
    np.testing.assert_array_equal(column.others_ABN, mirrored.others_ABN)


@given(matrix_games(), st.randoms(use_true_random=False))
def test_permuting_moves_payoffs_and_ids_together(drawn: MatrixGame, random: Any) -> None:
    rows = random.sample(range(len(drawn.row_actions)), len(drawn.row_actions))
    columns = random.sample(range(len(drawn.column_actions)), len(drawn.column_actions))
    permuted = drawn.permuted(rows, columns)
    for i, row in enumerate(permuted.row_actions):
        for j, column in enumerate(permuted.column_actions):
            old = drawn.payoffs_2AB[:, drawn.row_actions.index(row), drawn.column_actions.index(column)]
            np.testing.assert_array_equal(permuted.payoffs_2AB[:, i, j], old)
    back = permuted.permuted(np.argsort(rows).tolist(), np.argsort(columns).tolist())
    np.testing.assert_array_equal(back.payoffs_2AB, drawn.payoffs_2AB)


@given(st.sampled_from(KINDS), st.integers(0, 1000), st.floats(0.1, 100), st.floats(-100, 100))
def test_other_units_are_the_same_dilemma(wanted: str, seed: int, scale: float, shift: float) -> None:
    sampled = random_game(np.random.default_rng(seed), wanted)
    assert sampled.symmetric
    assert dilemma(sampled) == wanted
    assert sampled.payoffs_2AB.min() >= 0
    assert sampled.payoffs_2AB.max() <= 9
    changed = sampled.affine(scale, shift)
    np.testing.assert_allclose(changed.payoffs_2AB, scale * sampled.payoffs_2AB + shift)
    assert dilemma(changed) == wanted


@given(*[st.integers(0, 3)] * 4)
def test_a_kind_says_what_selfish_players_do(r: int, s: int, t: int, p: int) -> None:
    pure = {(a, b) for a, b in ((0, 0), (0, 1), (1, 1)) if _is_equilibrium(np.array([[r, s], [t, p]]), a, b)}
    expected = {
        "prisoner's dilemma": {(1, 1)},
        "deadlock": {(1, 1)},
        "harmony": {(0, 0)},
        "stag hunt": {(0, 0), (1, 1)},
        "coordination": {(0, 0), (1, 1)},
        "chicken": {(0, 1)},
        "anti-coordination": {(0, 1)},
    }
    assert pure == expected.get(kind(r, s, t, p), pure)


@pytest.mark.parametrize(
    ("payoffs", "expected"),
    [
        ((4, 0, 2, 2), "stag hunt"),
        ((4, 0, 1, 2), "coordination"),
        ((3, 2, 4, 1), "chicken"),
        ((2, 3, 4, 1), "anti-coordination"),
        ((3, 0, 4, 3), "none"),
        ((3, 0, 3, 1), "none"),
        ((1, 3, 0, 2), "none"),
    ],
)
def test_kinds_at_their_borders(payoffs: tuple[int, int, int, int], expected: str) -> None:
    assert kind(*payoffs) == expected


def _is_equilibrium(own_AB: np.ndarray, a: int, b: int) -> bool:
    return bool(own_AB[a, b] == own_AB[:, b].max() and own_AB[b, a] == own_AB[:, a].max())


def test_a_sampled_game_needs_a_known_kind_and_room() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ConfigurationError, match=r"kind 'poker'; choose one of prisoner's dilemma"):
        random_game(rng, "poker")
    with pytest.raises(ConfigurationError, match="range of four numbers"):
        random_game(rng, "chicken", 0, 2)


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        (np.zeros((2, 2)), r"x: payoffs of shape \(2, 2\)"),
        (np.zeros((3, 2, 2)), r"x: payoffs of shape \(3, 2, 2\)"),
        (np.zeros((2, 1, 2)), r"x: payoffs of shape \(2, 1, 2\)"),
        ([], r"x: payoffs of shape \(0,\)"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], r"x: payoffs\[0\]\[1\]: of shape \(1,\)"),
        ([[[1, 2], [3, math.nan]], [[1, 2], [3, 4]]], r"x: payoffs\[0\]\[1\]\[1\]: nan is not finite"),
        ([[[1, 2], [3, math.inf]], [[1, 2], [3, 4]]], "inf is not finite"),
        ([[[1, 2], [3, 10**400]], [[1, 2], [3, 4]]], "is not finite"),
        ([[[1, 2], [3, True]], [[1, 2], [3, 4]]], r"x: payoffs\[0\]\[1\]\[1\]: True is not a number"),
        (np.ones((2, 2, 2), dtype=bool), "True is not a number"),
        (np.ones((2, 2, 2), dtype=complex), "is not a number"),
        ([[[1, 2], ["3", 4]], [[1, 2], [3, 4]]], r"x: payoffs\[0\]\[1\]\[0\]: '3' is not a number"),
        ([[[1, 2], [None, 4]], [[1, 2], [3, 4]]], "None is not a number"),
    ],
)
def test_payoffs_that_are_none(payoffs: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MatrixGame("x", "X", payoffs)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("C", "C"), r"x: row_actions\[1\]: 'C' comes twice"),
        (("C", ""), r"x: row_actions\[1\]: '' is not an id"),
        (("C", True), r"x: row_actions\[1\]: True is not an id"),
        (("C", "D", "E"), "list of 2 action ids"),
        ("CD", "list of 2 action ids"),
    ],
)
def test_action_ids_that_are_none(rows: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MatrixGame("x", "X", np.zeros((2, 2, 2)), row_actions=rows)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"CC": (1, 1), "CD": (1, 1), "DC": (1, 1)}, r"x: entries: nothing for \('D', 'D'\)"),
        ({"CC": (1, 1), "CDE": (1, 1)}, "'CDE' is no joint move"),
        ({"CC": (1,)}, r"x: entries\['CC'\]: \(1,\); give the row's and the column's payoff"),
        ({"CC": (1, "2")}, r"x: entries\['CC'\]: '2' is not a number"),
        ({"CC": (1, 1)}, "two or more rows and columns"),
        ({}, r"payoffs of shape \(2, 0\)"),
    ],
)
def test_entries_that_make_no_game(entries: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MatrixGame.from_entries("x", "X", entries)


def test_entries_with_long_ids() -> None:
    moves = {f"{row},{column}": (i, j) for i, row in enumerate(("up", "down")) for j, column in enumerate("abc")}
    made = MatrixGame.from_entries("x", "X", moves)
    assert (made.row_actions, made.column_actions) == (("up", "down"), ("a", "b", "c"))
    np.testing.assert_array_equal(made.payoffs_2AB[1], [[0, 1, 2], [0, 1, 2]])


@pytest.mark.parametrize(("scale", "shift"), [(0, 1), (-1, 0), (math.nan, 0), (1, math.inf), (True, 0)])
def test_units_that_change_the_game_are_refused(scale: float, shift: float) -> None:
    with pytest.raises(ConfigurationError, match=r"ipd: (scale|shift)"):
        ipd().affine(scale, shift)


def test_what_is_no_permutation_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"columns \[0, 0\]; give each of 0 to 1 once"):
        ipd().permuted([1, 0], [0, 0])


WRITTEN = {
    "name": "mine",
    "title": "My game",
    "payoffs": [[[3, 3], [0, 4.5]], [[4, 0], [1, 1]]],
    "actions": ["share", "keep"],
}


def test_a_game_read_from_a_mapping_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\npayoffs: [[[3, 3], [0, 4.5]], [[4, 0], [1, 1]]]\nactions: {row: [u, d], column: [l, r]}\n"
    )
    mapped, filed = read_game(WRITTEN), read_game(path)
    assert isinstance(mapped, MatrixGame)
    assert isinstance(filed, MatrixGame)
    np.testing.assert_array_equal(mapped.payoffs_2AB[1], [[3, 4.5], [0, 1]])
    np.testing.assert_array_equal(mapped.payoffs_2AB, filed.payoffs_2AB)
    assert mapped.row_actions == mapped.column_actions == ("share", "keep")
    assert (filed.row_actions, filed.column_actions, filed.title) == (("u", "d"), ("l", "r"), "mine")


def test_a_game_of_many_read_from_a_mapping() -> None:
    made = read_game({"name": "trio", "players": 3, "payoffs": [[3, 2, 1], [4, 3, 2]]})
    assert isinstance(made, SymmetricGame)
    assert made.players == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"payoffs": None}, r"payoffs of shape \(\)|None is not a number"),
        ({"payoffs": [[3, 0], [4, 1]]}, r"mine: payoffs of shape \(2, 2\); give a list of rows"),
        ({"payoffs": [[[3, 3], [0, True]], [[4, 0], [1, 1]]]}, r"mine: payoffs\[0\]\[1\]\[1\]: True is not a number"),
        ({"payoffs": [[[3, 3], [0, ".inf"]], [[4, 0], [1, 1]]]}, "'.inf' is not a number"),
        ({"actions": ["C", "C"]}, r"mine: actions.row\[1\]: 'C' comes twice"),
        ({"actions": {"row": ["C", "D"]}}, r"mine: actions: keys \['row'\]"),
        ({"actions": ["C", False]}, r"mine: actions.row\[1\]: False is not an id"),
        ({"actions": []}, "list of 2 action ids"),
        ({"colour": "red"}, "colour: unknown key of a game"),
        ({"players": 3}, "actions: unknown key of a game"),
        ({"title": 3}, "mine: title: 3 is no text"),
        ({"name": ""}, "name: '' is no text"),
    ],
)
def test_a_mapping_that_is_no_game(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_game(WRITTEN | change)


def test_a_game_without_payoffs_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="payoffs: missing"):
        read_game({"name": "mine"})


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: mine\npayoffs: [[[3, 3], [0, yes]], [[4, 0], [1, 1]]]\n")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml: mine: payoffs\[0\]\[1\]\[1\]: True is not a number"):
        read_game(path)
    path.write_text("name: [")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml:1:8: not YAML"):
        read_game(str(path))
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        read_game(tmp_path / "none.yaml")
