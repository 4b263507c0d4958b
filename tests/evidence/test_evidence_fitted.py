"""The charter's own judge: fitted from labels, kept in a file, the same wherever it is read."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lawgiver.charter import Charter
from lawgiver.charter.fit import fit_charter
from lawgiver.data import Exchange, read_jsonl, write_jsonl
from lawgiver.evidence import FittedJudge, Scorer
from lawgiver.evidence.fit import agreement_of, fit_judge, lexical_agreement
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value


def say(response, part="what helps a sore knee"):
    return Exchange(({"role": "user", "content": "My knee hurts."},), response, context={"answer_part": part})


def test_a_judge_is_a_scorer_with_a_head_per_field(judge):
    assert isinstance(judge, Scorer)
    assert judge.fields == ("response_scope", "helpful", "overclaim")
    assert {head.field: head.classes for head in judge.heads} == {
        "response_scope": ("S0", "S1", "S2", "S3"),
        "helpful": ("no", "partly", "yes"),
        "overclaim": ("false", "true"),
    }


def test_what_was_saved_says_the_same(judge, saved, exchanges):
    loaded = FittedJudge.load(saved)
    assert loaded.version == judge.version
    for field, wanted in judge.probabilities(exchanges).items():
        np.testing.assert_array_equal(loaded.probabilities(exchanges)[field], wanted)
    assert loaded.score(exchanges) == judge.score(exchanges)


def test_the_same_labels_give_the_same_bytes_and_others_do_not(rows, judge, saved, tmp_path):
    sha256 = fit_judge(rows, judge.fields)[0].save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()
    fewer = fit_judge(rows[:-1], ["overclaim"])[0]
    assert fewer.save(tmp_path / "fewer.npz") != sha256


def test_a_batch_is_judged_as_one_by_one(judge, exchanges):
    assert judge.score(exchanges[:40]) == [judge.score([exchange])[0] for exchange in exchanges[:40]]
    assert judge.score([]) == []


def test_probabilities_sum_to_one_and_the_likeliest_is_the_value(judge, exchanges):
    for probabilities_NK in judge.probabilities(exchanges).values():
        np.testing.assert_allclose(probabilities_NK.sum(axis=1), 1)
    for scores in judge.score(exchanges):
        for score in scores.values():
            if isinstance(score.outcome, Value):
                best = max(score.probabilities, key=score.probabilities.get)
                assert score.outcome.value == {"true": True, "false": False}.get(best, best)


def test_it_knows_what_it_was_told_better_than_the_commonest_answer(judge, rows, exchanges):
    said = [scores["response_scope"].outcome for scores in judge.score(exchanges)]
    right = [
        getattr(outcome, "value", None) == row["labels"]["response_scope"]
        for outcome, row in zip(said, rows, strict=True)
    ]
    assert sum(right) > 0.8 * len(rows)


def test_agreement_is_measured_on_prompts_it_did_not_see(fitted, rows):
    count = len(rows)
    agreement = fitted[1]["response_scope"]
    assert agreement["n"] == sum(agreement["classes"].values()) == np.sum(agreement["confusion"]) == count
    assert np.trace(agreement["confusion"]) / count == pytest.approx(agreement["accuracy"])
    assert agreement["accuracy"] < 0.95  # in its own labels it is nearly always right
    assert agreement["log_loss"] < agreement["majority_log_loss"]


def test_agreement_checked_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]])
    agreement = agreement_of(["a", "b"], np.array([0, 1, 1, 1]), probabilities)
    assert agreement["accuracy"] == agreement["majority_accuracy"] == 0.75
    assert agreement["kappa"] == pytest.approx(0.5)
    assert agreement["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.7, 0.8]).mean())
    assert agreement["calibration_error"] == pytest.approx((0.1 + 0.6 + 0.3 + 0.2) / 4)
    lexical = lexical_agreement([True, False, None, True], [True, False, None, False])
    assert lexical["accuracy"] == 0.75


def test_a_short_text_abstains_and_so_does_a_question_nobody_asked(judge):
    [short] = judge.score([say("Yes")])
    assert all(isinstance(score.outcome, Abstained) for score in short.values())
    [unasked] = judge.score([say("Rest it for two days and put ice on it.", part=None)])
    assert unasked["helpful"].outcome == Abstained("nothing in scope was asked")
    assert isinstance(unasked["response_scope"].outcome, Value)


class Upset(str):
    """A response that breaks whoever reads it."""

    def __getitem__(self, key):
        raise RuntimeError("unreadable")


def test_one_bad_exchange_fails_alone(judge):
    good = say("Rest it for two days and put ice on it.")
    first, second, third = judge.score([good, say(Upset("x y z")), good])
    assert first == third == judge.score([good])[0]
    assert {score.outcome for score in second.values()} == {Failed("RuntimeError: unreadable")}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(response=st.text(max_size=300), part=st.none() | st.text(max_size=40))
def test_any_text_is_judged_or_abstained_from(judge, response, part):
    for score in judge.score([say(response, part)])[0].values():
        assert isinstance(score.outcome, Value | Abstained)


@pytest.mark.parametrize(
    ("field", "says"),
    [("harm", r"harm=major has 3 rows; write at least 8"), ("refusal", r"refusal has 1 class\(es\) \['false'\]")],
)
def test_too_few_labels_of_a_class_are_named(rows, field, says):
    changed = [
        row | {"labels": row["labels"] | {"harm": "major" if n < 3 else "none", "refusal": False}}
        for n, row in enumerate(rows)
    ]
    with pytest.raises(ConfigurationError, match=says):
        fit_judge(changed, [field])


def test_too_few_prompts_to_measure_on_are_an_error_of_ours(rows):
    same = [row | {"prompt": f"prompt {n % 4}"} for n, row in enumerate(rows)]
    with pytest.raises(ConfigurationError, match=r"overclaim has labels on 4 prompts; write for at least 5"):
        fit_judge(same, ["overclaim"])


def test_a_class_on_one_prompt_alone_can_be_fitted(rows):
    """The fold that holds that prompt out then learns from a single class."""
    changed = [
        row | {"prompt": "the one" if n < 20 else row["prompt"], "labels": {"overclaim": n < 20}}
        for n, row in enumerate(rows)
    ]
    judge, agreement = fit_judge(changed, ["overclaim"])
    assert judge.heads[0].classes == ("false", "true")
    assert np.isfinite(agreement["overclaim"]["log_loss"])


@pytest.fixture
def charter(medical, tmp_path):
    """The medical charter with fewer labels and fitted fields, so that fitting takes seconds."""
    root = tmp_path / "medical"
    shutil.copytree(medical.root, root)
    for path in (root / "labels").glob("*.jsonl"):
        write_jsonl(path, read_jsonl(path)[:130])
    return root


def test_changed_labels_are_found_out_until_it_is_fitted_again(charter):
    opened = Charter.open(charter)
    with pytest.raises(ConfigurationError, match=r"judges\.npz: the labels changed since it was fitted; run `lawgiver"):
        opened.judge([say("Rest it.")])
    small = dataclasses.replace(
        opened,
        spec=opened.spec.model_copy(
            update={"evidence": {k: v for k, v in opened.spec.evidence.items() if k not in ("harm", "addresses")}}
        ),
    )
    document = fit_charter(small)
    assert document["fitted"].keys() == {"response_scope", "helpful", "overclaim"}
    assert {"referral", "refusal"} <= document["lexical"].keys()
    assert json.loads((charter / "fitted/agreement.json").read_text()) == document
    with pytest.raises(ConfigurationError, match=r"judges\.npz: has no head for addresses; run `lawgiver charter fit"):
        Charter.open(charter).judge([say("Rest it.")])
