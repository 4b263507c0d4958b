"""What a number is worth: intervals, paired comparisons, exact tests, and the price of many tests at once.

Everything random takes a seed or a `numpy.random.Generator`, and no result depends on the order of the rows.
"""

from lawgiver.stats.bootstrap import UndefinedStatisticError, bootstrap, bootstrap_mean
from lawgiver.stats.interval import Interval
from lawgiver.stats.multiplicity import holm
from lawgiver.stats.paired import (
    PairedComparison,
    PairedSample,
    SignFlipTest,
    compare_paired,
    pair,
    paired_difference,
    relative_gain,
    sign_flip_test,
)
from lawgiver.stats.proportion import clopper_pearson, wilson

__all__ = [
    "Interval",
    "PairedComparison",
    "PairedSample",
    "SignFlipTest",
    "UndefinedStatisticError",
    "bootstrap",
    "bootstrap_mean",
    "clopper_pearson",
    "compare_paired",
    "holm",
    "pair",
    "paired_difference",
    "relative_gain",
    "sign_flip_test",
    "wilson",
]
