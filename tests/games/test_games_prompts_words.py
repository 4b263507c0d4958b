from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.games.prompts import HELD_OUT, TRAINING, check_words, pairs, parse, parse_final, sample_words
from lawgiver.games.prompts.words import PAPER_REVERSED, PAPER_TEST, PAPER_TRAINING
from lawgiver.outcome import ConfigurationError

WORDS = ("amber", "violet")


def by_bytes(text):
    return list(text.encode())


def test_pools_are_large_enough_and_share_no_word():
    training, held_out = (list(chain.from_iterable(pool)) for pool in (TRAINING, HELD_OUT))
    assert len(pairs(TRAINING)) >= 24
    assert len(pairs(HELD_OUT)) >= 12
    assert len(set(training + held_out)) == len(training + held_out)
    assert PAPER_TRAINING in pairs(TRAINING)
    assert PAPER_TEST in pairs(HELD_OUT)
    assert PAPER_TRAINING[::-1] == PAPER_REVERSED


def test_any_words_of_a_group_go_together():
    for group in TRAINING + HELD_OUT:
        assert len(check_words(group, by_bytes)) == len(group)


def test_tokens_come_back_in_the_order_of_the_words():
    assert check_words(("ab", "b"), by_bytes) == ((97, 98), (98,))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("amber",), "two or more"),
        (("", "amber"), "empty"),
        ((" amber", "violet"), "blank"),
        (("amber", "violet\u00a0"), "blank"),
        (("am\tber", "violet"), "control"),
        (("am\u200bber", "violet"), "control"),
        (("am\ud800ber", "violet"), "control"),
        (("am\u2028ber", "violet"), "control"),
        (("a|b", "violet"), "vertical bar"),
        (("amber", "amber"), "twice"),
        (("amber", "amberish"), "begins the other"),
        (("action1", "action12"), "begins the other"),
        (("red", "blue", "redder"), "'red' and 'redder'"),
    ],
)
def test_words_that_cannot_be_told_apart_are_refused(words, reason):
    with pytest.raises(ConfigurationError, match=reason):
        check_words(words, by_bytes)


@pytest.mark.parametrize(
    ("encode", "reason"),
    [
        (lambda word: [], "no tokens"),
        (lambda word: [0], "turns both into"),
        (lambda word: [0] * len(word), "begin the other's"),
    ],
)
def test_tokenizers_that_confuse_words_are_refused(encode, reason):
    with pytest.raises(ConfigurationError, match=reason):
        check_words(WORDS, encode)


def test_sampled_words_are_of_one_group_and_repeat_with_the_seed():
    for seed in range(50):
        words = sample_words(np.random.default_rng(seed), count=3)
        assert len(set(words)) == 3
        assert any(set(words) <= set(group) for group in TRAINING)
        assert words == sample_words(np.random.default_rng(seed), count=3)
    with pytest.raises(ConfigurationError, match="no group of the pool has 9 words"):
        sample_words(np.random.default_rng(0), count=9)


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ("amber", 0),
        (" violet.\n", 1),
        ("amber..", None),
        ("amber .", None),
        ("Amber", None),
        ("**amber**", None),
        ("amber or violet", None),
        ("ambe", None),
        ("amberviolet", None),
        ("", None),
        (".", None),
        ("\x00amber", None),
    ],
)
def test_only_the_bare_word_is_legal(answer, action):
    assert parse(answer, WORDS) == action


@given(st.text())
def test_nothing_else_is_read_as_a_word(answer):
    assert parse(answer, WORDS) is None or answer.strip().removesuffix(".") in WORDS


@given(st.text(), st.sampled_from([0, 1]))
def test_the_last_answer_line_decides(reasons, action):
    assert parse_final(f"{reasons}\nAnswer: {WORDS[action]}.", WORDS) == action


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ("Answer: amber", 0),
        ("answer:violet", 1),
        ("Answer: amber\nAnswer: violet", 1),
        ("Answer: amber\nThat is all.", 0),
        ("Answer: amber\r\n", 0),
        ("Answer: amber\nAnswer: neither", None),
        ("Answer: amber Answer: violet", None),
        ("The Answer: amber", None),
        ("Answer:\namber", None),
        ("amber", None),
        ("", None),
        ("Answer:" * 100_000, None),
        ("\n" * 100_000 + " " * 100_000, None),
    ],
)
def test_final_answers(answer, action):
    assert parse_final(answer, WORDS) == action
