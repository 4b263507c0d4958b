"""The Moran process: who takes over a population of fixed size, one birth and one death at a time.

Nowak, Sasaki, Taylor & Fudenberg 2004 (Nature 428:646): each step one individual, drawn in proportion to its fitness,
has a copy, which replaces one drawn at random. The fitness of type i is `1 - w + w·F_i`, where F_i is its mean payoff
against the N - 1 others. Of a population in which nobody has any fitness, everybody is drawn alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from lawgiver.outcome import ConfigurationError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MoranRuns:
    """What came of R simulated populations."""

    counts_RT: NDArray[np.int64]
    """How many of each type there were at the end."""
    steps_R: NDArray[np.int64]
    """Births until one type was alone, or until the limit."""

    @property
    def winners_T(self) -> NDArray[np.int64]:
        """In how many runs each type was alone at the end."""
        return np.asarray((self.counts_RT == self.counts_RT.sum(axis=1, keepdims=True)).sum(axis=0))

    @property
    def unfinished(self) -> int:
        """How many runs still had several types at the limit."""
        return len(self.counts_RT) - int(self.winners_T.sum())


def check_selection(selection: float, lowest_payoff: float) -> None:
    """Check that no fitness can be negative.

    Raises:
        ConfigurationError: for a strength outside [0, 1], or one at which the lowest payoff makes a negative fitness.
    """
    if not 0 <= selection <= 1:
        raise ConfigurationError(f"selection: {selection}: give a strength between 0 and 1")
    # a mean over many rounds can fall short of 0 by a rounding error
    if 1 - selection + selection * lowest_payoff < -1e-9:
        raise ConfigurationError(
            f"selection: {selection}: a payoff of {lowest_payoff:g} would make a negative fitness; "
            f"give at most {np.floor(1000 / (1 - lowest_payoff)) / 1000:g}, or raise all payoffs"
        )


def _checked(payoffs_TT: ArrayLike, selection: float) -> Floats:
    payoffs = np.asarray(payoffs_TT, dtype=np.float64)
    if payoffs.ndim != 2 or payoffs.shape[0] != payoffs.shape[1] or not payoffs.size or not np.isfinite(payoffs).all():
        raise ConfigurationError(f"payoffs of shape {payoffs.shape}: give a square matrix of finite numbers")
    check_selection(selection, float(payoffs.min()))
    return payoffs


def fitness(payoffs_TT: Floats, counts_RT: NDArray[np.int64], selection: float) -> Floats:
    """Fitness of each type in R populations, `(R, T)`; nobody meets itself. N must be at least 2."""
    others = counts_RT.sum(axis=1, keepdims=True) - 1
    payoff_RT = (counts_RT @ payoffs_TT.T - np.diag(payoffs_TT)) / others
    fitness_RT: Floats = 1 - selection + selection * payoff_RT
    # the payoff of a type of which there is none can be anything; it has no say
    return np.where(counts_RT > 0, np.maximum(fitness_RT, 0), 0)


def fixation(payoffs_TT: ArrayLike, population: int, selection: float = 1.0) -> Floats:
    """Probability that one individual of type i takes over a population otherwise of type j, exactly.

    With k individuals of type i and N - k of type j, f and g their fitnesses,
    `ρ = 1 / (1 + Σ_{m=1}^{N-1} Π_{k=1}^{m} g_k / f_k)`.

    Args:
        payoffs_TT: `[i, j]` is the payoff of type i against type j.
        population: N, at least 2.
        selection: w, between 0 (all alike) and 1 (fitness is payoff).

    Returns:
        `(T, T)` in [0, 1]; `[i, j]` for a single i among j, and 1/N on the diagonal.

    Raises:
        ConfigurationError: for arguments out of range; see `check_selection`.
    """
    payoffs = _checked(payoffs_TT, selection)
    _check_population(population)
    k_M = np.arange(1, population)
    own_T = np.diag(payoffs)
    rho_TT = np.empty_like(payoffs)
    for i in range(len(payoffs)):  # one mutant at a time keeps memory at T·N
        mutant_TM = payoffs[i, i] * (k_M - 1) + payoffs[i, :, None] * (population - k_M)
        resident_TM = payoffs[:, i, None] * k_M + own_T[:, None] * (population - k_M - 1)
        f_TM = 1 - selection + selection * mutant_TM / (population - 1)
        g_TM = 1 - selection + selection * resident_TM / (population - 1)
        rho_TT[i] = _fixation(np.maximum(f_TM, 0), np.maximum(g_TM, 0))
    return rho_TT


def _fixation(f_TM: Floats, g_TM: Floats) -> Floats:
    nobody = (f_TM == 0) & (g_TM == 0)
    # a mutant without fitness never has a copy, so it cannot pass that state, whatever comes after
    stuck_T = ((f_TM == 0) & ~nobody).any(axis=1)
    with np.errstate(divide="ignore"):
        ratio_TM = np.log(np.where(nobody, 1, g_TM)) - np.log(np.where(f_TM == 0, 1, f_TM))
    terms_TM = np.cumsum(np.concatenate([np.zeros((len(f_TM), 1)), ratio_TM], axis=1), axis=1)
    return np.where(stuck_T, 0.0, np.exp(-logsumexp(terms_TM, axis=1)))


def simulate(
    payoffs_TT: ArrayLike,
    start_RT: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    selection: float = 1.0,
    limit: int = 100_000,
) -> MoranRuns:
    """Let R populations evolve, side by side, until one type is alone or `limit` births are past.

    Args:
        payoffs_TT: `[i, j]` is the payoff of type i against type j.
        start_RT: how many of each type there are at first; every row adds up to the same N of at least 2.
        rng: the source of chance.
        selection: w, between 0 and 1.
        limit: births after which a run is left as it is. Types that keep each other alive take a time that grows
            exponentially with N, so a limit is needed, and `MoranRuns.unfinished` must be looked at.

    Raises:
        ConfigurationError: for arguments out of range; see `check_selection`.
    """
    payoffs = _checked(payoffs_TT, selection)
    counts_RT = np.array(start_RT, dtype=np.int64)
    if counts_RT.ndim != 2 or counts_RT.shape[1] != len(payoffs) or (counts_RT < 0).any():
        raise ConfigurationError(f"start of shape {counts_RT.shape}: give (runs, {len(payoffs)}) whole numbers, ≥ 0")
    sizes = set(counts_RT.sum(axis=1).tolist())
    if len(sizes) > 1:
        raise ConfigurationError(f"start: populations of {sorted(sizes)}; all runs must have the same size")
    size = sizes.pop() if sizes else 2
    _check_population(size)
    steps_R = np.zeros(len(counts_RT), dtype=np.int64)
    running = np.flatnonzero(counts_RT.max(axis=1, initial=0) < size)
    for step in range(1, limit + 1):
        if not len(running):
            break
        now_AT = counts_RT[running]
        weight_AT = now_AT * fitness(payoffs, now_AT, selection)
        weight_AT = np.where(weight_AT.sum(axis=1, keepdims=True) > 0, weight_AT, now_AT)
        at = np.arange(len(running))
        born_A, dead_A = _draw(weight_AT, rng), _draw(now_AT, rng)
        now_AT[at, born_A] += 1
        now_AT[at, dead_A] -= 1
        counts_RT[running] = now_AT
        steps_R[running] = step
        running = running[now_AT.max(axis=1) < size]
    return MoranRuns(counts_RT, steps_R)


def even_start(types: int, population: int, runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """As many of each type as the population allows, `(R, T)`; who gets one more is drawn anew for each run.

    Raises:
        ConfigurationError: if there are fewer places than types.
    """
    if population < max(2, types):
        raise ConfigurationError(f"population: {population}: {types} players need at least {max(2, types)} places")
    order_RT = rng.permuted(np.broadcast_to(np.arange(types), (runs, types)), axis=1)
    return np.where(order_RT < population % types, 1, 0) + population // types


def _draw(weight_AT: NDArray[np.generic], rng: np.random.Generator) -> NDArray[np.intp]:
    """One type per row, in proportion to the weights; never one of weight 0."""
    edges_AT = np.cumsum(weight_AT, axis=1, dtype=np.float64)
    point_A1 = rng.random((len(edges_AT), 1)) * edges_AT[:, -1:]
    # rounding can put the point on the last edge, past the last type that has any weight
    last_A = (edges_AT < edges_AT[:, -1:]).sum(axis=1)
    return np.asarray(np.minimum((edges_AT <= point_A1).sum(axis=1), last_A))


def _check_population(population: int) -> None:
    if population < 2:
        raise ConfigurationError(f"population: {population}: a population needs at least 2 individuals")
