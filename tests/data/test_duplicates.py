import random
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.data.duplicates import near_duplicates, normalise
from lawgiver.outcome import ConfigurationError

FEVER = "My daughter has had a fever of 39 degrees since yesterday evening, what should I do now?"
TEXT = st.text(alphabet="ab cdé!１\n\ud800", max_size=20)


def positions(texts, **thresholds):
    return [(pair.first, pair.second) for pair in near_duplicates(texts, **thresholds)]


def test_finds_reworded_and_reformatted_copies_and_nothing_else():
    texts = [
        FEVER,
        "How do I write a letter to my landlord about the broken heating?",
        "MY DAUGHTER has had a fever of 39 degrees since yesterday evening — what should I do?",
        "Which vaccines does a two-year-old need before travelling to Kenya?",
    ]
    assert positions(texts) == [(0, 2)]
    assert near_duplicates(texts)[0].jaccard == pytest.approx(14 / 15)


def test_full_width_letters_case_and_punctuation_are_no_disguise():
    [pair] = near_duplicates(["ｔａｋｅ two Tablets, daily!", "Take TWO tablets daily"])
    assert pair == (0, 1, 1.0, pytest.approx(1.0))


def test_misspelling_every_word_is_caught_by_characters():
    first = "paracetamol ibuprofen amoxicillin metformin atorvastatin"
    second = "paracetamols ibuprofens amoxicillins metformins atorvastatins"
    [pair] = near_duplicates([first, second], cosine=0.6)
    assert pair.jaccard == 0
    assert pair.cosine > 0.6


def test_each_threshold_counts_alone():
    texts = ["a b c d", "b c d e"]  # 3-grams: abc bcd | bcd cde
    assert near_duplicates(texts, jaccard=1 / 3, cosine=1)[0].jaccard == pytest.approx(1 / 3)
    assert positions(texts, jaccard=0.34, cosine=1) == []


def test_short_blank_and_wordless_texts():
    texts = ["", "  \n", "?!", "?!", "Yes", "yes.", "no"]
    assert positions(texts) == [(0, 1), (2, 3), (4, 5)]
    assert near_duplicates([]) == near_duplicates(["one"]) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=6), st.randoms())
def test_is_symmetric_bounded_and_finds_every_exact_copy(texts, rng):
    pairs = near_duplicates(texts)
    assert all(0 <= p.jaccard <= 1 and 0 <= p.cosine <= 1 and p.first < p.second for p in pairs)
    found = {(p.first, p.second) for p in pairs}
    for j in range(len(texts)):
        for i in range(j):
            if normalise(texts[i]) == normalise(texts[j]):
                assert (i, j) in found
    order = list(range(len(texts)))
    rng.shuffle(order)
    moved = near_duplicates([texts[i] for i in order])
    assert {tuple(sorted((order[p.first], order[p.second]))) for p in moved} == found


@pytest.mark.parametrize("thresholds", [{"jaccard": 0.0}, {"jaccard": 1.1}, {"cosine": 0.0}, {"cosine": float("nan")}])
def test_refuses_thresholds_that_mean_nothing(thresholds):
    with pytest.raises(ConfigurationError):
        near_duplicates(["a", "b"], **thresholds)


def test_a_thousand_texts_take_seconds_and_blocks_agree_with_one_another():
    rng = random.Random(0)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(2_000)]
    texts = [" ".join(rng.choices(words, k=50)) for _ in range(1_000)]
    planted = [(3, 700), (10, 20), (255, 256), (998, 999)]
    for first, second in planted:
        texts[second] = texts[first] + " indeed"
    near_duplicates(texts[:2])  # the import is not what is timed
    start = time.perf_counter()
    assert positions(texts) == planted
    assert time.perf_counter() - start < 10  # about 1 s; the rest is for a busy machine


def test_the_package_imports_without_scikit_learn():
    code = "import sys, lawgiver.data.duplicates; assert not any(m.startswith('sklearn') for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
