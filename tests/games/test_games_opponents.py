"""Opponents: each table against the seat that plays it, and what is known of each strategy."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from lawgiver.games.catalogue import GAMES, game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame, public_goods
from lawgiver.games.opponents import OPPONENTS, memory_one_of, opponent
from lawgiver.games.opponents.noise import tremble
from lawgiver.games.opponents.zero_determinant import extortion
from lawgiver.outcome import ConfigurationError

IPD = game("ipd").seen_by("row")
BOS = game("bos").seen_by("row")
FOUR = game("public_goods_4").seen_by("any")
WIDE = MatrixGame(
    "wide",
    "Two against three",
    np.arange(12.0).reshape(2, 2, 3),
    row_actions=("up", "down"),
    column_actions=("left", "middle", "right"),
).seen_by("row")
DETERMINISTIC = ["allc", "alld", "tft", "tf2t", "wsls", "grim", "gtft(0)", "gtft(1)", "noise(grim,1)"]
STOCHASTIC = [
    "random",
    "random(0.3)",
    "gtft",
    "gtft(0.25)",
    "zd_extort(3)",
    "memory(0.9,0.2,0.6,0.4)",
    "noise(tf2t,0.1)",
    "noise(random(0.9),0.2)",
    "noise(noise(wsls,0.1),0.1)",
    "memory(" + ",".join(f"{k / 15:.2f}" for k in range(16)) + ")",
]
probabilities = st.floats(0, 1, allow_nan=False)


def played(text, stage, rounds, episodes, seed=0, learner=None):
    """Learner's states and the opponent's moves, (E, rounds) each; the learner plays at random unless given a move."""
    rng = np.random.default_rng(seed)
    seat = opponent(text).spawn(stage, episodes, rng)
    states, moves = [], []
    for _ in range(rounds):
        own_E = seat.act()
        other_E = rng.integers(len(stage.actions), size=episodes) if learner is None else np.full(episodes, learner)
        seat.observe(own_E, other_E)
        moves.append(own_E)
        states.append(other_E * len(stage.situations) + own_E)
    return np.array(states).T, np.array(moves).T


def tabulated(text, stage, history, rounds=3, episodes=20_000):
    """How often each situation followed each of the learner's histories `(H, B)`, and the table's own rows."""
    made = opponent(text)
    q_HB = made.table(stage, history)
    states_ER, moves_ER = played(text, stage, history + rounds, episodes)
    count_HB = np.zeros(q_HB.shape)
    digit = len(stage.actions) * len(stage.situations)
    for k in range(history, history + rounds):
        index_E = np.zeros(episodes, dtype=int)
        for j in range(k - history, k):
            index_E = index_E * digit + states_ER[:, j]
        np.add.at(count_HB, (index_E, moves_ER[:, k]), 1)
    return count_HB, q_HB


def assert_drawn(count_B, n, q_B, deviations):
    """As likely as so many normal deviations, by exact tails: near 0 or 1 a single draw is far out by deviations."""
    tail_B = np.minimum(binom.cdf(count_B, n, q_B), binom.sf(np.asarray(count_B) - 1, n, q_B))
    assert (tail_B >= norm.sf(deviations)).all(), (count_B, n, q_B)


def assert_agree(count_HB, q_HB, deviations=5.0):
    n_H = count_HB.sum(axis=1)
    assert n_H.sum() > 0
    for n, count_B, q_B in zip(n_H, count_HB, q_HB, strict=True):
        if n:
            assert_drawn(count_B, n, q_B, deviations)


@pytest.mark.parametrize("text", DETERMINISTIC)
@pytest.mark.parametrize("stage", [IPD, BOS], ids=lambda stage: stage.name)
def test_a_deterministic_seat_does_exactly_what_its_table_says(text, stage):
    history = max(opponent(text).memory, 1)
    count_HB, q_HB = tabulated(text, stage, history, episodes=300)
    assert set(np.unique(q_HB)) <= {0.0, 1.0}
    assert_agree(count_HB, q_HB)


@pytest.mark.parametrize("text", STOCHASTIC)
def test_a_seat_plays_as_often_as_its_table_says(text):
    assert_agree(*tabulated(text, IPD, max(opponent(text).memory, 1)))


@settings(max_examples=15, deadline=None)
@given(st.lists(probabilities, min_size=4, max_size=4), probabilities, probabilities)
@example([0.0, 0.99999, 1.0, 0.0], 0.0, 0.0)
def test_any_memory_one_player_agrees_with_its_table(p_4, first, e):
    text = f"noise(memory({','.join(map(str, p_4))},first={first}),{e})"
    assert_agree(*tabulated(text, IPD, 1, episodes=2000), deviations=6)
    _, moves_ER = played(text, IPD, 1, 2000)
    begin = memory_one_of(text)[0]
    assert begin == pytest.approx(first * (1 - e) + (1 - first) * e)
    assert_drawn([(moves_ER[:, 0] == 0).sum()], 2000, np.array([begin]), 6)


@pytest.mark.parametrize("text", ["random", "random(0.3)", "allc", "alld", "noise(allc,0.2)", "noise(random(0.8),0.1)"])
def test_many_players_agree_with_their_table(text):
    assert_agree(*tabulated(text, FOUR, 1))


@pytest.mark.parametrize("text", ["random", "noise(random,0.3)"])
def test_random_is_uniform_over_more_than_two_actions(text):
    count_HB, q_HB = tabulated(text, WIDE, 1)
    np.testing.assert_allclose(q_HB, 1 / 3)
    assert_agree(count_HB, q_HB)


def test_rows_of_every_table_are_probabilities():
    for text in DETERMINISTIC + STOCHASTIC:
        made = opponent(text)
        q_HB = made.table(IPD, max(made.memory, 1))
        assert (q_HB >= 0).all()
        np.testing.assert_allclose(q_HB.sum(axis=1), 1)


def test_known_tables_in_the_learners_view():
    """Learner's states CC, CD, DC, DD (learner first); the columns are P(C), P(D)."""
    cooperates = {
        "tft": [1, 1, 0, 0],
        "wsls": [1, 0, 0, 1],
        "grim": [1, 0, 0, 0],
        "allc": [1, 1, 1, 1],
        "alld": [0, 0, 0, 0],
        "memory(0.1,0.2,0.3,0.4)": [0.1, 0.3, 0.2, 0.4],
    }
    for text, p_H in cooperates.items():
        q_HB = opponent(text).table(IPD, 1)
        np.testing.assert_allclose(q_HB, np.column_stack([p_H, 1 - np.array(p_H)]), err_msg=text)


def test_tit_for_two_tats_forgives_the_first():
    q_HB = opponent("tf2t").table(IPD, 2)
    defects = [4 * older + newer for older in (2, 3) for newer in (2, 3)]
    assert np.flatnonzero(q_HB[:, 1]).tolist() == defects


@pytest.mark.parametrize("text", ["tft", "zd_extort(3)"])
def test_a_longer_history_changes_nothing_for_a_player_that_does_not_look(text):
    q_HB = opponent(text).table(IPD, 1)
    longer_HB = opponent(text).table(IPD, 3)
    assert longer_HB.shape == (64, 2)
    np.testing.assert_array_equal(longer_HB, q_HB[np.arange(64) % 4])


def test_generosity_is_the_largest_that_does_not_pay_to_exploit():
    assert memory_one_of("gtft", IPD)[1] == pytest.approx([1, 2 / 3, 1, 2 / 3])
    classic = MatrixGame.from_entries("classic", "5310", {"CC": (3, 3), "CD": (0, 5), "DC": (5, 0), "DD": (1, 1)})
    assert memory_one_of("gtft", classic.seen_by("row"))[1][1] == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["chicken", "stag_hunt", "bos", "defective_coordination"])
def test_a_game_without_a_generosity_says_so(name):
    with pytest.raises(ConfigurationError, match=r"gtft\(0.3\)"):
        opponent("gtft").table(game(name).seen_by("row"), 1)


def stationary(p_4, q_4):
    """Long-run share of CC, CD, DC, DD (first player's view) for two memory-one players, each in its own view."""
    q_4 = np.asarray(q_4)[[0, 2, 1, 3]]
    p_4 = np.asarray(p_4)
    chain_44 = np.column_stack([p_4 * q_4, p_4 * (1 - q_4), (1 - p_4) * q_4, (1 - p_4) * (1 - q_4)])
    system = np.vstack([chain_44.T - np.eye(4), np.ones(4)])
    return np.linalg.lstsq(system, np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]


inner = st.floats(0.02, 0.98)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(inner, min_size=4, max_size=4),
    st.floats(1, 12),
    st.sampled_from(["ipd", "ipd_no_zero", "ipd_larger", "asymmetric"]),
)
def test_extortion_holds_its_line_against_everybody(learner_4, chi, name):
    if name == "asymmetric":
        chi += 1  # its own surplus in CC is 1.5 times the other's, which a smaller factor cannot ask for
        entries = {"CC": (3, 5), "CD": (0, 8), "DC": (4, 1), "DD": (1, 2)}
        stage = MatrixGame.from_entries(name, name, entries).seen_by("row")
    else:
        stage = game(name).seen_by("row")
    p_4 = memory_one_of(f"zd_extort({chi})", stage)[1]
    share_4 = stationary(p_4, learner_4)
    own = share_4 @ stage.others_ABN[:, :, 0].T.ravel()
    learners = share_4 @ stage.own_AB.T.ravel()
    surplus = own - stage.others_ABN[1, 1, 0]
    assert surplus == pytest.approx(chi * (learners - stage.own_AB[1, 1]), abs=1e-7)


def test_extortion_is_the_published_one():
    own_4 = np.array([3.0, 0, 5, 1])
    other_4 = own_4[[0, 2, 1, 3]]
    np.testing.assert_allclose(extortion(own_4, other_4, 3), [11 / 13, 1 / 2, 7 / 26, 0])  # Press & Dyson 2012
    np.testing.assert_allclose(extortion(own_4, other_4, 2), [8 / 9, 1 / 2, 1 / 3, 0])  # Stewart & Plotkin 2012


def test_where_nobody_can_be_extorted_the_error_says_so():
    for name in ("harmony", "bos"):
        with pytest.raises(ConfigurationError, match="no strategy extorts"):
            opponent("zd_extort(3)").table(game(name).seen_by("row"), 1)
    for text in ("zd_extort(0.5)", "zd_extort(nan)", "zd_extort(tft)"):
        with pytest.raises(ConfigurationError, match="factor of 1 or more"):
            opponent(text)


def test_noise_composes_by_its_matrix():
    for text in ("tft", "memory(0.9,0.2,0.6,0.4)", "tf2t"):
        plain = opponent(text)
        history = plain.memory
        noisy_HB = opponent(f"noise({text},0.1)").table(IPD, history)
        np.testing.assert_allclose(noisy_HB, plain.table(IPD, history) @ [[0.9, 0.1], [0.1, 0.9]])
    np.testing.assert_allclose(tremble(FOUR, 0.0), np.eye(4))
    np.testing.assert_allclose(tremble(FOUR, 1.0), np.eye(4)[::-1])
    np.testing.assert_allclose(
        opponent("noise(allc,0.3)").table(FOUR, 1), opponent("random(0.7)").table(FOUR, 1), atol=1e-15
    )


def test_noise_over_a_learner_flips_what_it_plays():
    _, moves_ER = played("noise(q_learner(0.5,0,0),0.25)", IPD, 60, 4000, learner=1)
    assert moves_ER[:, -1].mean() == pytest.approx(0.75, abs=0.04)  # it has learned to defect, and its hand trembles


def test_starting_moves_are_shown_before_the_first_act():
    own_E, other_E = np.array([0, 0, 1, 1], dtype=np.int8), np.array([0, 1, 0, 1], dtype=np.int8)
    for text, expected in {
        "tft": [0, 1, 0, 1],
        "wsls": [0, 1, 1, 0],
        "grim": [0, 1, 1, 1],
        "tf2t": [0, 0, 0, 0],
    }.items():
        seat = opponent(text).spawn(IPD, 4, np.random.default_rng(0))
        seat.observe(own_E, other_E)
        assert seat.act().tolist() == expected, text


def test_small_integers_do_not_overflow():
    seat = opponent("memory(" + ",".join(["0.5"] * 1023 + ["0"]) + ")").spawn(IPD, 2, np.random.default_rng(0))
    for _ in range(5):
        seat.observe(np.ones(2, dtype=np.int8), np.ones(2, dtype=np.int8))
    assert seat.act().tolist() == [1, 1]


def test_the_same_seed_plays_the_same():
    for text in ["random", "gtft", "q_learner", "noise(q_learner,0.1)", "noise(tft,0.2)"]:
        for first, second in zip(played(text, IPD, 20, 50, 7), played(text, IPD, 20, 50, 7), strict=True):
            np.testing.assert_array_equal(first, second)


def test_a_q_learner_learns_to_defect_where_that_dominates():
    for learner in (0, 1):
        _, moves_ER = played("q_learner(0.2,0.5,0.4)", IPD, 400, 400, learner=learner)
        assert moves_ER[:, 0].mean() == pytest.approx(0.5, abs=0.1)
        assert moves_ER[:, -50:].mean() == pytest.approx(0.8, abs=0.02)  # half of its tries are C


def test_a_q_learner_is_the_textbook_one():
    rng = np.random.default_rng(1)
    seat = opponent("q_learner(0.3,0.8,0.5)").spawn(IPD, 3, rng)
    values = {}
    state_E = [None] * 3
    for _ in range(40):
        own_E, other_E = seat.act(), rng.integers(2, size=3)
        seat.observe(own_E, other_E)
        for e in range(3):
            own, other = int(own_E[e]), int(other_E[e])
            best = max(values.get((e, (own, other), move), 0.0) for move in (0, 1))
            key = (e, state_E[e], own)
            reward = IPD.others_ABN[other, own, 0]
            values[key] = values.get(key, 0.0) + 0.3 * (reward + 0.8 * best - values.get(key, 0.0))
            state_E[e] = (own, other)
    for (e, state, move), value in values.items():
        index = 4 if state is None else 2 * state[0] + state[1]
        assert seat.values_ESB[e, index, move] == pytest.approx(value)


def test_a_q_learner_takes_the_games_own_payoffs_and_any_number_of_actions():
    _, moves_ER = played("q_learner(0.5,0,0.3)", WIDE, 300, 400, learner=0)
    assert (moves_ER[:, -50:] == 2).mean() == pytest.approx(0.8, abs=0.02)  # its payoff grows from left to right


def test_nothing_is_learned_from_the_starting_moves():
    seat = opponent("q_learner").spawn(IPD, 2, np.random.default_rng(0))
    seat.observe(np.array([1, 1]), np.array([0, 0]))
    assert not seat.values_ESB.any()


def policy(folder, document):
    (folder / "policy.json").write_text(json.dumps(document), encoding="utf-8")
    return f"checkpoint:{folder}"


def test_a_checkpoint_is_seen_from_the_other_side(tmp_path):
    rows = {"CD": [0.2, 0.8], "CC": [0.9, 0.1], "DD": [0.4, 0.6], "DC": [0.7, 0.3]}
    text = policy(tmp_path, {"states": list(rows), "actions": ["C", "D"], "p": list(rows.values())})
    np.testing.assert_allclose(
        opponent(text).table(IPD, 1), [rows["CC"], rows["DC"], rows["CD"], rows["DD"]]
    )  # the learner's CD is its DC
    first, p_4 = memory_one_of(text)
    assert first == pytest.approx(0.55)
    assert p_4 == pytest.approx([0.9, 0.2, 0.7, 0.4])
    assert opponent(f"noise({text},0.5)").table(IPD, 1) == pytest.approx(np.full((4, 2), 0.5))
    assert_agree(*tabulated(text, IPD, 1))


def test_a_checkpoint_with_more_memory_or_more_actions(tmp_path):
    names = [a + b for a in ("CC", "CD", "DC", "DD") for b in ("CC", "CD", "DC", "DD")]
    rng = np.random.default_rng(0)
    p_H = rng.random(16)
    document = {"states": [f"{n[:2]} {n[2:]}" for n in names], "actions": ["D", "C"], "p": np.c_[1 - p_H, p_H].tolist()}
    made = opponent(policy(tmp_path, document))
    assert made.memory == 2
    listed = opponent(f"memory({','.join(map(str, p_H))})")
    np.testing.assert_allclose(made.table(IPD, 2), listed.table(IPD, 2))

    states = [f"{own},{other}" for own in ("left", "middle", "right") for other in ("up", "down")]
    p_HB = rng.dirichlet(np.ones(3), 6)
    document = {"states": states, "actions": ["left", "middle", "right"], "p": p_HB.tolist()}
    text = policy(tmp_path, document)
    np.testing.assert_allclose(opponent(text).table(WIDE, 1), p_HB[[0, 2, 4, 1, 3, 5]])
    assert_agree(*tabulated(text, WIDE, 1))


def test_a_checkpoint_is_held_to_its_legal_answers(tmp_path):
    states = ["CC", "CD", "DC", "DD"]
    text = policy(tmp_path, {"states": states, "actions": ["C", "D"], "p": [[0.3, 0.1]] * 4})
    np.testing.assert_allclose(opponent(text).table(IPD, 1), [[0.75, 0.25]] * 4)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"states": ["CC"]}, "lists states, actions and p"),
        ([1], "lists states, actions and p"),
        ({"states": ["CC"], "actions": ["C", "D"], "p": [["x", 1]]}, "lists states, actions and p"),
        ({"states": ["CC"], "actions": ["C", "D"], "p": [[0.5]]}, "for 1 states and 2 actions"),
        ({"states": ["CC"], "actions": ["C", "D"], "p": [[0.9, 0.9]]}, "sum of at most 1"),
        ({"states": ["CC"], "actions": ["C", "D"], "p": [[float("nan"), 0.9]]}, "sum of at most 1"),
        ({"states": ["CC"], "actions": ["C", "D"], "p": [[0, 0]]}, "in CC no legal action"),
        ({"states": ["CC", "CD"], "actions": ["C", "D"], "p": [[0, 1]] * 2}, "should be the 4 histories"),
        ({"states": ["CC", "CC", "CD", "DC"], "actions": ["C", "D"], "p": [[0, 1]] * 4}, "should be the 4 histories"),
        ({"states": ["CC", "CD", "DC", "DD"], "actions": ["B", "S"], "p": [[0, 1]] * 4}, "its actions are B, S"),
    ],
)
def test_a_broken_checkpoint_is_named(tmp_path, document, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        opponent(policy(tmp_path, document)).table(IPD, 1)
    assert "policy.json" in str(caught.value)


def test_a_missing_or_garbled_checkpoint_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="give the folder of a checkpoint"):
        opponent(f"checkpoint:{tmp_path}/nowhere")
    (tmp_path / "policy.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not JSON"):
        opponent(f"checkpoint:{tmp_path}")


@pytest.mark.parametrize("text", [*DETERMINISTIC, *STOCHASTIC, "q_learner", "noise(q_learner,0.1)"])
def test_a_name_makes_the_same_opponent_again(text):
    made = opponent(text)
    again = opponent(made.name)
    assert again.name == made.name
    assert again.memory == made.memory
    assert pickle.loads(pickle.dumps(made)).name == made.name
    if made.memory is not None:
        history = max(made.memory, 1)
        np.testing.assert_array_equal(again.table(IPD, history), made.table(IPD, history))


def test_parameters_may_be_named_and_spaced():
    assert opponent(" q_learner( alpha = 0.2, epsilon=0 ) ").name == "q_learner(0.2,0.9,0.0)"
    assert opponent("noise( noise( tft, 0.1 ), e=0.05 )").name == "noise(noise(tft,0.1),0.05)"
    assert opponent("tft()").name == "tft"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("titfortat", "'titfortat' is not known; choose from random, allc"),
        ("noise(titfortat,0.1)", "'titfortat' is not known"),
        ("http://x", "'http' is not known"),
        ("", "not a name with parameters"),
        ("tft)(", "not a name with parameters"),
        ("checkpoint:", "nothing follows the colon"),
        ("noise((tft,0.1)", "brackets that do not match"),
        ("random(0.5,)", "empty parameter"),
        ("tft(1)", "tft takes no parameters"),
        ("noise(tft)", "noise takes opponent, e"),
        ("noise(0.1,tft)", "0.1 is no opponent"),
        ("random(0.1,0.2)", "random takes p=None"),
        ("random(q=0.1)", "random takes p=None"),
        ("random(1.5)", "between 0 and 1"),
        ("random(nan)", "between 0 and 1"),
        ("random(tft)", "p is tft"),
        ("noise(tft,-0.1)", "between 0 and 1"),
        ("noise(tft,allc)", "e is allc"),
        ("gtft(2)", "between 0 and 1"),
        ("memory(1,0,1)", "3 probabilities; give 4"),
        ("memory(1,0,1,0,1,0,1,0)", "8 probabilities; give 4"),
        ("memory()", "0 probabilities; give 4"),
        ("memory(1,0,1,2)", r"P\(C\) number 4 is 2"),
        ("memory(1,0,1,0,first=7)", "first is 7"),
        ("q_learner(0)", "never learn"),
        ("q_learner(2)", "alpha is 2"),
        ("q_learner(gamma=1)", "gamma is 1"),
        ("q_learner(epsilon=3)", "epsilon is 3"),
    ],
)
def test_a_wrong_text_is_explained(text, message):
    with pytest.raises(ConfigurationError, match=message):
        opponent(text)


@pytest.mark.parametrize(
    ("text", "stage", "history", "message"),
    [
        ("random", IPD, 2, "plays without memory, so a history of 2 shows it nothing; set history: 1"),
        ("tf2t", IPD, 1, "looks back 2 rounds, and the learner sees 1; set history: 2"),
        ("tft", IPD, 0, "history is 0"),
        ("q_learner", IPD, 1, "depends on the whole past, which no prompt shows; meet it in a tournament"),
        ("noise(q_learner,0.1)", IPD, 1, "depends on the whole past"),
        ("tft", FOUR, 1, "public_goods_4 has 4 players"),
        ("tft", WIDE, 1, "wide is 2×3"),
        ("allc", WIDE, 1, "the other player of wide has 3"),
        ("gtft", FOUR, 1, "public_goods_4 has 4 players"),
    ],
)
def test_what_cannot_be_tabulated_says_why(text, stage, history, message):
    with pytest.raises(ConfigurationError, match=message):
        opponent(text).table(stage, history)


def test_who_cannot_play_a_game_is_not_seated():
    for text, stage in (("q_learner", FOUR), ("tft", FOUR), ("zd_extort(2)", WIDE), ("allc", WIDE)):
        with pytest.raises(ConfigurationError):
            opponent(text).spawn(stage, 2, np.random.default_rng(0))


def test_four_vectors_that_hold_in_every_game():
    first, p_4 = opponent("tft").memory_one
    assert first == 1
    assert p_4.tolist() == [1, 0, 1, 0]
    assert memory_one_of("random(0.25)")[1].tolist() == [0.25] * 4
    for text in ("gtft", "zd_extort(3)", "tf2t", "q_learner", "noise(q_learner,0.1)"):
        assert opponent(text).memory_one is None
    with pytest.raises(ConfigurationError, match="name the game"):
        memory_one_of("gtft")
    with pytest.raises(ConfigurationError, match="looks back 2 rounds"):
        memory_one_of("tf2t")
    with pytest.raises(ConfigurationError, match="no finite memory"):
        memory_one_of("q_learner")


def test_two_of_n_players_are_the_two_player_game():
    pair = public_goods(2, multiplier=1.6)
    assert isinstance(pair, SymmetricGame)
    stage = pair.seen_by("any")
    for text in ("tft", "random(0.2)", "noise(allc,0.1)", "zd_extort(2)"):
        assert opponent(text).table(stage, 1).shape == (4, 2)


def test_every_registered_opponent_is_tested_here():
    covered = {text.split("(")[0] for text in DETERMINISTIC + STOCHASTIC} | {"q_learner", "noise", "memory"}
    assert covered == set(OPPONENTS)
    assert len(GAMES) >= 10


def test_thousands_of_games_take_one_call():
    seat = opponent("noise(zd_extort(3),0.01)").spawn(IPD, 100_000, np.random.default_rng(0))
    moves_E = seat.act()
    seat.observe(moves_E, moves_E)
    assert moves_E.shape == (100_000,)
    assert np.issubdtype(moves_E.dtype, np.integer)
