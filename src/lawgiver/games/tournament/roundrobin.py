"""Everybody against everybody: what each scores a round, and how often each cooperates.

Matches of two players whose memory is a table of at most `LONGEST` rounds are computed in expectation; all others are
played out. In a game whose seats differ each pair meets both ways, and the two count alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.catalogue import Game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents import Opponent, Tabular
from lawgiver.games.tournament.live import live_counts
from lawgiver.games.tournament.longer import expected_counts_longer, lengthened
from lawgiver.games.tournament.memoryone import OTHER_VIEW, Floats, Indices, MemoryOne, expected_counts, played_counts
from lawgiver.outcome import ConfigurationError

LONGEST = 4
"""Rounds that a table may look back for a match to be computed: 256 histories."""

LIVE = LONGEST + 1
ROW_COOPERATES = np.array([1.0, 1.0, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class Scores:
    """Results of K players in R repetitions; what was computed is the same in every repetition."""

    scores_RKK: Floats
    """`[r, i, j]`: what i got a round against j, in payoff units."""
    cooperation_RKK: Floats
    """`[r, i, j]`: how often i played its first action against j, in [0, 1]."""
    sampled_KK: NDArray[np.bool_]
    """Whether the matches of i and j were played out, and not computed."""

    @property
    def score_KK(self) -> Floats:
        """Mean score over repetitions."""
        return mean(self.scores_RKK)

    @property
    def cooperation_KK(self) -> Floats:
        """Mean cooperation over repetitions."""
        return mean(self.cooperation_RKK)

    def mixed(self, weights_PK: Floats) -> Scores:
        """The same for P players that play as member k with probability `weights_PK[p, k]` in each match."""
        occurs_PK = (weights_PK > 0).astype(np.float64)
        return Scores(
            weights_PK @ self.scores_RKK @ weights_PK.T,
            weights_PK @ self.cooperation_RKK @ weights_PK.T,
            (occurs_PK @ self.sampled_KK @ occurs_PK.T) > 0,
        )


def mean(values_R: Floats) -> Floats:
    """Mean over the first axis; of numbers that are all alike, the number itself, without a rounding error."""
    return np.asarray(np.where((values_R == values_R[0]).all(axis=0), values_R[0], values_R.mean(axis=0)))


def two_by_two(game: Game) -> MatrixGame:
    """Return the game.

    Raises:
        ConfigurationError: unless it has two players with two actions each.
    """
    if not isinstance(game, MatrixGame) or game.action_counts != (2, 2):
        raise ConfigurationError(f"game {game.name!r}: a tournament is of two players with two actions each")
    return game


def round_robin(
    game: Game,
    members: Sequence[Opponent],
    *,
    rounds: int = 200,
    repetitions: int = 5,
    noise: float = 0.0,
    seed: int = 0,
    exact: bool = True,
) -> Scores:
    """Play every pair, each member against its own copy too.

    Args:
        game: of two players with two actions each.
        members: K players.
        rounds: rounds in a match, at least 1.
        repetitions: R, how often a match that is played out is played, at least 1.
        noise: probability in [0, 1] that a move turns into the other one, as both players see.
        seed: of everything drawn.
        exact: compute what can be computed; otherwise play everything out.

    Raises:
        ConfigurationError: for another game, a player that cannot play it, or arguments out of range.
    """
    game = two_by_two(game)
    if rounds < 1 or repetitions < 1:
        raise ConfigurationError(f"rounds: {rounds}, repetitions: {repetitions}: give at least 1 of each")
    if not 0 <= noise <= 1:
        raise ConfigurationError(f"noise: {noise}: give a probability between 0 and 1")
    memory_K = np.array([_memory(member, exact) for member in members], dtype=np.intp)
    if game.symmetric:
        rows_N, columns_N = np.triu_indices(len(members))
    else:
        rows_N, columns_N = (side.ravel() for side in np.indices((len(members), len(members))))
    longest_N = np.maximum(memory_K[rows_N], memory_K[columns_N])
    tally = _Tally(game, len(members), repetitions)
    live_seed, played_seed = np.random.SeedSequence(seed).spawn(2)
    for memory in np.unique(longest_N).tolist():
        pairs = rows_N[longest_N == memory], columns_N[longest_N == memory]
        if memory == LIVE:
            played_RN4 = live_counts(
                game, members, *pairs, rounds=rounds, repetitions=repetitions, noise=noise, seed=live_seed
            )
            tally.add(*pairs, played_RN4)
            continue
        first_2K, p_2KH = _tables(game, members, memory, noise)
        if memory > 1:
            chosen = np.stack(pairs)
            tally.add(*pairs, expected_counts_longer(_pick(first_2K, chosen), _pick(p_2KH, chosen), rounds)[None])
            continue
        players, places = MemoryOne(first_2K.ravel(), p_2KH.reshape(-1, 4)), (pairs[0], len(members) + pairs[1])
        if exact:
            tally.add(*pairs, expected_counts(players, *places, rounds)[None])
        else:
            rng = np.random.default_rng(played_seed)
            tally.add(*pairs, played_counts(players, *places, rounds, rng, repetitions))
    met_KK = tally.met_KK * rounds
    played_KK = np.maximum.outer(memory_K, memory_K) == LIVE
    return Scores(tally.scores_RKK / met_KK, tally.cooperation_RKK / met_KK, played_KK | (not exact))


def _memory(member: Opponent, exact: bool) -> int:
    """Rounds that its table looks back, at least 1, or LIVE where its matches are to be played out."""
    if not isinstance(member, Tabular) or member.memory > (LONGEST if exact else 1):
        return LIVE
    return max(1, member.memory)


def _tables(game: MatrixGame, members: Sequence[Opponent], memory: int, noise: float) -> tuple[Floats, Floats]:
    """P(C) in the first round and after each history of `memory` rounds, as row and as column player.

    Payoffs may decide how a player plays, so it has one table for either seat. Who looks back further has none here.
    """
    first_2K = np.zeros((2, len(members)))
    p_2KH = np.zeros((2, len(members), 4**memory))
    for side, opposite in enumerate(("column", "row")):
        stage = game.seen_by(opposite)  # a player is described to the one that sits opposite
        for k, member in enumerate(members):
            if isinstance(member, Tabular) and member.memory <= memory:
                first_B, p_HB = member.rule(stage)
                first_2K[side, k], p_2KH[side, k] = first_B[0], lengthened(p_HB[:, 0], memory)
    return first_2K + noise * (1 - 2 * first_2K), p_2KH + noise * (1 - 2 * p_2KH)


def _pick(values_2K: Floats, chosen_2N: Indices) -> Floats:
    """The values of the chosen member on either side, `(2, N, ...)`."""
    return np.stack([values_K[chosen_N] for values_K, chosen_N in zip(values_2K, chosen_2N, strict=True)])


class _Tally:
    """Sums up matches from both sides; a pair may have met more than once."""

    def __init__(self, game: MatrixGame, members: int, repetitions: int) -> None:
        self._payoffs_24 = game.payoffs_2AB.reshape(2, 4)
        self.scores_RKK = np.zeros((repetitions, members, members))
        self.cooperation_RKK = np.zeros_like(self.scores_RKK)
        self.met_KK = np.zeros((members, members))

    def add(self, rows_N: Indices, columns_N: Indices, counts_RN4: NDArray[np.float64 | np.int64]) -> None:
        """Add N matches, given how often each joint move occurred; R = 1 stands for every repetition."""
        for one_N, other_N, payoff_4, cooperates_4 in (
            (rows_N, columns_N, self._payoffs_24[0], ROW_COOPERATES),
            (columns_N, rows_N, self._payoffs_24[1], ROW_COOPERATES[OTHER_VIEW]),
        ):
            # a pair occurs once in a list, so plain indexing adds up; a member against itself adds either side
            self.scores_RKK[:, one_N, other_N] += counts_RN4 @ payoff_4
            self.cooperation_RKK[:, one_N, other_N] += counts_RN4 @ cooperates_4
            self.met_KK[one_N, other_N] += 1
