"""Matches of players of any kind, played out: every match and every repetition at once, one round after the other.

Each player sits down twice, once for all the matches in which it is the row player and once for those in which it is
the column player, so a round costs two calls a player however many matches there are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents import Opponent, Seat
from lawgiver.games.stage import StageView

Indices = NDArray[np.intp]


def live_counts(
    game: MatrixGame,
    members: Sequence[Opponent],
    rows_N: Indices,
    columns_N: Indices,
    *,
    rounds: int,
    repetitions: int,
    noise: float,
    seed: np.random.SeedSequence,
) -> NDArray[np.int64]:
    """How often each joint move occurred in N matches.

    Args:
        game: of two players with two actions each.
        members: who can sit down.
        rows_N: which of them is the row player of each match.
        columns_N: which is the column player.
        rounds: rounds in a match.
        repetitions: R, how often each match is played.
        noise: probability that a move turns into the other one; both players see what it has become.
        seed: the source of chance.

    Returns:
        `(R, N, 4)` numbers of CC, CD, DC, DD, the row player's move first.
    """
    *seat_seeds, noise_seed = seed.spawn(2 * len(members) + 1)
    shape = (len(rows_N), repetitions)
    # a seat is spawned for the one who sits opposite to it
    seats = _sit(members, rows_N, game.seen_by("column"), repetitions, seat_seeds[: len(members)])
    others = _sit(members, columns_N, game.seen_by("row"), repetitions, seat_seeds[len(members) :])
    rng = np.random.default_rng(noise_seed)
    counts_NR4 = np.zeros((*shape, 4), dtype=np.int64)
    flat, cell_NR = counts_NR4.reshape(-1), 4 * np.arange(len(rows_N) * repetitions).reshape(shape)
    row_NR, column_NR = np.empty(shape, dtype=np.intp), np.empty(shape, dtype=np.intp)
    for _ in range(rounds):
        for moves_NR, side in ((row_NR, seats), (column_NR, others)):
            for matches, seat in side:
                moves_NR[matches] = np.asarray(seat.act()).reshape(len(matches), repetitions)
            if noise:
                moves_NR ^= rng.random(shape) < noise
        flat[cell_NR + 2 * row_NR + column_NR] += 1
        for own_NR, other_NR, side in ((row_NR, column_NR, seats), (column_NR, row_NR, others)):
            for matches, seat in side:
                seat.observe(own_NR[matches].ravel(), other_NR[matches].ravel())
    return counts_NR4.swapaxes(0, 1)


def _sit(
    members: Sequence[Opponent],
    who_N: Indices,
    stage: StageView,
    repetitions: int,
    seeds: Sequence[np.random.SeedSequence],
) -> list[tuple[Indices, Seat]]:
    """The matches of each member that has any on this side, and its seat for all of them."""
    sitting = []
    for number, member in enumerate(members):
        matches = np.flatnonzero(who_N == number)
        if len(matches):
            rng = np.random.default_rng(seeds[number])
            sitting.append((matches, member.spawn(stage, len(matches) * repetitions, rng)))
    return sitting
