"""Numbers of a guard: DuoGuard's own, those it leaves out, what guards that read nothing reach, and intervals."""

from lawgiver.guard.metrics.calibration import Bin, bin_starts, brier, ece, reliability
from lawgiver.guard.metrics.counts import THRESHOLD, PublishedMetrics, f1, flags, published_metrics
from lawgiver.guard.metrics.curves import precision_recall
from lawgiver.guard.metrics.intervals import RESAMPLES, mean_f1, measure, rates, share
from lawgiver.guard.metrics.ranking import auroc, average_precision, recall_at_fpr
from lawgiver.guard.metrics.tally import Tally, tally
from lawgiver.guard.metrics.trivial import coin_f1, constant_f1, trivial

__all__ = [
    "RESAMPLES",
    "THRESHOLD",
    "Bin",
    "PublishedMetrics",
    "Tally",
    "auroc",
    "average_precision",
    "bin_starts",
    "brier",
    "coin_f1",
    "constant_f1",
    "ece",
    "f1",
    "flags",
    "mean_f1",
    "measure",
    "precision_recall",
    "published_metrics",
    "rates",
    "recall_at_fpr",
    "reliability",
    "share",
    "tally",
    "trivial",
]
