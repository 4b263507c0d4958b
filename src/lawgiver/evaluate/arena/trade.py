"""What is wanted against what it costs: points with ellipses, who is dominated, and the area they cover together."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.evaluate.arena.entrants import Field
from lawgiver.evaluate.arena.scores import Floats, Metric, by_prompt, mean_of_scored, scores_of
from lawgiver.evaluate.summary import SEED
from lawgiver.stats import Interval, bootstrap_mean
from lawgiver.stats.joint import resampled_sums
from lawgiver.stats.pareto import ellipse, hypervolume, non_dominated

CONFIDENCE = 0.95


def trade(
    field: Field, wanted: Metric, constraint: Metric, reference: tuple[float, float], resamples: int
) -> dict[str, Any]:
    """Means of both metrics per model, and what they make together.

    Each mean is over the prompts scored for that model; all are resampled together, so that models stay paired.

    Args:
        field: everybody, the base first.
        wanted: higher is better.
        constraint: a cost, lower is better.
        reference: wanted and cost of the worst point.
        resamples: bootstrap resamples of prompts.
    """
    values_CK2 = _values(field, wanted, constraint)
    points: list[dict[str, Any]] = []
    placed: list[int] = []
    for k, name in enumerate(field.names):
        point: dict[str, Any] = {"name": name}
        for part, label in enumerate(("wanted", "constraint")):
            scored = values_CK2[:, k, part]
            scored = scored[~np.isnan(scored)]
            interval = bootstrap_mean(scored, seed=SEED, resamples=resamples).to_json() if scored.size else None
            point |= {label: interval, f"{label}_left_out": int(len(values_CK2) - scored.size)}
        points.append(point)
        if point["wanted"] and point["constraint"]:
            placed.append(k)
    if not placed:
        return {"points": points, "reference": list(reference), "hypervolume": None, "notes": ["nothing was scored"]}
    drawn_RK2 = _resampled_means(values_CK2[:, placed], resamples)
    estimate_K2 = np.array([[points[k][part]["estimate"] for part in ("wanted", "constraint")] for k in placed])
    turned = np.array([1.0, -1.0])
    worst = np.array(reference) * turned
    front_K = non_dominated(estimate_K2 * turned)
    front_RK = non_dominated(drawn_RK2 * turned)
    for place, k in enumerate(placed):
        found = ellipse(estimate_K2[place], drawn_RK2[:, place], CONFIDENCE)
        points[k] |= {
            "covariance": found.covariance_22.tolist(),
            "ellipse": found.outline().tolist(),
            "non_dominated": bool(front_K[place]),
            "front_share": float(front_RK[:, place].mean()),
        }
    volume = float(hypervolume(estimate_K2 * turned, worst))
    document: dict[str, Any] = {
        "points": points,
        "reference": list(reference),
        "confidence": CONFIDENCE,
        "hypervolume": _interval(volume, hypervolume(drawn_RK2 * turned, worst), len(values_CK2)).to_json(),
        "notes": _notes(field, points, reference),
    }
    if placed[0] == 0:
        alone = float(hypervolume(estimate_K2[:1] * turned, worst))
        drawn_R = hypervolume(drawn_RK2 * turned, worst) - hypervolume(drawn_RK2[:, :1] * turned, worst)
        document |= {"base_alone": alone, "gain": _interval(volume - alone, drawn_R, len(values_CK2)).to_json()}
    return document


def _values(field: Field, wanted: Metric, constraint: Metric) -> Floats:
    """Both scores of P models once a prompt, means over a model's runs, `(C, P, 2)`."""
    table = [
        [by_prompt(mean_of_scored(scores_of(entrant, metric), 0), field.prompts) for metric in (wanted, constraint)]
        for entrant in field.entrants
    ]
    return np.moveaxis(np.array(table), -1, 0)


def _resampled_means(values_CK2: Floats, resamples: int) -> Floats:
    """`(R, K, 2)`; a resample that holds no scored prompt of some model is left out."""
    clusters, players, _ = values_CK2.shape
    known = ~np.isnan(values_CK2)
    columns = np.concatenate([np.where(known, values_CK2, 0.0), known], axis=-1).reshape(clusters, -1)
    sums_RK4 = resampled_sums(columns, seed=SEED, resamples=resamples).reshape(-1, players, 4)
    whole = (sums_RK4[..., 2:] > 0).all(axis=(1, 2))
    return np.asarray(sums_RK4[whole, :, :2] / sums_RK4[whole, :, 2:])


def _interval(estimate: float, drawn_R: Floats, n: int) -> Interval:
    low, high = np.quantile(drawn_R, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(estimate, float(low), float(high), n, CONFIDENCE, "percentile")


def _notes(field: Field, points: list[dict[str, Any]], reference: tuple[float, float]) -> list[str]:
    notes = [
        f"{point['name']} is no better than the reference point and adds no area"
        for point in points
        if point["wanted"]
        and point["constraint"]
        and (point["wanted"]["estimate"] <= reference[0] or point["constraint"]["estimate"] >= reference[1])
    ]
    return notes + [
        f"{point['name']} has no place: it was never scored in one of the two"
        for point in points
        if not (point["wanted"] and point["constraint"])
    ]
