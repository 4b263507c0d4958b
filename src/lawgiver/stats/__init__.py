"""What a number is worth: intervals, paired comparisons, exact tests, and the price of many tests at once.

Everything random takes a seed or a `numpy.random.Generator`, and no result depends on the order of the rows, but for
betting bounds, whose order must be fixed without looking at the values.
"""

from lawgiver.stats.bernstein import bernstein_bounds
from lawgiver.stats.betting import betting_bounds, betting_p_value
from lawgiver.stats.bootstrap import UndefinedStatisticError, bootstrap, bootstrap_mean
from lawgiver.stats.confusion import Confusion, confused_rate_bounds, contradicts
from lawgiver.stats.cvar import cvar, cvar_bounds
from lawgiver.stats.interval import Interval
from lawgiver.stats.multiplicity import holm
from lawgiver.stats.onesided import OneSided, p_value
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
from lawgiver.stats.rate import rate_bounds
from lawgiver.stats.rectified import MeanBounds, rectified_bounds

__all__ = [
    "Confusion",
    "Interval",
    "MeanBounds",
    "OneSided",
    "PairedComparison",
    "PairedSample",
    "SignFlipTest",
    "UndefinedStatisticError",
    "bernstein_bounds",
    "betting_bounds",
    "betting_p_value",
    "bootstrap",
    "bootstrap_mean",
    "clopper_pearson",
    "compare_paired",
    "confused_rate_bounds",
    "contradicts",
    "cvar",
    "cvar_bounds",
    "holm",
    "p_value",
    "pair",
    "paired_difference",
    "rate_bounds",
    "rectified_bounds",
    "relative_gain",
    "sign_flip_test",
    "wilson",
]
