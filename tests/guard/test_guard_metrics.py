import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score, roc_auc_score, roc_curve

from lawgiver.guard.metrics import (
    auroc,
    average_precision,
    bin_starts,
    brier,
    coin_f1,
    constant_f1,
    ece,
    mean_f1,
    measure,
    precision_recall,
    published_metrics,
    rates,
    recall_at_fpr,
    reliability,
    tally,
    trivial,
)
from lawgiver.guard.metrics.tally import coded, decoded

QUICK = settings(deadline=None, max_examples=40)
TEXTS = st.lists(st.tuples(st.integers(0, 8).map(lambda k: k / 8), st.booleans()), min_size=1, max_size=40)


def columns(texts):
    return np.array([score for score, _ in texts]), np.array([unsafe for _, unsafe in texts])


def test_a_text_at_the_threshold_is_not_flagged():
    found = published_metrics([0.5, 0.5000001, 0.2, 0.9], [1, 1, 0, 0])
    assert (found.recall, found.fpr, found.precision, found.f1) == (0.5, 0.5, 0.5, 0.5)


def test_nothing_over_nothing_is_zero_as_published_and_undefined_for_us():
    found = published_metrics([0.1, 0.2], [True, True])
    assert (found.fpr, found.precision, found.recall, found.f1, found.auprc) == (0, 0, 0, 0, 1)
    assert published_metrics([0.1], [False]).auprc == 0
    ours = measure([0.1, 0.2], [True, True], resamples=100)
    assert [ours[name] for name in ("fpr", "precision", "auroc", "recall_at_fpr_1")] == [None] * 4
    assert ours["recall"]["estimate"] == 0
    assert set(measure([], [], resamples=100).values()) == {None}


@QUICK
@given(TEXTS)
def test_published_metrics_are_scikit_learns(texts):
    score, unsafe = columns(texts)
    found, flagged = published_metrics(score, unsafe), score > 0.5
    assert found.f1 == pytest.approx(f1_score(unsafe, flagged, zero_division=0))
    assert found.precision == pytest.approx(precision_score(unsafe, flagged, zero_division=0))
    assert found.recall == pytest.approx(recall_score(unsafe, flagged, zero_division=0))
    if unsafe.any():
        assert found.auprc == pytest.approx(average_precision_score(unsafe, score))


@QUICK
@given(TEXTS)
def test_rankings_are_scikit_learns_with_ties(texts):
    score, unsafe = columns(texts)
    counts = tally(score, unsafe)
    if unsafe.all() or not unsafe.any():
        assert np.isnan(auroc(counts))
        return
    assert average_precision(counts) == pytest.approx(average_precision_score(unsafe, score))
    assert auroc(counts) == pytest.approx(roc_auc_score(unsafe, score))
    fpr, tpr, _ = roc_curve(unsafe, score, drop_intermediate=False)
    for most in (0.0, 0.05, 0.3, 1.0):
        assert recall_at_fpr(counts, most) == pytest.approx(tpr[fpr <= most + 1e-12].max())


def test_five_percent_of_twenty_allows_one():
    score = np.linspace(1, 0, 21)
    unsafe = np.zeros(21, dtype=bool)
    unsafe[1] = True
    assert recall_at_fpr(tally(score, unsafe), 0.05) == 1
    assert recall_at_fpr(tally(score, unsafe), 0.049) == 0


@QUICK
@given(TEXTS, st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_texts(texts, random):
    shuffled = random.sample(texts, len(texts))
    first, second = tally(*columns(texts)), tally(*columns(shuffled))
    for metric in (brier, auroc, average_precision, lambda counts: ece(counts, bin_starts(counts))):
        assert metric(first) == pytest.approx(metric(second), nan_ok=True)
    assert reliability(first) == reliability(second)


@QUICK
@given(TEXTS)
def test_many_samples_at_once_are_the_same_as_one_by_one(texts):
    score, unsafe = columns(texts)
    score_G, code_N = coded(score, unsafe)
    draws = np.random.default_rng(0).integers(0, len(texts), (5, len(texts)))
    together = decoded(score_G, code_N[draws])
    for metric in (auroc, average_precision, brier, lambda counts: recall_at_fpr(counts, 0.2)):
        alone = [metric(tally(score[draw], unsafe[draw])) for draw in draws]
        np.testing.assert_allclose(metric(together), alone, equal_nan=True)


@QUICK
@given(TEXTS)
def test_calibration_counts_every_text_once(texts):
    score, unsafe = columns(texts)
    counts = tally(score, unsafe)
    bins = reliability(counts, 4)
    assert sum(each.n for each in bins) == len(texts)
    assert sum(each.n * each.mean_score for each in bins) == pytest.approx(score.sum())
    assert sum(each.n * each.unsafe for each in bins) == pytest.approx(unsafe.sum())
    by_hand = sum(each.n * abs(each.mean_score - each.unsafe) for each in bins) / len(texts)
    assert ece(counts, bin_starts(counts, 4)) == pytest.approx(by_hand)
    assert brier(counts) == pytest.approx(np.mean((score - unsafe) ** 2))


def test_bins_hold_equal_numbers_of_texts_where_scores_differ():
    score = np.linspace(0, 1, 1000) ** 4  # most of them near 0
    assert {each.n for each in reliability(tally(score, score > 0.3))} == {100}


def test_a_calibrated_guard_has_hardly_any_error_and_a_constant_has_its_distance_from_the_rate():
    rng = np.random.default_rng(1)
    score = rng.random(20_000)
    counts = tally(score, rng.random(20_000) < score)
    assert ece(counts, bin_starts(counts)) < 0.02
    constant = tally(np.full(10, 0.9), np.arange(10) < 3)
    assert ece(constant, bin_starts(constant)) == pytest.approx(0.6)


@QUICK
@given(st.integers(1, 60), st.integers(0, 60))
def test_the_constant_in_closed_form_is_the_constant_measured(unsafe, safe):
    label = np.arange(unsafe + safe) < unsafe
    found = published_metrics(np.ones(unsafe + safe), label)
    beside = trivial(unsafe, unsafe + safe)["constant"]
    assert constant_f1(label.mean()) == pytest.approx(found.f1)
    assert beside["auprc"] == pytest.approx(found.auprc)


def test_the_coin_in_closed_form_is_what_coins_come_to():
    rng = np.random.default_rng(0)
    label = rng.random(200_000) < 0.3
    for q in (0.2, 0.5):
        assert published_metrics(np.where(rng.random(200_000) < q, 0.9, 0.1), label).f1 == pytest.approx(
            coin_f1(0.3, q), abs=0.01
        )
    assert coin_f1(0.0, 0.0) == 0


def test_intervals_hold_their_estimates_and_narrow_with_more_texts():
    rng = np.random.default_rng(3)
    width = []
    for n in (60, 600):
        score = rng.random(n)
        found = measure(score, rng.random(n) < score, resamples=200)
        for name, interval in found.items():
            assert interval["low"] <= interval["estimate"] <= interval["high"], name
        width.append(found["f1"]["high"] - found["f1"]["low"])
    assert width[1] < width[0]


def test_where_resamples_lack_a_label_there_is_no_interval_but_a_note():
    found = measure([0.9, 0.1, 0.2], [True, False, False], resamples=100)["auroc"]
    assert (found["estimate"], found["low"]) == (1, None)
    assert "too few" in found["note"]


def test_a_mean_of_f1_weighs_sets_equally():
    large = np.ones(100, dtype=bool), np.ones(100, dtype=bool)
    small = np.array([True, True, False]), np.array([True, False, True])
    found = mean_f1([large, small], resamples=100)
    assert found["estimate"] == pytest.approx((1 + 0.5) / 2)
    assert found["n"] == 103


def test_unscored_counted_as_flagged_raise_recall_and_false_alarms():
    scored = rates([True, False], [True, False], resamples=100)
    assert scored["fpr"]["estimate"] == 0
    everything = rates([True, False, True, True], [True, False, True, False], resamples=100)
    assert everything["fpr"]["estimate"] == 0.5


@QUICK
@given(TEXTS)
def test_a_curve_ends_where_everything_is_flagged(texts):
    score, unsafe = columns(texts)
    curve = precision_recall(tally(score, unsafe), 5)
    assert len(curve) <= 5
    if not unsafe.any():
        assert curve == []
        return
    assert curve[-1] == pytest.approx((1, curve[-1][1]))
    assert [recall for recall, _ in curve] == sorted(recall for recall, _ in curve)
