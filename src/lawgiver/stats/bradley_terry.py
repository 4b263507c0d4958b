"""Strengths of several players from who beat whom (Bradley and Terry 1952, Biometrika 39), with bootstrap intervals.

P(i beats j) = σ(θ_i − θ_j); a tie is half a win for each. Unlike Elo ratings, the maximum-likelihood strengths do not
depend on the order of the comparisons, and their uncertainty is that of the prompts, not of shuffles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.bootstrap import Floats, Seed
from lawgiver.stats.interval import Interval, check_confidence
from lawgiver.stats.joint import resampled_sums

RIDGE = 0.01
"""Weight of the penalty Σ (θ_i − θ̄)² / 2, in comparisons; used only where no finite maximum exists."""

_STEPS = 200


@dataclass(frozen=True, slots=True)
class Strengths:
    """Strengths of P players on the logit scale; the first one's is 0."""

    intervals: tuple[Interval, ...]
    """One for each of P players; that of the first has no width."""
    finite: bool
    """Whether a finite maximum of the likelihood exists, so that no ridge was needed for the estimates."""
    connected: bool
    """Whether every player is linked to every other by comparisons, however they ended."""
    groups: tuple[tuple[int, ...], ...]
    """Players that beat each other in a circle; more than one group exactly where `finite` is false."""
    ridge: float
    """What was used where it was needed."""
    ridged: float
    """Share of resamples that needed it."""


def bradley_terry(
    wins_CPP: ArrayLike,
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 2000,
    ridge: float = RIDGE,
) -> Strengths:
    """Fit P strengths to the comparisons on C prompts; prompts are resampled for percentile intervals.

    Args:
        wins_CPP: `(C, P, P)`; `[c, i, j]` in [0, 1] says how far i beat j on prompt c, `[c, j, i]` is the rest to 1;
            NaN where the two were not compared. The diagonal is not looked at.
        seed: a whole number or a generator (which is advanced).
        confidence: of each interval by itself.
        resamples: how many samples of C prompts are drawn.
        ridge: for samples without a finite maximum, > 0.

    Raises:
        ConfigurationError: for fewer than two players, no comparison at all, shares that do not add up to 1, or
            arguments out of range.
    """
    wins = _check(np.array(wins_CPP, dtype=np.float64))
    tails = [(1 - check_confidence(confidence)) / 2, (1 + confidence) / 2]
    if not ridge > 0 or not np.isfinite(ridge):
        raise ConfigurationError(f"ridge={ridge}: give a small number above 0, such as {RIDGE}")
    players = wins.shape[1]
    compared_CPP = ~np.isnan(wins)
    filled_CPP = np.where(compared_CPP, wins, 0.0)
    total_PP = filled_CPP.sum(0)
    finite = bool(has_finite_maximum(total_PP))
    estimate_P = fit_strengths(total_PP, 0.0 if finite else ridge)
    sums_RK = resampled_sums(filled_CPP.reshape(len(wins), -1), seed=seed, resamples=resamples)
    drawn_RPP = sums_RK.reshape(-1, players, players)
    finite_R = has_finite_maximum(drawn_RPP)
    drawn_RP = fit_strengths(drawn_RPP, np.where(finite_R, 0.0, ridge))
    low_P, high_P = np.quantile(drawn_RP, tails, axis=0)
    n = int(compared_CPP.any(axis=(1, 2)).sum())
    _, group_P = connected_components(total_PP > 0, directed=True, connection="strong")
    parts, _ = connected_components(compared_CPP.any(0), directed=False)
    return Strengths(
        intervals=tuple(
            Interval(float(estimate), float(low), float(high), n, confidence, "percentile")
            for estimate, low, high in zip(estimate_P, low_P, high_P, strict=True)
        ),
        finite=finite,
        connected=bool(parts == 1),
        groups=tuple(tuple(np.flatnonzero(group_P == group).tolist()) for group in dict.fromkeys(group_P.tolist())),
        ridge=ridge,
        ridged=float(1 - finite_R.mean()),
    )


def fit_strengths(wins_BPP: ArrayLike, ridge_B: ArrayLike = 0.0) -> Floats:
    """Maximum of the (penalised) likelihood by Newton's method, `(..., P)`; the first player stands at 0.

    Args:
        wins_BPP: `(..., P, P)` summed wins of i over j, ≥ 0, with a zero diagonal.
        ridge_B: `(...)` weight of the penalty; 0 only where `has_finite_maximum`.
    """
    wins = np.asarray(wins_BPP, dtype=np.float64)
    players = wins.shape[-1]
    games = wins + wins.swapaxes(-1, -2)
    ridge = np.broadcast_to(np.asarray(ridge_B, dtype=np.float64), wins.shape[:-2])[..., None]
    centring_PP = np.eye(players) - 1 / players
    strength = np.zeros(wins.shape[:-1])
    for _ in range(_STEPS):
        beats = expit(strength[..., :, None] - strength[..., None, :])
        slope = (wins - games * beats).sum(-1) - ridge * (strength @ centring_PP)
        weight = games * beats * (1 - beats)
        bend = ridge[..., None] * centring_PP - weight
        bend[..., np.arange(players), np.arange(players)] += weight.sum(-1)
        # only differences are known: the first player is held, and a long step is cut lest it overshoots
        step = np.linalg.solve(bend[..., 1:, 1:], slope[..., 1:, None])[..., 0].clip(-1, 1)
        strength[..., 1:] += step
        if np.abs(step).max(initial=0.0) < 1e-10:
            break
    return strength


def has_finite_maximum(wins_BPP: ArrayLike) -> NDArray[np.bool_]:
    """Whether every player beats every other along some chain, `(...)` (Ford 1957, Amer. Math. Monthly 64)."""
    wins = np.asarray(wins_BPP)
    reached = (wins > 0) | np.eye(wins.shape[-1], dtype=bool)
    for _ in range(wins.shape[-1].bit_length()):
        reached = reached @ reached
    return np.asarray(reached.all(axis=(-1, -2)))


def _check(wins: Floats) -> Floats:
    if wins.ndim != 3 or wins.shape[1] != wins.shape[2] or wins.shape[1] < 2:
        raise ConfigurationError(f"wins have shape {wins.shape}: give (C, P, P) with two players or more")
    wins[:, np.arange(wins.shape[1]), np.arange(wins.shape[1])] = np.nan
    both = wins + wins.swapaxes(1, 2)
    known = ~np.isnan(wins)
    if not known.any():
        raise ConfigurationError("no two players were compared on any prompt: nothing to fit")
    if (known != known.swapaxes(1, 2)).any() or (np.abs(both[known] - 1) > 1e-9).any() or (wins[known] < 0).any():
        raise ConfigurationError("wins of i over j and of j over i must be shares that add up to 1 on every prompt")
    return wins
