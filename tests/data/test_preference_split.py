"""A row's split hangs on its group alone, and nothing held out is given away."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.data.duplicates import near_duplicates
from lawgiver.data.preference import HELPFUL, SAFE, Pair, split_by_group, split_of
from lawgiver.data.preference.across import WORDS, WORDS_AND_CHARACTERS, near_across
from lawgiver.data.preference.record import group_of, prompt_key
from lawgiver.outcome import ConfigurationError


def pair(text, group=None, objective=HELPFUL):
    prompt = ({"role": "user", "content": text},)
    return Pair(objective, prompt, "good", "bad", group=group or group_of(prompt))


def sentences(number, seed=0):
    rng = random.Random(seed)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(3, 9))) for _ in range(3_000)]
    return [" ".join(rng.choices(words, k=12)) for _ in range(number)]


TEXTS = sentences(300)


def group_in(split, **settings):
    return next(f"g{i}" for i in range(1_000) if split_of(f"g{i}", **settings) == split)


@given(st.text(max_size=20), st.floats(0, 0.5), st.floats(0, 0.4))
def test_a_split_is_one_of_three_and_shares_nest(group, dev, test):
    split = split_of(group, dev=dev, test=test)
    assert split in ("train", "dev", "test")
    if split == "test":
        assert split_of(group, dev=dev, test=test + 0.1) == "test"


def test_shares_are_met_and_another_salt_is_another_split():
    splits = [split_of(f"g{i}", dev=0.1, test=0.2) for i in range(5_000)]
    assert abs(splits.count("test") / 5_000 - 0.2) < 0.02
    assert abs(splits.count("dev") / 5_000 - 0.1) < 0.02
    assert splits != [split_of(f"g{i}", dev=0.1, test=0.2, salt="again") for i in range(5_000)]


def test_split_of_is_pinned():
    # a row must not move to another split with a new version of lawgiver: what was certified would be trained on
    assert [split_of(f"g{i}", dev=0.3, test=0.3) for i in range(8)] == (
        ["train", "test", "test", "dev", "dev", "dev", "test", "train"]
    )


@pytest.mark.parametrize("shares", [{"dev": -0.1}, {"test": 1.0}, {"dev": 0.5, "test": 0.5}, {"dev": float("nan")}])
def test_shares_that_leave_nothing_are_refused(shares):
    with pytest.raises(ConfigurationError, match="shares of 0 or more"):
        split_of("g", **shares)
    with pytest.raises(ConfigurationError):
        split_by_group([pair("a")], **shares)


def test_a_row_stays_in_its_split_whatever_else_is_there():
    records = [pair(text) for text in TEXTS]
    whole = split_by_group(records, dev=0.2, test=0.2)
    part = split_by_group(records[::3], dev=0.2, test=0.2)
    for name in ("train", "dev", "test"):
        assert set(map(prompt_key_of, getattr(part, name))) <= set(map(prompt_key_of, getattr(whole, name)))
    assert len(whole.train) + len(whole.dev) + len(whole.test) == 300
    assert min(len(whole.dev), len(whole.test)) > 30


def prompt_key_of(record):
    return prompt_key(record.prompt)


def test_both_objectives_of_a_prompt_are_in_one_split():
    records = [pair(text, objective=name) for text in TEXTS for name in (HELPFUL, SAFE)]
    split = split_by_group(records, dev=0.2, test=0.2)
    homes = {}
    for name in ("train", "dev", "test"):
        for record in getattr(split, name):
            assert homes.setdefault(prompt_key_of(record), name) == name
    assert len(homes) == 300


def test_dialogues_that_begin_alike_stay_together():
    start = {"role": "user", "content": "My cat sneezes."}
    longer = (start, {"role": "assistant", "content": "Oh."}, {"role": "user", "content": "Twice."})
    system = ({"role": "system", "content": "Be kind."}, start)
    assert group_of((start,)) == group_of(longer) == group_of(system)


@pytest.mark.parametrize("near_cap", [0, 3_000])
def test_what_gives_a_held_out_prompt_away_leaves_the_split_that_is_looked_at_more(near_cap):
    train, dev, test = (group_in(name, dev=0.3, test=0.3) for name in ("train", "dev", "test"))
    records = [
        pair(TEXTS[0], test),
        pair(TEXTS[0], train),  # the same prompt, in another group
        pair(TEXTS[0] + " please", train),
        pair(TEXTS[0] + " thanks", dev),
        pair(TEXTS[1], dev),
        pair("so " + TEXTS[1], train),
        pair(TEXTS[2], train),
    ]
    split = split_by_group(records, dev=0.3, test=0.3, near_cap=near_cap)
    assert (split.train, split.dev, split.test) == ((records[6],), (records[4],), (records[0],))
    assert split.same_prompt == {"dev": 0, "train": 1}
    assert split.near_prompt == {"dev": 1, "train": 2}
    assert split.method == (WORDS_AND_CHARACTERS if near_cap else WORDS)
    assert split.to_json()["train"] == 1


def test_the_fast_way_finds_what_near_duplicates_finds_by_words():
    texts, others = TEXTS[:150], [text + " more" for text in TEXTS[100:110]] + TEXTS[200:] + ["", "Hi"]
    by_words = {
        p.first for p in near_duplicates([*texts, *others], cosine=1) if p.first < 150 <= p.second and p.jaccard >= 0.5
    }
    assert by_words == set(range(100, 110))
    assert near_across(texts, others, cap=0) == (by_words, WORDS)
    assert near_across(texts, [], cap=0).near == near_across([], texts).near == frozenset()
