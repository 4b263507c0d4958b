"""The report counts what is there, and shows a bias that was planted."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from preference_rows import HH, MESSAGES, NEWER, PAIR, SAFERLHF, SINGLE, read
from sklearn.metrics import roc_auc_score

from lawgiver.data.preference import HELPFUL, SAFE, describe, labels_of, markdown, to_trl_labelled, to_trl_pairs, within
from lawgiver.data.preference.length import area_under_curve, pair_bias
from lawgiver.data.preference.record import Pair


def variants(row, number, **change):
    return [row | {"prompt": f"Question {i * 7919} about {chr(97 + i) * 4}?"} | change for i in range(number)]


@pytest.fixture
def preferences(tmp_path):
    rows = [
        *variants(SAFERLHF, 4),
        *variants(SINGLE, 5)[4:],
        SAFERLHF | {"is_response_1_safe": False},
        SAFERLHF | {"prompt": "Tea?", "is_response_0_safe": True},
        SAFERLHF | {"prompt": "Coffee?", "response_1": ""},
        SAFERLHF | {"prompt": "Milk?", "is_response_0_safe": None, "response_0": "yes " * 600},
    ]
    return read(tmp_path, *[row | {"id": str(i)} for i, row in enumerate(rows)])


def test_everything_is_counted(preferences):
    report = describe(preferences)
    helpful, safe = sorted(report.objectives, key=lambda part: part.objective)
    assert (helpful.objective, helpful.form, helpful.n) == (HELPFUL, "pairs", 7)
    assert (safe.objective, safe.n, safe.groups) == (SAFE, 8, 8)
    assert safe.flags == {"both_safe": 1, "both_unsafe": 1, "chosen_safe": 5, "rejected_safe": 0, "unknown": 1}
    assert helpful.flags == {"both_safe": 1, "both_unsafe": 1, "chosen_safe": 0, "rejected_safe": 4, "unknown": 1}
    assert (helpful.balance.estimate, safe.balance.estimate) == (1.0, 0.0)
    assert (helpful.over_long, safe.over_long) == (1, 1)
    assert report.shared_prompts == {"helpful + safe": 7}
    assert {(part.objective, part.reason.value): part.count for part in report.accounts[0].aside} == {
        (HELPFUL, "empty"): 1,
        (SAFE, "empty"): 1,
    }
    json.dumps(report.to_json())


def test_near_duplicate_prompts_are_counted_and_a_big_set_is_sampled(tmp_path):
    rows = [PAIR | {"prompt": f"Tell me about the rivers of Poland, please, number {i}"} for i in range(6)]
    preferences = read(tmp_path, *rows, PAIR, objective=HELPFUL)
    [part] = describe(preferences).objectives
    assert (part.near.pairs, part.near.compared, part.near.prompts) == (15, 7, 7)
    [part] = describe(preferences, near_cap=3).objectives
    assert part.near.compared == 3
    assert part.near.pairs <= 3
    assert "(in 3 of 7)" in markdown(describe(preferences, near_cap=3))


def test_length_is_counted_in_whatever_is_asked(preferences):
    report = describe(preferences, cap=60, count=len, unit="characters")
    assert report.objectives[0].over_long == 7
    assert "over 60 characters" in markdown(report)
    kept, dropped = within(preferences.pairs(SAFE), 512)
    assert (len(kept), dropped) == (7, 1)


def pairs_of(lengths):
    return [Pair(HELPFUL, tuple(MESSAGES), "w " * a, "w " * b) for a, b in lengths]


def test_a_planted_length_bias_is_shown_with_its_interval():
    bias = pair_bias(pairs_of([(20, 10)] * 30 + [(10, 20)] * 10 + [(10, 10)] * 5))
    assert bias.longer.estimate == 0.75
    assert (bias.longer.n, bias.longer.method, bias.ties) == (40, "wilson", 5)
    assert bias.longer.low > 0.5
    assert bias.log_ratio.estimate == pytest.approx(np.log(2) * 20 / 45)
    assert bias.log_ratio.low > 0


LENGTHS = st.integers(0, 30)


@given(st.lists(st.tuples(LENGTHS, LENGTHS), min_size=1, max_size=8))
def test_swapping_the_answers_turns_every_bias_round(lengths):
    there, back = pair_bias(pairs_of(lengths)), pair_bias(pairs_of([(b, a) for a, b in lengths]))
    assert there.auc == pytest.approx(1 - back.auc)
    assert there.log_ratio.estimate == pytest.approx(-back.log_ratio.estimate)
    assert (there.longer is None) == (back.longer is None) == (there.ties == len(lengths))
    if there.longer is not None:
        assert there.longer.estimate == pytest.approx(1 - back.longer.estimate)


@given(st.lists(LENGTHS, min_size=1, max_size=9), st.lists(LENGTHS, min_size=1, max_size=9))
def test_the_area_is_that_of_scikit_learn(above, below):
    expected = roc_auc_score([1] * len(above) + [0] * len(below), above + below)
    assert area_under_curve(above, below) == pytest.approx(expected)
    assert area_under_curve(above, []) is None


def test_the_table_is_markdown_and_harmless(tmp_path):
    rows = [PAIR, PAIR, {"prompt": "x", "chosen": "a", "rejected": "a"}]
    text = markdown(describe(read(tmp_path, *rows, objective="bad|name\x1b[31m\n<b>")))
    lines = [line for line in text.splitlines() if line]
    assert all(line.startswith("|") and line.endswith("|") for line in lines)
    assert len({line.count("|") for line in text.split("\n\n")[0].splitlines()}) == 1
    assert "\x1b" not in text
    assert "<b>" not in text
    assert "an exact copy of an earlier one" in text


def test_nothing_used_is_a_report_too(tmp_path):
    report = describe(read(tmp_path, PAIR | {"chosen": ""}, objective=HELPFUL))
    assert report.objectives == ()
    assert "an answer is empty" in markdown(report)


def test_labelled_answers_have_balance_flags_and_area(tmp_path):
    rows = [{"prompt": f"Q{i}", "completion": "word " * (i + 1), "label": i > 2} for i in range(6)]
    [part] = describe(read(tmp_path, *rows, objective=HELPFUL)).objectives
    assert (part.form, part.balance.estimate, part.length.auc, part.length.longer) == ("labelled", 0.5, 1.0, None)
    assert part.flags == {"safe": 0, "unsafe": 0, "unknown": 6}


def test_pairs_take_the_form_of_trl(tmp_path):
    preferences = read(tmp_path, HH, objective=SAFE)
    [row] = to_trl_pairs(preferences.pairs())
    assert [message["role"] for message in row["prompt"]] == ["user", "assistant", "user"]
    assert row["chosen"] == [{"role": "assistant", "content": "That is common.\n\nKeep an eye on it."}]
    assert row["rejected"] == [{"role": "assistant", "content": "Cats are silly."}]
    [row] = to_trl_pairs(preferences.pairs(), system_prompt="Be kind.")
    assert row["prompt"][0] == {"role": "system", "content": "Be kind."}
    [again] = read(tmp_path, row, objective=SAFE).records  # TRL's form is read as well
    assert to_trl_pairs([again], system_prompt="Another.") == [row]


def test_a_pair_gives_two_labels_by_choice_or_by_flag(tmp_path):
    [pair] = read(tmp_path, NEWER | {"is_response_1_safe": False}, objective=SAFE).pairs()
    assert [(r.completion, r.desirable) for r in labels_of([pair])] == [(pair.chosen, True), (pair.rejected, False)]
    assert [r.desirable for r in labels_of([pair], by_flag=True)] == [False, False]
    unknown = Pair(SAFE, pair.prompt, "a", "b", chosen_safe=True)
    assert [r.completion for r in labels_of([unknown], by_flag=True)] == ["a"]
    [row, _] = to_trl_labelled(labels_of([pair]))
    assert row == {
        "prompt": [{"role": "user", "content": NEWER["prompt"]}],
        "completion": [{"role": "assistant", "content": pair.chosen}],
        "label": True,
    }
