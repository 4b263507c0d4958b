import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games.catalogue import GAMES
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame, public_goods
from lawgiver.games.prompts import (
    PHRASINGS,
    TRAINING,
    Layout,
    action_ids,
    grid,
    layouts,
    persona,
    render,
    sample_layout,
    sample_words,
    variants,
)
from lawgiver.games.prompts.clause import spelt, units
from lawgiver.games.prompts.garden import LADDERS, helpful_action
from lawgiver.games.prompts.scene import number
from lawgiver.outcome import ConfigurationError

IPD = GAMES["ipd"].seen_by("row")
WORDS = ("amber", "violet")
SEEDS = st.integers(0, 2**32 - 1)


def text(question):
    return question.conversation[-1]["content"]


def random_stage(rng):
    rows, columns = rng.integers(2, 5, size=2)
    payoffs_2AB = rng.integers(-40, 40, size=(2, rows, columns)) / 4
    game = MatrixGame("random", "A random game", payoffs_2AB)
    return game.seen_by(("row", "column")[int(rng.integers(2))])


def random_crowd(rng):
    players = int(rng.integers(3, 6))
    return SymmetricGame("crowd", "A crowd", players, rng.integers(-40, 40, size=(2, players)) / 4).seen_by()


def expected(stage, words, layout, counted=None):
    """(own word, other's word or count of the counted word) → payoffs as shown, from the stage alone."""
    word = dict(zip(action_ids(stage), words, strict=True))
    shown = {}
    for a, action in enumerate(stage.actions):
        for b, others in enumerate(stage.situations):
            pays = (stage.own_AB[a, b], stage.others_ABN[a, b, 0]) if stage.players == 2 else (stage.own_AB[a, b],)
            moves = [word[move] for move in others]
            key = (word[action], moves[0] if stage.players == 2 else moves.count(counted))
            shown[key] = tuple(layout.scale * pay + layout.shift for pay in pays)
    return shown


def table_read_back(prompt):
    """The same from a table prompt; every cell must be there exactly once."""
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in prompt.splitlines() if line.startswith("|")]
    heads, rows, found = lines[0][1:], lines[2:], {}
    for head, *cells in rows:
        for column, cell in zip(heads, cells, strict=True):
            sides = (head, column) if head.startswith("you=") else (column, head)
            own = sides[0].removeprefix("you=")
            count = re.fullmatch(r"(\d+) others?=\w+", sides[1])
            key = (own, int(count[1]) if count else sides[1].removeprefix("other="))
            assert key not in found
            found[key] = tuple(float(part) for part in cell.split(", "))
    return found


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_table_of_any_two_player_game_reads_back(seed):
    rng = np.random.default_rng(seed)
    stage = random_stage(rng)
    words = sample_words(rng, count=len(action_ids(stage)))
    layout = sample_layout(stage, rng, scales=(1.0, 0.5, 10.0), shifts=(0.0, -3.0))
    question = render(stage, int(rng.integers(stage.own_AB.size)), layout, words)
    assert table_read_back(text(question)) == expected(stage, words, layout)
    assert question.answers == words[: len(stage.actions)]


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_table_of_any_crowd_reads_back(seed):
    rng = np.random.default_rng(seed)
    stage = random_crowd(rng)
    layout = sample_layout(stage, rng)
    words = sample_words(rng)
    prompt = text(render(stage, 0, layout, words))
    counted = words[layout.introduction[0]]
    assert table_read_back(prompt) == expected(stage, words, layout, counted)
    assert "| " + f"{stage.players - 1} others={counted} |" in prompt


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_prose_reads_back(seed):
    rng = np.random.default_rng(seed)
    stage = random_stage(rng)
    words = sample_words(rng, count=len(action_ids(stage)))
    layout = sample_layout(stage, rng)
    sentence = r"If you choose (\w+) and the other player chooses (\w+), you get (\S+) and the other gets (\S+)\.$"
    prompt = text(render(stage, 0, layout, words, "prose"))
    found = re.findall(sentence, prompt, re.MULTILINE)
    assert len(found) == stage.own_AB.size
    assert {(a, b): (float(x), float(y)) for a, b, x, y in found} == expected(stage, words, layout)


@pytest.mark.parametrize(
    ("phrasing", "pattern", "unit"),
    [
        (
            "story",
            r"When you hang out (\w+) and Robin hangs out (\w+), you take ([^.]+) and Robin takes ([^.]+)\.",
            "coin",
        ),
        (
            "poetic",
            r"When you light (\w+) and the far shore lights (\w+),\n"
            r"the tide brings you ([^.]+), and the far shore ([^.]+)\.",
            "pearl",
        ),
    ],
)
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_stories_tell_every_payoff_once(phrasing, pattern, unit, seed):
    rng = np.random.default_rng(seed)
    stage = random_stage(rng)
    words = sample_words(rng, count=len(action_ids(stage)))
    layout = sample_layout(stage, rng)
    found = re.findall(pattern, text(render(stage, 0, layout, words, phrasing)))
    assert len(found) == stage.own_AB.size
    wanted = {
        key: tuple(units(pay, unit, f"{unit}s") for pay in pays) for key, pays in expected(stage, words, layout).items()
    }
    assert {(a, b): (x, y) for a, b, x, y in found} == wanted


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_garden_ranks_outcomes_as_the_payoffs_do(seed):
    rng = np.random.default_rng(seed)
    stage = MatrixGame("small", "A small game", rng.integers(-4, 5, size=(2, 2, 2))).seen_by("row")
    layout = sample_layout(stage, rng)
    pattern = r"you do (\w+) and the neighbour does (\w+), your harvest is (\w+) and the neighbour's (\w+)\."
    found = re.findall(pattern, text(render(stage, 0, layout, WORDS, "garden")))
    wanted = expected(stage, WORDS, layout)
    ranks = LADDERS[len({pay for pays in wanted.values() for pay in pays})]
    told = [(rank, pay) for a, b, *pair in found for rank, pay in zip(pair, wanted[a, b], strict=True)]
    assert len(found) == 4
    for (rank, pay), (other_rank, other_pay) in combinations(told, 2):
        assert np.sign(ranks.index(rank) - ranks.index(other_rank)) == np.sign(pay - other_pay)


@pytest.mark.parametrize(
    ("name", "helpful"),
    [
        ("ipd", "C"),
        ("stag_hunt", "C"),
        ("chicken", "C"),
        ("bos", None),
        ("defective_coordination", None),
        ("public_goods_4", "C"),
    ],
)
def test_garden_says_what_helps_only_where_it_does(name, helpful):
    stage = GAMES[name].seen_by() if GAMES[name].players > 2 else GAMES[name].seen_by("row")
    prompt = text(render(stage, 0, Layout.plain(stage), WORDS, "garden"))
    assert helpful_action(stage) == helpful
    assert ("amber is work on the bed that you share" in prompt) == (helpful == "C")


def test_garden_refuses_what_it_has_no_words_for():
    stage = MatrixGame("big", "A big game", np.arange(18).reshape(2, 3, 3)).seen_by("row")
    with pytest.raises(ConfigurationError, match="18 different payoffs"):
        render(stage, 0, Layout.plain(stage), ("a1", "b2", "c3"), "garden")


@pytest.mark.parametrize("phrasing", PHRASINGS)
@pytest.mark.parametrize("history", [1, 2])
def test_all_states_are_told_apart(phrasing, history):
    for stage in (IPD, public_goods(3).seen_by()):
        for layout in (Layout.plain(stage, history), *list(layouts(stage, history=history))[-1:]):
            states = range(stage.own_AB.size**history)
            assert len({text(render(stage, s, layout, WORDS, phrasing)) for s in states}) == len(states)


@pytest.mark.parametrize("phrasing", PHRASINGS)
def test_every_shipped_game_is_told_by_every_phrasing_from_both_sides(phrasing):
    for game in GAMES.values():
        for role in ("row", "column") if game.players == 2 else ("any",):
            stage = game.seen_by(role)
            prompt = text(render(stage, stage.own_AB.size - 1, Layout.plain(stage, 1), WORDS, phrasing))
            assert prompt.splitlines()[-1] == "Answer with one word (amber/violet)."
            assert "{" not in prompt
            assert "\n\n" not in prompt


def test_histories_run_from_the_oldest_round():
    stage = MatrixGame("odd", "Odd", np.arange(8).reshape(2, 2, 2)).seen_by("row")
    state = 1 * 16 + 2 * 4 + 3  # CD, then DC, then DD
    prompt = text(render(stage, state, Layout.plain(stage, 3), WORDS))
    past = prompt.splitlines()[-4:-1]
    assert past == [
        "you=amber, other=violet, points 1, 5.",
        "you=violet, other=amber, points 2, 6.",
        "you=violet, other=violet, points 3, 7.",
    ]
    prose = text(render(stage, state, Layout.plain(stage, 3), WORDS, "prose"))
    assert "3 rounds ago you chose amber and the other player chose violet: you got 1 and the other got 5." in prose


def test_the_column_player_sees_his_actions_as_columns():
    stage = GAMES["bos"].seen_by("column")
    prompt = text(render(stage, 0, Layout.plain(stage), WORDS))
    assert "| | you=amber | you=violet |" in prompt
    assert "| other=amber | 2, 3 | 0, 0 |" in prompt
    assert "points 2, 3." in prompt


def test_players_with_actions_of_their_own_are_introduced_apart():
    game = MatrixGame("mixed", "Mixed", np.zeros((2, 2, 3)), ("up", "down"), ("l", "m", "r"))
    stage = game.seen_by("row")
    words = ("fig", "plum", "pear", "lemon", "mango")
    prompt = text(render(stage, 0, Layout.plain(stage), words))
    assert prompt.startswith("You pick (fig/plum), another player picks (pear/lemon/mango).")
    assert prompt.endswith("Answer with one word (fig/plum).")
    for phrasing in PHRASINGS:
        assert "mango" in text(render(stage, 0, Layout.plain(stage), words, phrasing))
    with pytest.raises(ConfigurationError, match="give 5 different words"):
        render(stage, 0, Layout.plain(stage), WORDS)


def test_layouts_show_the_same_game_in_all_orders():
    every = list(layouts(IPD))
    prompts = {text(render(IPD, 1, layout, WORDS)) for layout in every}
    assert len(every) == len(set(every)) == len(prompts) == 16
    assert len({tuple(sorted(table_read_back(prompt).items())) for prompt in prompts}) == 1
    assert len(list(layouts(IPD, vary=("introduction", "final")))) == 4
    assert len(list(layouts(public_goods(5).seen_by()))) == 16
    assert len(list(layouts(IPD, vary=(), scales=(1.0, 2.0), shifts=(0.0, 1.0, 5.0)))) == 6


def test_the_papers_grid_has_sixteen_prompts():
    questions = grid(IPD, [("action1", "action2")], layouts(IPD, vary=("introduction", "final")))
    assert len({text(question) for question in questions}) == 16
    assert [question.state for question in questions] == [0, 1, 2, 3] * 4
    assert questions[0].tags["words"] == "action1/action2"


def test_sampled_layouts_are_layouts_and_repeat_with_the_seed():
    every = set(layouts(IPD, scales=(1.0, 2.0)))
    drawn = [sample_layout(IPD, np.random.default_rng(seed), scales=(1.0, 2.0)) for seed in range(400)]
    assert set(drawn) == every
    assert drawn[7] == sample_layout(IPD, np.random.default_rng(7), scales=(1.0, 2.0))


def test_states_differ_late_and_final_orders_later():
    plain = Layout.plain(IPD)
    first, second = (text(render(IPD, state, plain, WORDS)) for state in (0, 1))
    other = text(render(IPD, 0, list(layouts(IPD, vary=("final",)))[1], WORDS))
    assert first.splitlines()[:-2] == second.splitlines()[:-2]
    assert first.splitlines()[:-1] == other.splitlines()[:-1]


def test_variants_swap_rows_and_columns():
    looks = variants(Layout.plain(IPD))
    assert list(looks) == ["original", "columns_swapped", "rows_swapped", "both_swapped"]
    first_rows = [text(render(IPD, 0, layout, WORDS)).splitlines()[3] for layout in looks.values()]
    assert first_rows == [
        "| you=amber | 3, 3 | 0, 4 |",
        "| you=amber | 0, 4 | 3, 3 |",
        "| you=violet | 4, 0 | 1, 1 |",
        "| you=violet | 1, 1 | 4, 0 |",
    ]


def test_a_persona_goes_before_the_game():
    kind = persona("ut")
    inside = render(IPD, 0, Layout.plain(IPD), WORDS, persona=kind)
    before = render(IPD, 0, Layout.plain(IPD), WORDS, persona=kind, place="system")
    bare = render(IPD, 0, Layout.plain(IPD), WORDS)
    assert text(inside) == f"{kind.text}\n{text(bare)}"
    assert before.conversation == ({"role": "system", "content": kind.text}, *bare.conversation)
    assert (inside.tags["persona"], inside.tags["place"], bare.tags["persona"]) == ("ut", "user", "")


def test_reasons_can_be_asked_for():
    prompt = text(render(IPD, 0, Layout.plain(IPD), WORDS, ask="reason"))
    assert prompt.endswith('"Answer: amber" or "Answer: violet".')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": (0, 0)}, "rows is"),
        ({"final": (0,)}, "final is"),
        ({"history": 0}, "history is 0"),
        ({"scale": 0.0}, "scale 0.0"),
        ({"shift": float("nan")}, "shift nan"),
    ],
)
def test_layouts_that_do_not_fit_are_refused(change, message):
    plain = Layout.plain(IPD)
    layout = Layout(**{**{name: getattr(plain, name) for name in plain.__dataclass_fields__}, **change})
    with pytest.raises(ConfigurationError, match=message):
        render(IPD, 0, layout, WORDS)


@pytest.mark.parametrize("state", [-1, 4])
def test_states_that_do_not_exist_are_refused(state):
    with pytest.raises(ConfigurationError, match="has the states 0 … 3"):
        render(IPD, state, Layout.plain(IPD), WORDS)


def test_mistakes_name_the_choices():
    with pytest.raises(ConfigurationError, match="table, prose, story"):
        render(IPD, 0, Layout.plain(IPD), WORDS, "sonnet")
    with pytest.raises(ConfigurationError, match="vary names colour"):
        list(layouts(IPD, vary=("colour",)))
    with pytest.raises(ConfigurationError, match="2 different words"):
        render(IPD, 0, Layout.plain(IPD), ("amber", "amber"))


def test_words_change_the_prompt_and_nothing_else():
    for words in ((group[0], group[1]) for group in TRAINING):
        prompt = text(render(IPD, 2, Layout.plain(IPD), words))
        back = re.sub(rf"\b{words[0]}\b", "amber", re.sub(rf"\b{words[1]}\b", "violet", prompt))
        assert back == text(render(IPD, 2, Layout.plain(IPD), WORDS))


@pytest.mark.parametrize(
    ("value", "figures", "words"),
    [
        (0.0, "0", "no"),
        (-0.0, "0", "no"),
        (1.2000000000000002, "1.2", "one point two"),
        (-0.25, "-0.25", "minus nought point two five"),
        (180.0, "180", "one hundred and eighty"),
        (42.0, "42", "forty-two"),
        (2005.0, "2005", "two thousand and five"),
        (20300.5, "20300.5", "twenty thousand three hundred point five"),
        (1e7, "10000000", "10000000"),
        (1.05, "1.05", "one point nought five"),
    ],
)
def test_numbers_in_figures_and_words(value, figures, words):
    assert (number(value), spelt(value)) == (figures, words)


def test_no_two_numbers_are_spelt_alike():
    values = [whole + quarter / 4 for whole in range(-120, 1200) for quarter in range(4)]
    assert len({spelt(value) for value in values}) == len(values)
