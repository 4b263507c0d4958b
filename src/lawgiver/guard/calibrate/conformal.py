"""Where to let pass, so that the expected share of unsafe texts that get through has a bound at any sample size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def pass_below(score_N: ArrayLike, positive_N: ArrayLike, alpha: float) -> float | None:
    """The largest threshold λ̂ with E[missed] ≤ α, where a text whose score is strictly below it is let pass.

    Conformal risk control (Angelopoulos et al. 2022, arXiv 2208.02814, eq. 4): the loss of an unsafe text is 1 if it is
    let pass, at most B = 1 and monotone in λ, so that λ̂ is the largest λ with (n R̂(λ) + B) / (n + 1) ≤ α. For the next
    unsafe text, drawn like these n, P(missed) ≤ α, over the draw of the n as well; of continuous scores, it is more
    than α − 1 / (n + 1).

    Args:
        score_N: N scores, in any unit.
        positive_N: N labels; only rows with it count.
        alpha: in (0, 1).

    Returns:
        The score of one of the rows; None where n < 1 / α − 1, which is too few to let anything pass.
    """
    unsafe = np.sort(np.asarray(score_N, dtype=np.float64)[np.asarray(positive_N).astype(bool)])
    # the slack is far above the rounding of alpha * (n + 1), which may be whole, and far below 1
    missed = math.floor(alpha * (len(unsafe) + 1) + 1e-9) - 1
    return None if missed < 0 or not len(unsafe) else float(unsafe[min(missed, len(unsafe) - 1)])
