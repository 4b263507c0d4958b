"""What the next guard learns: candidates chosen by either player, and a replay of what was learned before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from numpy.random import default_rng

from lawgiver.guard.example import Example
from lawgiver.guard.game.pool import Pool
from lawgiver.guard.game.split import Split
from lawgiver.guard.lineage import Sample
from lawgiver.guard.players.settings import GameSettings
from lawgiver.outcome import Outcome


def chosen(
    seeds: Sequence[Example],
    candidates: Sequence[Sample],
    divided: Split,
    outcomes: Sequence[Outcome[float]],
    settings: GameSettings,
    iteration: int,
) -> list[Sample]:
    """The candidates that are learned.

    Args:
        seeds: what they were made of; under `tilted` a seed is a candidate of its own, as likely as any other.
        candidates: kept by a verdict.
        divided: the candidates by what the guard makes of them.
        outcomes: the guard's P(unsafe) of each seed, then of each candidate.
        settings: of the game.
        iteration: round of the game, for the draw.

    Returns:
        Under `dpo`, those that the guard gets wrong. Under `tilted`, of every seed so many draws from
        p_ref·exp(ℓ/β); one that is drawn twice has twice the weight.
    """
    if settings.player == "dpo":
        return list(divided.learned)
    pool = Pool.of([*(Sample.of(seed) for seed in seeds), *candidates])
    weight_J = pool.weigh(outcomes, settings.beta).weight_J
    rng = default_rng([settings.seed, iteration])
    of_seed: dict[int, list[int]] = {}
    for place, group in enumerate(pool.group_J):
        if weight_J[place] > 0:
            of_seed.setdefault(int(group), []).append(place)
    drawn: Counter[int] = Counter()
    for places in of_seed.values():
        share_J = weight_J[places] / weight_J[places].sum()
        drawn.update(int(place) for place in rng.choice(places, size=settings.draws, p=share_J))
    return [
        pool.samples[place].model_copy(
            update={
                "iteration": iteration,
                "example": pool.samples[place].example.model_copy(
                    update={"weight": pool.samples[place].example.weight * times}
                ),
            }
        )
        for place, times in sorted(drawn.items())
    ]


def replayed(before: Sequence[Example], new: int, settings: GameSettings, iteration: int) -> list[Example]:
    """So many examples of before for the new ones as the settings say, drawn without repetition."""
    wanted = min(len(before), round(new * settings.replay))
    places = default_rng([settings.seed, iteration, 1]).choice(len(before), size=wanted, replace=False)
    return [before[int(place)] for place in sorted(places)]
