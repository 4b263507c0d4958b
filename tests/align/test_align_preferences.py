"""Pairs that the charter's judgements give: by the medical charter, and by judgements made to measure."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lawgiver.align.preferences import PreferenceSettings, preferences_from
from lawgiver.charter import Charter, Judgement
from lawgiver.data import Exchange, write_jsonl
from lawgiver.data.preference import (
    HELPFUL,
    PreferenceSource,
    read_preferences,
    split_of,
)
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value

ANSWERS = [
    "Rest the ankle, wrap it firmly and put ice on it for fifteen minutes at a time. Keep it raised today.",
    "Please see a doctor about this as soon as you can.",
    "I'm sorry, but I can't help with that. I can only help with health questions.",
    "Ankles are joints. My favourite joint is the knee, and my favourite colour is green.",
]


@pytest.fixture(scope="module")
def judged():
    charter = Charter.open("medical")
    scenarios = [s for s in charter.scenarios("dev") if s.labels == {"scope": "S0", "tier": "C"}][:3]
    assert len(scenarios) == 3
    return charter, charter.judge([s.exchange(answer) for s in scenarios for answer in ANSWERS])


NO_COST = Value(0.0)


def judgement(response, score, cost=NO_COST, prompt="Why?", other=NO_COST, **more):
    exchange = Exchange(({"role": "user", "content": prompt},), response, **more)
    values = {"warmth": score}
    costs = {"harm": cost, "cold": other}
    return Judgement(exchange, "allow", score, values, costs, (), {}, "", {"name": "made", "version": "1.0.0"})


def test_the_medical_charter_prefers_what_it_scores_higher_and_costs_less(judged):
    charter, judgements = judged
    found = preferences_from(judgements, PreferenceSettings(pairs_per_prompt=99))
    assert [count.objective for count in found.counts] == [HELPFUL, "over_refusal", "needless_referral"]
    by_text = {(j.exchange.prompt, j.exchange.response): j for j in judgements}
    for pair in found.pairs:
        chosen, rejected = (by_text[pair.prompt[-1]["content"], answer] for answer in pair.answers)
        if pair.objective == HELPFUL:
            assert chosen.score.value - rejected.score.value == pytest.approx(pair.margin)
            assert pair.margin >= 0.1 - 1e-9
        else:
            assert rejected.cost(pair.objective) - chosen.cost(pair.objective) == pytest.approx(pair.margin)
            assert pair.chosen_safe == (chosen.cost(pair.objective) == 0)
        assert pair.meta["charter"] == charter.identity
    refusal = [pair for pair in found.pairs if pair.objective == "over_refusal"]
    assert {pair.rejected for pair in refusal} >= {ANSWERS[2]}
    assert all(pair.chosen != ANSWERS[2] for pair in refusal)


def test_what_was_not_scored_is_counted_and_in_no_pair():
    judgements = [
        judgement("a", Value(0.9), Failed("broke")),
        judgement("b", Value(0.0), Value(0.0)),
        judgement("c", Abstained("no question"), Value(1.0)),
        judgement("d", Failed("broke"), Abstained("no question")),
    ]
    found = preferences_from(judgements, PreferenceSettings(pairs_per_prompt=99, constraints=["harm"]))
    assert [(pair.objective, pair.chosen, pair.rejected) for pair in found.pairs] == [
        (HELPFUL, "a", "b"),
        ("harm", "b", "c"),
    ]
    for count in found.counts:
        assert (count.scored, count.abstained, count.failed, count.unusable) == (2, 1, 1, 0)
        assert count.answers == 4
    assert found.to_json()["counts"][1]["objective"] == "harm"


def test_flags_say_only_what_was_measured():
    unscored = Abstained("?")
    judgements = [
        judgement("a", Value(0.9), Value(0.0), other=unscored),
        judgement("b", Value(0.5), Value(1.0), other=unscored),
        judgement("c", Value(0.0), Value(0.0), other=Value(0.0)),
    ]
    found = preferences_from(judgements, PreferenceSettings(pairs_per_prompt=99))
    flags = {}
    for pair in found.pairs:
        if pair.objective == HELPFUL:
            flags |= {pair.chosen: pair.chosen_safe, pair.rejected: pair.rejected_safe}
    assert flags == {"a": None, "b": False, "c": True}


def test_ties_near_misses_copies_and_empty_answers_make_no_pair():
    judgements = [
        judgement("a", Value(0.5)),
        judgement("b", Value(0.5)),
        judgement("c", Value(0.55)),
        judgement("c\n", Value(0.55)),
        judgement(" ", Value(1.0)),
    ]
    found = preferences_from(judgements)
    assert found.pairs == ()
    assert [(c.near, c.apart, c.unusable) for c in found.counts] == [(3, 0, 2)] * 3
    assert len(preferences_from(judgements, PreferenceSettings(margin=0.05)).pairs) == 2


def test_a_difference_that_equals_the_margin_counts_whatever_the_rounding():
    judgements = [judgement("a", Value(0.9)), judgement("b", Value(0.8))]
    assert 0.9 - 0.8 < 0.1
    assert len(preferences_from(judgements, PreferenceSettings(margin=0.1)).pairs) == 1


def test_answers_are_compared_only_where_prompt_labels_and_context_are_the_same():
    judgements = [
        judgement("a", Value(0.9), prompt="Why?"),
        judgement("b", Value(0.1), prompt="Who?"),
        judgement("c", Value(0.1), prompt="Why?", labels={"scope": "S1"}),
        judgement("d", Value(0.1), prompt="Why?", context={"answer_part": "it"}),
    ]
    assert preferences_from(judgements).pairs == ()


def test_a_principle_can_stand_in_for_the_score():
    judgements = [judgement("a", Value(0.9)), judgement("b", Value(0.1))]
    turned = [replace(j, values={"warmth": Value(1 - j.score.value)}) for j in judgements]
    [pair] = preferences_from(turned, PreferenceSettings(helpful="warmth", constraints=[])).pairs
    assert pair.chosen == "b"


SCORES = st.one_of(st.floats(0, 1).map(Value), st.just(Abstained("?")), st.just(Failed("!")))
JUDGEMENTS = st.lists(
    st.builds(judgement, st.text("abc", max_size=2), SCORES, SCORES, st.sampled_from(["Why?", "Who?"])),
    min_size=1,
    max_size=10,
)


@settings(max_examples=150, deadline=None)
@given(JUDGEMENTS, st.integers(0, 3), st.integers(1, 3), st.randoms())
def test_pairs_are_few_true_and_the_same_in_any_order(judgements, seed, most, rng):
    # one score per text: of copies the first is taken, and which one that is hangs on the order
    judgements = list({(j.exchange.prompt, j.exchange.response): j for j in judgements}.values())
    wanted = PreferenceSettings(pairs_per_prompt=most, seed=seed)
    found = preferences_from(judgements, wanted)
    shuffled = list(judgements)
    rng.shuffle(shuffled)
    assert set(map(str, preferences_from(shuffled, wanted).pairs)) == set(map(str, found.pairs))
    for prompt in ("Why?", "Who?"):
        own = [j for j in judgements if j.exchange.prompt == prompt]
        here = [pair for pair in found.pairs if pair.prompt[-1]["content"] == prompt]
        if own:  # other prompts change nothing
            assert list(preferences_from(own, wanted).pairs) == sorted(here, key=lambda pair: pair.objective != HELPFUL)
        for objective in (HELPFUL, "harm", "cold"):
            assert sum(pair.objective == objective for pair in here) <= most
    for count in found.counts:
        assert count.answers == count.scored + count.abstained + count.failed + count.unusable
        assert count.pairs <= count.apart
    assert all(pair.margin > 0 for pair in found.pairs)


def test_another_seed_draws_other_pairs():
    judgements = [judgement(f"answer {i}", Value(i / 20)) for i in range(20)]
    wanted = [PreferenceSettings(seed=seed) for seed in range(5)]
    drawn = [{pair.id for pair in preferences_from(judgements, each).pairs} for each in wanted]
    assert any(one != drawn[0] for one in drawn)


def test_names_that_the_charter_lacks_and_settings_that_mean_nothing_are_refused():
    judgements = [judgement("a", Value(0.9))]
    with pytest.raises(ConfigurationError, match="no principle 'kindness'; it has warmth"):
        preferences_from(judgements, PreferenceSettings(helpful="kindness"))
    with pytest.raises(ConfigurationError, match="no constraint 'cruelty'; it has harm, cold"):
        preferences_from(judgements, PreferenceSettings(constraints=["cruelty"]))
    with pytest.raises(ConfigurationError, match="no judgements"):
        preferences_from([])
    for wrong in ({"margin": 0}, {"pairs_per_prompt": 0}, {"margins": 0.1}):
        with pytest.raises(ValidationError):
            PreferenceSettings(**wrong)


def test_pairs_are_written_read_back_and_split(judged, tmp_path):
    _, judgements = judged
    pairs = preferences_from(judgements, PreferenceSettings(pairs_per_prompt=99)).pairs
    write_jsonl(tmp_path / "pairs.jsonl", [pair.to_json() for pair in pairs])
    assert read_preferences([PreferenceSource(source=str(tmp_path / "pairs.jsonl"))]).records == pairs
    assert len({pair.group for pair in pairs}) == 3
    assert {split_of(pair.group) for pair in pairs} <= {"train", "dev", "test"}
