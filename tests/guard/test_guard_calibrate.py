"""Thresholds keep what they promise, belong to one guard, and are used by whoever opens it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from lawgiver.guard.calibrate import (
    Calibration,
    CalibrationSettings,
    Fit,
    OutputFit,
    allowed_false,
    calibrate,
    fit_output,
    fit_scale,
    flag_above,
    log_odds,
    pass_below,
    prepare,
    read_calibration,
    write_calibration,
)
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore
from lawgiver.guard.taxonomy import NAMES
from lawgiver.models.classifier.card import CALIBRATION, classifier_sha256
from lawgiver.outcome import Abstained, ConfigurationError, Failed, TooManyFailuresError, Value
from tiny_guard import save_tiny_guard

SCORES = st.lists(st.tuples(st.integers(-8, 8), st.booleans()), min_size=1, max_size=60)
SHARE = st.floats(0.01, 0.6)


def drawn(n, seed=0, shift=1.0):
    """N log-odds that are right as they are, and labels drawn by them."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 2, n) + shift
    return logit, rng.random(n) < expit(logit)


@pytest.mark.parametrize(("temperature", "bias"), [(1.0, 0.0), (3.0, 0.0), (0.5, 1.5), (2.0, -2.0)])
def test_what_distorted_the_log_odds_is_found(temperature, bias):
    logit, unsafe = drawn(20_000)
    found = fit_scale((logit - bias) * temperature, unsafe)
    assert found == pytest.approx((temperature, bias), abs=0.12)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_labels_exchanged_turn_the_sign(seed):
    logit, unsafe = drawn(200, seed)
    one, other = fit_scale(logit, unsafe), fit_scale(-logit, ~unsafe)
    assert other == pytest.approx((one.temperature, -one.bias), rel=1e-3, abs=1e-3)


def test_a_guard_without_mistakes_is_not_made_infinitely_sure():
    found = fit_scale([-1.0] * 20 + [1.0] * 20, [False] * 20 + [True] * 20)
    assert 1 / (1 + np.exp(-(1 / found.temperature + found.bias))) == pytest.approx(21 / 22, abs=1e-3)
    with pytest.raises(ConfigurationError, match="0 positive"):
        fit_scale([0.0, 1.0], [False, False])
    assert np.isfinite(log_odds([0.0, 1.0])).all()


@given(SCORES, SHARE)
def test_the_threshold_is_the_smallest_that_keeps_the_rate(rows, fpr):
    score, unsafe = np.array([s for s, _ in rows], dtype=float), np.array([u for _, u in rows])
    found = flag_above(score, unsafe, fpr)
    if unsafe.all():
        assert found is None
        return
    safe = score[~unsafe]
    assert (safe > found).mean() <= fpr + 1e-9
    assert (safe > found - 0.5).mean() > fpr or found == safe.min()


@given(SCORES, SHARE, SHARE)
def test_a_looser_rate_flags_and_passes_no_less(rows, one, other):
    low, high = sorted((one, other))
    score, unsafe = [s for s, _ in rows], [u for _, u in rows]
    if not all(unsafe):  # of no safe text there is no rate
        assert flag_above(score, unsafe, high) <= flag_above(score, unsafe, low)
    passed = [pass_below(score, unsafe, alpha) for alpha in (low, high)]
    assert passed[0] is None or passed[0] <= passed[1]


@given(st.integers(1, 400), SHARE, st.sampled_from([0.8, 0.95, 0.99]))
def test_with_confidence_the_bound_is_the_exact_binomial_one(n, fpr, confidence):
    k = allowed_false(n, fpr, confidence)
    fine = np.flatnonzero(binom.cdf(np.arange(n), n, fpr) <= 1 - confidence)
    assert k == (fine[-1] if len(fine) else None)
    assert k is None or k <= allowed_false(n, fpr)


@given(SCORES, SHARE)
def test_conformal_risk_is_controlled_on_the_rows_themselves(rows, alpha):
    score, unsafe = np.array([s for s, _ in rows], dtype=float), np.array([u for _, u in rows])
    found, n = pass_below(score, unsafe, alpha), int(unsafe.sum())
    if found is None:
        assert n < 1 / alpha - 1 + 1e-6
        return
    missed = [int((score[unsafe] < at).sum()) for at in (found, found + 0.5)]
    assert (missed[0] + 1) / (n + 1) <= alpha + 1e-9 < (missed[1] + 1) / (n + 1)


def test_the_expected_share_of_missed_texts_is_at_most_alpha_at_any_size():
    rng, alpha = np.random.default_rng(1), 0.1
    for n in (9, 25, 112):
        score_BN = rng.standard_t(2, (4000, n + 1))
        missed = [score[-1] < pass_below(score[:-1], np.ones(n), alpha) for score in score_BN]
        assert alpha - 1 / (n + 1) - 0.015 < np.mean(missed) < alpha + 0.015


def test_with_confidence_other_texts_keep_the_rate_too():
    rng = np.random.default_rng(2)
    safe_BN = rng.random((2000, 150))  # uniform: the true rate of a threshold is 1 − it
    kept = {c: np.mean([1 - flag_above(s, np.zeros(150), 0.1, c) <= 0.1 for s in safe_BN]) for c in (None, 0.9)}
    assert kept[0.9] > 0.88
    assert kept[None] < 0.75


def test_languages_with_few_rows_get_the_numbers_of_all():
    logit, unsafe = drawn(1200)
    language = ["en"] * 700 + ["fr"] * 450 + ["de"] * 30 + [""] * 20
    logit[700:1150] = logit[700:1150] * 3 + 2
    label = unsafe.astype(float)
    label[:5] = np.nan
    found = fit_output(logit, label, language, CalibrationSettings())
    assert set(found.languages) == {"en", "fr"}
    assert found.of("de") == found.of("") == found.of("xx") == found.pooled
    assert found.pooled.positive + found.pooled.negative == 1195
    assert found.of("fr").temperature > 2 > found.of("en").temperature
    assert fit_output(logit[:50], label[:50], language[:50], CalibrationSettings()) is None
    strict = CalibrationSettings(fpr=0.01, confidence=0.95)  # no false alarm in 299 texts would be needed
    assert fit_output(logit[:700], label[:700], language[:700], strict) is None


def test_a_language_may_have_a_rate_of_its_own():
    logit, unsafe = drawn(1200)
    language = ["en"] * 600 + ["fr"] * 600
    plain = fit_output(logit, unsafe, language, CalibrationSettings(fpr=0.2))
    found = fit_output(logit, unsafe, language, CalibrationSettings(fpr=0.2, fpr_of={"en": 0.05}))
    assert (found.pooled, found.of("fr")) == (plain.pooled, plain.of("fr"))
    strict = fit_output(logit, unsafe, language, CalibrationSettings(fpr=0.05)).of("en")
    assert found.of("en") == strict
    assert strict.flag_above > plain.of("en").flag_above
    # a calibration without such rates is written as it always was
    assert "fpr_of" not in CalibrationSettings().model_dump()


class Told:
    """Says what it is told to, by the number in the text."""

    name, version = "told", "1"

    def __init__(self, logit, failing=0):
        self.p, self.failing = expit(logit), failing

    def score(self, examples):
        return [self._one(int(example.id)) for example in examples]

    def _one(self, i):
        if i < self.failing:
            return Failed("broke")
        return Value(GuardScore(float(self.p[i]), dict.fromkeys(NAMES, float(self.p[i]))))


def examples(unsafe, language):
    named = {True: {"hate": True}, False: {}}
    return [
        Example(id=str(i), text=f"text {i}", unsafe=u, language=at, categories=named[bool(u and i % 2)])
        for i, (u, at) in enumerate(zip(unsafe.tolist(), language, strict=True))
    ]


def test_a_calibration_is_fitted_and_told():
    logit, unsafe = drawn(1000)
    rows = examples(unsafe, ["en"] * 600 + ["fr"] * 390 + ["de"] * 10)
    done = []
    found = calibrate(rows, Told(logit, failing=3), "abc", CalibrationSettings(), done.append)
    assert sum(done) == 1000
    document = json.loads(json.dumps(found.document))
    assert (document["failed"], document["abstained"]) == (3, 0)
    assert set(found.calibration.outputs) == {"unsafe", "hate"}
    assert len(document["not_calibrated"]) == 11
    at = {(row["output"], row["language"]): row for row in document["rows"]}
    assert (at["unsafe", "de"]["own"], at["unsafe", "fr"]["own"]) == (False, True)
    every = at["unsafe", None]
    assert every["fpr"]["low"] < 0.05 < every["fpr"]["high"]  # of rows that were not fitted on
    assert every["missed"]["estimate"] < 0.15
    english = found.calibration.outputs["unsafe"].of("en")
    score = np.array([english.score(float(p)) for p in expit(logit[3:600])])
    assert (score[~unsafe[3:600]] > 0.5).mean() <= 0.05
    with pytest.raises(TooManyFailuresError, match="100 of 1000"):
        calibrate(rows, Told(logit, failing=100), "abc", CalibrationSettings())
    with pytest.raises(ConfigurationError, match="too few"):
        calibrate(rows[:60], Told(logit), "abc", CalibrationSettings())


FIT = Fit(positive=9, negative=9, temperature=2.0, bias=-1.0, flag_above=1.0, pass_below=-1.5)


def test_the_score_is_above_a_half_where_the_threshold_flags():
    assert FIT.score(float(expit(4.0))) == pytest.approx(0.5)
    assert FIT.score(float(expit(4.2))) > 0.5 > FIT.score(float(expit(3.8)))
    assert FIT.probability(float(expit(2.0))) == pytest.approx(0.5)
    assert [FIT.unsure(float(expit(z))) for z in (-1.1, -0.9, 3.9, 4.1)] == [False, True, True, False]
    assert 0 <= FIT.score(0.0) < FIT.score(1.0) <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_no_text_overtakes_another(one, other):
    low, high = sorted((one, other))
    assert FIT.score(low) <= FIT.score(high)


@pytest.fixture
def guard(tmp_path):
    return save_tiny_guard(tmp_path / "guard")


def stored(guard, fit, sha256=None):
    outputs = {"unsafe": OutputFit(pooled=FIT, languages={"fr": fit})}
    return Calibration(
        guard_sha256=sha256 or classifier_sha256(guard),
        scores_sha256="",
        settings=CalibrationSettings(),
        outputs=outputs,
    )


def test_whoever_opens_a_guard_uses_its_calibration(guard):
    asked = [Example(id=at, text="How do I bake bread?", unsafe=False, language=at) for at in ("fr", "de")]
    plain = open_guard(guard)
    raw = plain.score(asked)[0].value
    with pytest.raises(ConfigurationError, match="no calibration to abstain by"):
        open_guard(guard, abstains=True)
    sure = FIT.model_copy(update={"flag_above": 60.0, "pass_below": None})
    write_calibration(guard, stored(guard, sure))
    assert read_calibration(guard).outputs["unsafe"].of("fr") == sure
    ready = open_guard(guard)
    assert ready.version != plain.version
    french, german = [outcome.value for outcome in ready.score(asked)]
    assert french.unsafe == pytest.approx(sure.score(raw.unsafe), rel=1e-4)
    assert german.unsafe == pytest.approx(FIT.score(raw.unsafe), rel=1e-4)
    assert german.categories == pytest.approx(raw.categories, rel=1e-4)
    assert isinstance(open_guard(guard, abstains=True).score(asked)[0], Abstained)
    assert open_guard(guard, calibrated=False).version == plain.version


def test_another_guards_calibration_is_refused(guard):
    write_calibration(guard, stored(guard, FIT, "0" * 64))
    with pytest.raises(ConfigurationError, match="made for another guard"):
        open_guard(guard)
    (guard / CALIBRATION).write_text('{"format": 1}')
    with pytest.raises(ConfigurationError, match=r"calibration\.json: .*; calibrate again"):
        open_guard(guard)


def test_rows_to_calibrate_on(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"id": str(i), "text": "x", "unsafe": i % 2, "language": "fr" if i > 3 else "en"} for i in range(8)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len(prepare([path])) == 8
    assert {example.id for example in prepare([path], ["fr"])} == {"4", "5", "6", "7"}
    with pytest.raises(ConfigurationError, match="an id stands twice"):
        prepare([path, path])
    with pytest.raises(ConfigurationError, match="0 rows to use"):
        prepare([path], ["it"])
