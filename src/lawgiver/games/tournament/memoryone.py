"""Matches between players that look back one round: all pairs at once, in expectation or played out.

Two such players make a Markov chain on the four joint moves (Nowak & Sigmund 1990, Acta Appl. Math. 20), so the
expected number of times each joint move occurs in T rounds is `start · (I + M + … + M^(T-1))`. That sum of powers is
taken by repeated doubling, for every pair together: about log2(T) products of 4×4 matrices a pair. Where all
probabilities are 0 or 1 every number in it is a small whole number, so the counts are exact and not only close.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.outcome import ConfigurationError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

OTHER_VIEW = [0, 2, 1, 3]
"""CC, CD, DC, DD of one player, as the other sees them."""

_BLOCK = 1 << 15  # pairs at a time: 16 MiB of matrices, however many pairs there are


class MemoryOne(NamedTuple):
    """P players that decide by the last joint move alone."""

    first_P: Floats
    """Probability of C in the first round."""
    p_P4: Floats
    """Probability of C after CC, CD, DC, DD (own move first)."""

    @classmethod
    def of(cls, first_P: ArrayLike, p_P4: ArrayLike, noise: float = 0.0) -> MemoryOne:
        """Check the probabilities, and mix in noise: each move turns into the other with that probability.

        Raises:
            ConfigurationError: for shapes that do not fit, or a probability outside [0, 1].
        """
        first = np.asarray(first_P, dtype=np.float64)
        p = np.asarray(p_P4, dtype=np.float64)
        if first.ndim != 1 or p.shape != (len(first), 4):
            raise ConfigurationError(f"memory-one players: shapes {first.shape} and {p.shape}; give (P,) and (P, 4)")
        for name, values in (("first", first), ("p", p), ("noise", np.asarray(noise))):
            if not np.all((values >= 0) & (values <= 1)):
                raise ConfigurationError(f"memory-one players: {name}: a probability lies between 0 and 1")
        return cls(first + noise * (1 - 2 * first), p + noise * (1 - 2 * p))


def expected_counts(players: MemoryOne, rows_N: Indices, columns_N: Indices, rounds: int) -> Floats:
    """How often each joint move is expected in a match, for N pairs.

    Args:
        players: the P players.
        rows_N: which player of each pair is the one whose view is taken.
        columns_N: which is the other.
        rounds: rounds in a match, at least 1.

    Returns:
        `(N, 4)` expected numbers of CC, CD, DC, DD (row's move first); each row adds up to `rounds`.
    """
    counts_N4 = np.empty((len(rows_N), 4))
    for begin in range(0, len(rows_N), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        counts_N4[block] = _expected_block(players, rows_N[block], columns_N[block], rounds)
    return counts_N4


def _expected_block(players: MemoryOne, rows_N: Indices, columns_N: Indices, rounds: int) -> Floats:
    power_N44 = joint(players.p_P4[rows_N], players.p_P4[columns_N][:, OTHER_VIEW])
    sums_N44 = np.broadcast_to(np.eye(4), power_N44.shape)
    now_N14 = joint(players.first_P[rows_N], players.first_P[columns_N])[:, None, :]
    counts_N14 = np.zeros_like(now_N14)
    left = rounds
    while left:  # power = M^k and sums = I + … + M^(k-1), for k = 1, 2, 4, …
        if left & 1:
            counts_N14 += now_N14 @ sums_N44
            now_N14 = now_N14 @ power_N44
        left >>= 1
        if left:
            sums_N44 = sums_N44 + sums_N44 @ power_N44
            power_N44 = power_N44 @ power_N44
    return counts_N14[:, 0, :]


def joint(row: Floats, column: Floats) -> Floats:
    """Probabilities of CC, CD, DC, DD when each side plays C with the given ones; adds a last axis of 4."""
    return np.stack([row * column, row * (1 - column), (1 - row) * column, (1 - row) * (1 - column)], axis=-1)


def played_counts(
    players: MemoryOne,
    rows_N: Indices,
    columns_N: Indices,
    rounds: int,
    rng: np.random.Generator,
    repetitions: int = 1,
) -> NDArray[np.int64]:
    """How often each joint move occurred in matches that were played out, for N pairs.

    Returns:
        `(R, N, 4)` numbers of CC, CD, DC, DD (row's move first), R repetitions.
    """
    shape = (repetitions, len(rows_N))
    row_N4, column_N4 = players.p_P4[rows_N], players.p_P4[columns_N][:, OTHER_VIEW]
    pair = np.arange(len(rows_N))
    row_RN, column_RN = (np.broadcast_to(players.first_P[side], shape) for side in (rows_N, columns_N))
    counts_RN4 = np.zeros((*shape, 4), dtype=np.int64)
    flat, cell = counts_RN4.reshape(-1), 4 * np.arange(repetitions * len(rows_N)).reshape(shape)
    for _ in range(rounds):
        # a draw is below 1, so a probability of 1 is a certainty and one of 0 an impossibility
        defects_RN = rng.random(shape) >= row_RN
        state_RN = 2 * defects_RN + (rng.random(shape) >= column_RN)
        flat[cell + state_RN] += 1
        row_RN, column_RN = row_N4[pair, state_RN], column_N4[pair, state_RN]
    return counts_RN4
