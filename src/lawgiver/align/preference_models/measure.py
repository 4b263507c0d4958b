"""How good a preference model is on pairs it has not seen, beside what needs no model at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.align.preference_models.rows import higher_first, safe_flags
from lawgiver.data.preference import Pair
from lawgiver.data.preference.length import words
from lawgiver.models.head_card import Objective
from lawgiver.outcome import Outcome, Value
from lawgiver.stats import Interval, bootstrap_mean, clopper_pearson

Floats = NDArray[np.float64]


def measure(
    objective: Objective,
    pairs: Sequence[Pair],
    higher: Sequence[Outcome[float]],
    lower: Sequence[Outcome[float]],
    trained_on: Sequence[Pair],
) -> dict[str, Any]:
    """Accuracy of N held-out pairs, of a cost also of its sign, each with a 95 % interval over prompts.

    What a baseline has to know, whether the longer or the shorter answer wins and which flag is the commoner one, it
    takes from the pairs that were trained on.

    Args:
        objective: whose model it is.
        pairs: N held-out pairs.
        higher: the score of the answer that shall score higher, of each.
        lower: the score of the other answer.
        trained_on: the pairs that the model learned from.

    Returns:
        `pairs` (scored), `failed` (pairs with an answer that was not), and unless all failed `accuracy`, `length`
        (the baseline, with its `rule`), `over_length` (the difference); for a cost `sign`, `majority` and
        `over_majority` likewise, over answers.
    """
    scored = [
        (pair, (first.value, second.value))
        for pair, first, second in zip(pairs, higher, lower, strict=True)
        if isinstance(first, Value) and isinstance(second, Value)
    ]
    result: dict[str, Any] = {"pairs": len(scored), "failed": len(pairs) - len(scored)}
    if not scored:
        return result
    kept = [pair for pair, _ in scored]
    groups = [pair.group for pair in kept]
    scores_N2 = np.array([both for _, both in scored])
    longer = bool(_wins(_lengths(objective, trained_on)).mean() >= 0.5)
    lengths_N2 = _lengths(objective, kept) * (1 if longer else -1)
    rule = f"the {'longer' if longer else 'shorter'} answer scores higher"
    result |= _beside("accuracy", "length", rule, _wins(scores_N2), _wins(lengths_N2), groups)
    if objective == "cost":
        unsafe_N2 = _unsafe(kept)
        mostly = bool(_unsafe(trained_on).mean() > 0.5)
        right_2N = ((scores_N2 > 0) == unsafe_N2).T.ravel()
        majority_2N = (unsafe_N2 == mostly).T.ravel()
        rule = f"every answer is {'unsafe' if mostly else 'safe'}"
        result |= _beside("sign", "majority", rule, right_2N, majority_2N, groups * 2)
    return result


def held_out_rows(
    objective: Objective, pairs: Sequence[Pair], higher: Sequence[Outcome[float]], lower: Sequence[Outcome[float]]
) -> list[dict[str, Any]]:
    """A line for each held-out pair: both scores and what is flagged, without its texts.

    Args:
        objective: whose model it is.
        pairs: N held-out pairs.
        higher: the score of the answer that shall score higher, of each.
        lower: the score of the other answer.

    Returns:
        `id`, `higher` and `lower` (null where an answer was not scored), `higher_safe` and `lower_safe` (null where
        nobody said).
    """
    rows = []
    for pair, first, second in zip(pairs, higher, lower, strict=True):
        flags = (
            (pair.chosen_safe, pair.rejected_safe) if objective == "reward" else (pair.rejected_safe, pair.chosen_safe)
        )
        rows.append({
            "id": pair.id,
            "higher": first.value if isinstance(first, Value) else None,
            "lower": second.value if isinstance(second, Value) else None,
            "higher_safe": flags[0],
            "lower_safe": flags[1],
        })  # fmt: skip
    return rows


def share(values_N: ArrayLike, groups: Sequence[str]) -> Interval:
    """A mean of values of 0 to 1 with its 95 % interval over G groups, in which each group counts once.

    Where every group is all right or all wrong the interval is exact (Clopper-Pearson), so that it has a width though
    all were right; else it is a bootstrap over groups.
    """
    means_G = by_group(values_N, groups)
    if np.isin(means_G, (0.0, 1.0)).all():
        return clopper_pearson(int(means_G.sum()), len(means_G))
    return bootstrap_mean(means_G, seed=0)


def by_group(values_N: ArrayLike, groups: Sequence[str]) -> Floats:
    """Mean of each of the G groups, in order of their names."""
    _, index_N = np.unique(np.array(groups), return_inverse=True)
    sums_G = np.bincount(index_N, np.asarray(values_N, dtype=np.float64))
    means_G: Floats = sums_G / np.bincount(index_N)
    return means_G


def _beside(
    name: str, baseline: str, rule: str, ours_N: ArrayLike, theirs_N: ArrayLike, groups: Sequence[str]
) -> dict[str, Any]:
    difference_G = by_group(ours_N, groups) - by_group(theirs_N, groups)
    return {
        name: share(ours_N, groups).to_json(),
        baseline: {"rule": rule, **share(theirs_N, groups).to_json()},
        f"over_{baseline}": bootstrap_mean(difference_G, seed=0).to_json(),
    }


def _wins(scores_N2: NDArray[Any]) -> Floats:
    """1 where the first is larger, 0 where the second is, a half for a tie."""
    wins_N: Floats = (np.sign(scores_N2[:, 0] - scores_N2[:, 1]) + 1) / 2
    return wins_N


def _lengths(objective: Objective, pairs: Sequence[Pair]) -> Floats:
    return np.array([[words(text) for text in higher_first(objective, pair)] for pair in pairs], dtype=np.float64)


def _unsafe(pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    return ~np.array([safe_flags("cost", pair) for pair in pairs], dtype=bool)
