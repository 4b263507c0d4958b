"""What guards that read nothing reach, in closed form: the number beside which every F1 must be read."""

from __future__ import annotations


def constant_f1(prevalence: float) -> float:
    """F1 of flagging everything: precision is the prevalence π, recall is 1, so 2π / (1 + π)."""
    return 2 * prevalence / (1 + prevalence)


def coin_f1(prevalence: float, flagged: float = 0.5) -> float:
    """F1 of flagging by a coin: precision is π and recall q in expectation, so 2πq / (π + q).

    Args:
        prevalence: π, the share of unsafe texts, in [0, 1].
        flagged: q, the probability of a flag, in [0, 1].
    """
    return 2 * prevalence * flagged / (prevalence + flagged) if prevalence + flagged else 0.0


def trivial(unsafe: int, n: int) -> dict[str, dict[str, float]]:
    """Both guards on a set: F1, recall, FPR, AUPRC, AUROC.

    Args:
        unsafe: how many of its texts are unsafe.
        n: how many there are, at least 1.
    """
    prevalence = unsafe / n
    ranking = {"auprc": prevalence, "auroc": 0.5}  # no order at all: precision is π at any recall
    return {
        "constant": {"f1": constant_f1(prevalence), "recall": 1.0, "fpr": 1.0, **ranking},
        "random": {"f1": coin_f1(prevalence), "recall": 0.5, "fpr": 0.5, **ranking},
    }
