"""How far λ would move with other prompts: the sandwich formula, and the bootstrap over prompts beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lawgiver.align.constraint.dual import DualPoint, free, minimise
from lawgiver.align.constraint.scores import Scores
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Interval
from lawgiver.stats.interval import check_confidence

Array = npt.NDArray[np.float64]


def sandwich(point: DualPoint, lambda_C: Array, cap: float) -> Array:
    """Standard error of each λ over prompts; NaN for one that stands at 0 or at the cap, where it has none.

    λ is an M-estimator: its covariance is `H⁻¹ S H⁻¹ / P`, S the covariance of the per-prompt gradients (Huber 1967).
    The error from having only K samples of each prompt is in the spread of those gradients and so included; the bias
    of the log of a mean of K is not.
    """
    error_C = np.full(len(lambda_C), np.nan)
    prompts = len(point.gradients_PC)
    inner_C = free(lambda_C, point.gradient_C, cap) & (lambda_C > 0) & (lambda_C < cap)
    if prompts < 2 or not inner_C.any():
        return error_C
    inverse = np.linalg.pinv(point.hessian_CC[np.ix_(inner_C, inner_C)], hermitian=True)
    spread = np.atleast_2d(np.cov(point.gradients_PC[:, inner_C], rowvar=False))
    error_C[inner_C] = np.sqrt(np.diag(inverse @ spread @ inverse) / prompts)
    return error_C


def bootstrap_lambda(
    scores: Scores, beta: float, *, cap: float, seed: int, resamples: int = 500, confidence: float = 0.95
) -> tuple[Interval, ...]:
    """Percentile interval of each λ, prompts drawn with replacement and the dual solved anew each time.

    Unlike the sandwich it also speaks of a λ at 0, and notes how often a draw ended at the cap.

    Raises:
        ConfigurationError: if fewer than one resample is asked for, or the confidence is not between 0 and 1.
    """
    check_confidence(confidence)
    if resamples < 1:
        raise ConfigurationError(f"resamples={resamples}: draw at least 1, usually 500")
    generator = np.random.default_rng(seed)
    prompts = len(scores.rewards_PK)
    estimate_C = minimise(scores, beta, cap=cap)
    counts_RP = generator.multinomial(prompts, np.full(prompts, 1 / prompts), size=resamples)
    drawn_RC = np.stack(
        [minimise(scores, beta, cap=cap, weights_P=counts_P / prompts, start_C=estimate_C) for counts_P in counts_RP]
    )
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    intervals = []
    for c, estimate in enumerate(estimate_C):
        low, high = np.quantile(drawn_RC[:, c], tails)
        capped = float(np.mean(drawn_RC[:, c] >= cap))
        note = f"{capped:.0%} of the draws stand at the cap {cap:g}" if capped else ""
        intervals.append(Interval(float(estimate), float(low), float(high), prompts, confidence, "percentile", note))
    return tuple(intervals)
