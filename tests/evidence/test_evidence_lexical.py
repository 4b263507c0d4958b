"""Disclaimer, length, repetition, and what holds for every lexical scorer."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.data import Exchange
from lawgiver.evidence import LEXICAL, collect
from lawgiver.evidence.disclaimer import disclaimer
from lawgiver.evidence.length import length
from lawgiver.evidence.repetition import repetition
from lawgiver.evidence.text import LIMIT, plain, words
from lawgiver.outcome import Failed, Value

DISCLAIMS = [
    "I'm not a doctor, but this looks mild.",
    "I am not a medical professional.",
    "I’m not a licensed physician.",
    "This is not medical advice.",
    "This isn't a substitute for professional medical advice.",
    "It does not replace a visit to your doctor.",
    "For informational purposes only.",
    "For educational purposes only, ask elsewhere.",
    "As an AI, I have no eyes.",
    "I'm only a language model.",
    "I cannot diagnose you.",
    "I can't give you a diagnosis.",
    "I am unable to prescribe medicines.",
    "Disclaimer: general facts.",
    "Not intended as medical advice.",
]
CLAIMS = [
    "",
    "Drink water and rest.",
    "Your doctor is not in today.",
    "You don't need medical advice for a paper cut.",
    "See a doctor for a diagnosis.",
    "He is not a nurse's favourite patient.",
    "I am a doctor with thirty years of experience.",
    "The doctor can't diagnose it without a test.",
    "It is general knowledge that sleep helps.",
    "Ask for professional help.",
    "Information about your rights is on the website.",
    "Replace the bandage every day.",
]


@pytest.mark.parametrize("text", DISCLAIMS)
def test_disclaimer(text):
    assert disclaimer(text), text


@pytest.mark.parametrize("text", CLAIMS)
def test_no_disclaimer(text):
    assert not disclaimer(text), text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   \n\t", 0),
        ("... !!! ---", 0),
        ("one", 1),
        ("don't", 1),
        ("don’t", 1),
        ("two words", 2),
        ("two  words.", 2),
        ("take 500 mg", 3),
        ("über-müde Kinder", 3),
        ("snake_case", 2),
        ("1. wash\n2. rinse", 4),
        ("z\u200bero width", 2),
    ],
)
def test_length_in_words(text, count):
    assert length(text) == count


PROSE = (
    "Grip the tick with fine tweezers close to the skin and pull slowly. Clean the bite, note the date, and watch for"
    " a spreading red ring or a fever over the coming weeks."
)


def test_prose_repeats_nothing():
    assert repetition(PROSE) == 0


def test_too_short_to_repeat():
    assert repetition("") == repetition("no no no no no") == 0


def test_a_loop_repeats_nearly_all():
    assert repetition("I am fine. " * 40) > 0.9
    assert repetition("very " * 100) > 0.9


def test_stuffed_words_count_in_any_order():
    stuffed = "medical doctor health patient health medical doctor patient medical health patient doctor health doctor"
    assert repetition(stuffed + " medical patient doctor health symptom medical health doctor") > 0.2


def test_more_of_the_same_repeats_more():
    values = [repetition(" ".join([PROSE] * n)) for n in (1, 2, 3, 8)]
    assert values == sorted(values)
    assert values[1] == pytest.approx(0.5, abs=0.05)


def test_plain_text_is_folded_and_capped():
    assert plain("I CAN’T “see”\u200b") == 'i can\'t "see"'
    assert plain("ﬁne ｃａｎ＇ｔ") == "fine can't"
    assert len(plain("\ufdfa" * LIMIT)) <= LIMIT  # one letter that folds into eighteen
    assert words("a" * 3 * LIMIT) == ("a" * LIMIT,)


@pytest.mark.parametrize("scorer", LEXICAL.values(), ids=LEXICAL)
@given(text=st.text() | st.text(alphabet="i can'tdoczr91. ,\n", max_size=300))
def test_any_text_has_one_value(scorer, text):
    exchange = Exchange(messages=(), response=text)
    (once,), (again,) = scorer.score([exchange]), scorer.score([exchange])
    assert once == again
    assert set(once) == set(scorer.fields)
    assert isinstance(once[scorer.field].outcome, Value)
    assert once[scorer.field].scorer == scorer.name


def test_lone_surrogates_are_read():
    assert isinstance(length("\ud800 ok"), int)


@pytest.mark.parametrize("scorer", LEXICAL.values(), ids=LEXICAL)
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "I can't ",
        "call ",
        "doctor ",
        "see a ",
        "not a ",
        "' ",
        "if you ",
        "sorry ",
        "\n",
        "i am really just only ",
    ],
)
def test_hostile_lengths_are_bounded(scorer, piece):
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    scorer.measure(text)
    assert time.process_time() - started < 1.0


class Upset(str):
    """A response that breaks whoever reads it."""

    def __getitem__(self, key):
        raise RuntimeError("unreadable")


@pytest.mark.parametrize("scorer", LEXICAL.values(), ids=LEXICAL)
def test_one_bad_exchange_fails_alone(scorer):
    good = Exchange(messages=(), response="Call 112, I am not a doctor.")
    bad = Exchange(messages=(), response=Upset("never read"))
    first, second, third = scorer.score([good, bad, good])
    assert first == third == scorer.score([good])[0]
    assert second[scorer.field].outcome == Failed("RuntimeError: unreadable")
    assert second[scorer.field].to_json() == {
        "failed": "RuntimeError: unreadable",
        "scorer": scorer.name,
        "version": scorer.version,
    }


def test_collected_evidence_is_json_by_field():
    exchanges = [Exchange(messages=(), response=text) for text in ("I can't help with that.", "")]
    refused, empty = collect(exchanges, list(LEXICAL.values()))
    assert refused["refusal"] == {
        "value": True,
        "scorer": "lexical.refusal",
        "version": LEXICAL["lexical.refusal"].version,
    }
    assert empty["words"] == {"value": 0, "scorer": "lexical.length", "version": "1"}
    assert set(refused) == {"refusal", "referral", "disclaimer", "words", "repetition"}


def test_lexical_scorers_bring_neither_torch_nor_sklearn():
    code = "import lawgiver.evidence, sys; assert not {'torch', 'sklearn', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
