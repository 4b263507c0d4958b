"""Fitting the charter's judge from its labels, and measuring how far it agrees with them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lawgiver.data import Exchange, sha256_bytes
from lawgiver.evidence.features import WIDTH, feature_matrix
from lawgiver.evidence.fitted import ASKED_ONLY, FittedJudge, Head, softmax
from lawgiver.outcome import ConfigurationError

FOLDS = 5
FEWEST = 8
"""A class with fewer labels can neither be learned nor measured."""
STRENGTHS = (0.3, 1.0, 3.0)
"""Inverse regularisation, chosen by cross-validated log loss."""
Array = npt.NDArray[np.float64]


def label_exchange(row: Mapping[str, Any]) -> Exchange:
    """The exchange of one label row."""
    return Exchange(
        messages=({"role": "user", "content": str(row["prompt"])},),
        response=str(row["response"]),
        labels=row.get("prompt_labels", {}),
        context={"answer_part": row.get("answer_part")},
        id=str(row.get("id", "")),
    )


def fit_judge(rows: Sequence[Mapping[str, Any]], fields: Sequence[str], *, seed: int = 0) -> tuple[FittedJudge, dict]:  # type: ignore[type-arg]
    """Fit one head per field; rows whose label is null are left out of that head.

    Folds keep a prompt together. The regularisation and the temperature come from out-of-fold logits, and so
    do all figures of agreement.

    Args:
        rows: label rows: `prompt`, `response`, `answer_part`, `labels`.
        fields: which labels to learn.
        seed: of the folds.

    Returns:
        The judge, and its agreement per field.

    Raises:
        ConfigurationError: for a field without labels, or a class with too few.
    """
    matrix = feature_matrix([label_exchange(row) for row in rows])
    prompts = np.array([str(row["prompt"]) for row in rows])
    heads: list[Head] = []
    agreement: dict[str, Any] = {}
    for field in fields:
        labels = [_text(row["labels"].get(field)) for row in rows]
        kept = np.array([n for n, label in enumerate(labels) if label is not None])
        classes = _classes(field, [label for label in labels if label is not None])
        if (asked := len(set(prompts[kept]))) < FOLDS:
            raise ConfigurationError(f"labels: {field} has labels on {asked} prompts; write for at least {FOLDS}")
        target = np.array([classes.index(label) for label in labels if label is not None])
        head, out_of_fold = _fit_head(field, classes, matrix[kept], target, prompts[kept], seed)
        heads.append(head)
        agreement[field] = agreement_of(classes, target, out_of_fold)
    canonical = json.dumps(list(rows), sort_keys=True, ensure_ascii=False).encode()
    return FittedJudge(tuple(heads), sha256_bytes(canonical)), agreement


def _text(label: Any) -> str | None:
    if label is None:
        return None
    return str(label).lower() if isinstance(label, bool) else str(label)


def _classes(field: str, labels: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(labels)
    if len(counts) < 2:
        raise ConfigurationError(f"labels: {field} has {len(counts)} class(es) {sorted(counts)}; a judge needs two")
    for label, count in sorted(counts.items()):
        if count < FEWEST:
            raise ConfigurationError(f"labels: {field}={label} has {count} rows; write at least {FEWEST}")
    return tuple(sorted(counts))


def _fit_head(
    field: str, classes: tuple[str, ...], matrix: Any, target_N: Any, prompts_N: Any, seed: int
) -> tuple[Head, Array]:
    from sklearn.model_selection import StratifiedGroupKFold

    folds = list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(matrix, target_N, prompts_N))
    best: tuple[float, float, float, Array] | None = None
    for strength in STRENGTHS:
        logits_NK = np.zeros((len(target_N), len(classes)))
        for train, held in folds:
            weight_FK, bias_K = _regress(matrix[train], target_N[train], len(classes), strength)
            logits_NK[held] = matrix[held] @ weight_FK + bias_K
        temperature = _temperature(logits_NK, target_N)
        probabilities_NK = softmax(logits_NK / temperature)
        loss = _log_loss(probabilities_NK, target_N)
        if best is None or loss < best[0]:
            best = (loss, strength, temperature, probabilities_NK)
    assert best is not None
    _, strength, temperature, out_of_fold = best
    weight_FK, bias_K = _regress(matrix, target_N, len(classes), strength)
    # rounded here as in the file, so that a judge just fitted and one just read say the same
    rounded_FK = weight_FK.astype(np.float16).astype(np.float32)
    head = Head(field, classes, rounded_FK, bias_K.astype(np.float32), temperature, field in ASKED_ONLY)
    return head, out_of_fold


def _regress(matrix: Any, target_N: Any, count: int, strength: float) -> tuple[Array, Array]:
    """Multinomial logistic regression: weights (F, K) and biases (K,)."""
    from sklearn.linear_model import LogisticRegression

    weight_FK, bias_K = np.zeros((WIDTH, count)), np.full(count, -30.0)  # a class the fold lacks stays unlikely
    if len(present := np.unique(target_N)) == 1:
        bias_K[present] = 0.0
        return weight_FK, bias_K
    model = LogisticRegression(C=strength, tol=1e-3, max_iter=300).fit(matrix, target_N)
    if len(model.classes_) == 2:  # one row for two classes
        weight_FK[:, model.classes_] = np.stack([np.zeros(WIDTH), model.coef_[0]], axis=1)
        bias_K[model.classes_] = [0.0, model.intercept_[0]]
    else:
        weight_FK[:, model.classes_] = model.coef_.T
        bias_K[model.classes_] = model.intercept_
    return weight_FK, bias_K


def _temperature(logits_NK: Array, target_N: Any) -> float:
    """The temperature with the least log loss (Guo et al. 2017, arXiv 1706.04599)."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: _log_loss(softmax(logits_NK / np.exp(log_t)), target_N), bounds=(-3.0, 3.0), method="bounded"
    )
    return round(float(np.exp(found.x)), 6)


def _log_loss(probabilities_NK: Array, target_N: Any) -> float:
    return float(-np.log(np.clip(probabilities_NK[np.arange(len(target_N)), target_N], 1e-12, None)).mean())


def agreement_of(classes: Sequence[str], target_N: Any, probabilities_NK: Array) -> dict[str, Any]:
    """How far probabilities agree with labels, beside what always saying the commonest class would reach."""
    from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, confusion_matrix, f1_score

    said_N = probabilities_NK.argmax(axis=1)
    counts = np.bincount(target_N, minlength=len(classes))
    shares_K = counts / counts.sum()
    return {
        "n": len(target_N),
        "classes": dict(zip(classes, counts.tolist(), strict=True)),
        "accuracy": float((said_N == target_N).mean()),
        "majority_accuracy": float(shares_K.max()),
        "balanced_accuracy": float(balanced_accuracy_score(target_N, said_N)),
        "kappa": float(cohen_kappa_score(target_N, said_N)),
        "macro_f1": float(f1_score(target_N, said_N, average="macro")),
        "log_loss": _log_loss(probabilities_NK, target_N),
        "majority_log_loss": float(-(shares_K * np.log(shares_K)).sum()),
        "calibration_error": _calibration_error(probabilities_NK, target_N),
        "confusion": confusion_matrix(target_N, said_N, labels=range(len(classes))).tolist(),
    }


def _calibration_error(probabilities_NK: Array, target_N: Any, bins: int = 10) -> float:
    """Expected calibration error of the chosen class over equal-width bins."""
    chosen_N, right_N = probabilities_NK.max(axis=1), probabilities_NK.argmax(axis=1) == target_N
    bin_N = np.minimum((chosen_N * bins).astype(int), bins - 1)
    gaps = [abs(chosen_N[bin_N == b].sum() - right_N[bin_N == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(target_N))


def lexical_agreement(labels: Sequence[Any], measured: Sequence[Any]) -> dict[str, Any]:
    """How far a lexical scorer agrees with its labels."""
    from sklearn.metrics import cohen_kappa_score

    texts, said = [str(_text(label)) for label in labels], [str(_text(value)) for value in measured]
    right = sum(a == b for a, b in zip(texts, said, strict=True))
    return {
        "n": len(texts),
        "classes": dict(sorted(Counter(texts).items())),
        "accuracy": right / len(texts),
        "majority_accuracy": max(Counter(texts).values()) / len(texts),
        "kappa": float(cohen_kappa_score(texts, said)),
    }
