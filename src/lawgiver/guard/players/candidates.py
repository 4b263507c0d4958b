"""Candidates without a language model: seeds drawn, rewritten by operators, and put back to back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from numpy.random import Generator, default_rng

from lawgiver.data.preference.split import unit_interval
from lawgiver.guard.example import Example
from lawgiver.guard.lineage import Sample, Verdict
from lawgiver.guard.operators.registry import OPERATORS
from lawgiver.guard.players.settings import GameSettings
from lawgiver.outcome import Value, to_json

BACK_TO_BACK = "back_to_back"
_BETWEEN = (" ", "\n", "\n\n")
CONSTRUCTION = "construction"
"""Who confirms the label of what an operator made: operators keep it by construction."""


def draw_seeds(examples: Iterable[Example], settings: GameSettings, iteration: int) -> list[Example]:
    """Examples to make candidates of, others in each iteration, the same for the same examples.

    With `balance`, languages and labels take turns until there are enough, so that what is scarce is all taken.
    """
    salt = f"guard:game:{settings.seed}:{iteration}"
    drawn = sorted(examples, key=lambda example: unit_interval(example.id, salt))
    if not settings.balance:
        return drawn[: settings.seeds]
    piles: dict[tuple[str, bool], list[Example]] = {}
    for example in drawn:
        piles.setdefault((example.language, example.unsafe), []).append(example)
    turns = [(place, key, example) for key, pile in piles.items() for place, example in enumerate(pile)]
    turns.sort(key=lambda turn: (turn[0], turn[1]))
    return [example for _, _, example in turns[: settings.seeds]]


def rewritten(seeds: Sequence[Example], settings: GameSettings, iteration: int) -> list[Sample]:
    """What operators make of each seed: different operators, some of it changed by a second one."""
    names = sorted(settings.operators or OPERATORS)
    made: list[Sample] = []
    for seed in seeds:
        rng = _rng(seed, settings, iteration)
        of_seed: list[Sample] = []
        for at in rng.permutation(len(names)):
            if len(of_seed) == settings.variants:
                break
            sample = Sample.of(seed).vary(names[int(at)], rng, iteration)
            if sample is None:
                continue
            if rng.random() < settings.twice:
                second = names[int(rng.integers(len(names)))]
                sample = (sample.vary(second, rng, iteration) if second not in sample.made_by else None) or sample
            of_seed.append(sample)
        made += of_seed
    return [confirmed(sample) for sample in made]


def joined(
    seeds: Sequence[Example], settings: GameSettings, iteration: int, among: Iterable[Example] = ()
) -> list[Sample]:
    """A harmless request and then a seed, in one text and one language: its label is the seed's.

    So neither a harmless beginning nor the length says what a text is. The harmless one is the seed's twin where it has
    one, which makes the two a minimal pair back to back; else it is any.

    Args:
        seeds: those that are messages are taken.
        settings: how many for each.
        iteration: round of the game.
        among: where twins are looked for, by group, beside the seeds.
    """
    requests = [seed for seed in seeds if seed.mode == "prompt"]
    harmless: dict[str, list[Example]] = {}
    for seed in requests:
        if not seed.unsafe:
            harmless.setdefault(seed.language, []).append(seed)
    wanted = {(seed.group, seed.language) for seed in requests if seed.group}
    twins: dict[tuple[str, str], list[Example]] = {}
    for example in (*requests, *among):
        if not example.unsafe and example.mode == "prompt" and (example.group, example.language) in wanted:
            twins.setdefault((example.group, example.language), []).append(example)
    share = settings.back_to_back
    made = []
    for seed in requests:
        rng = _rng(seed, settings, iteration, BACK_TO_BACK)
        own = [twin for twin in twins.get((seed.group, seed.language), ()) if twin.text != seed.text]
        first = own or [other for other in harmless.get(seed.language, ()) if other.text != seed.text]
        for number in range(int(share) + (rng.random() < share % 1)):
            if not first:
                continue
            before = first[int(rng.integers(len(first)))]
            text = f"{before.text}{_BETWEEN[int(rng.integers(len(_BETWEEN)))]}{seed.text}"
            example = seed.model_copy(update={"text": text, "id": f"{seed.id}+{BACK_TO_BACK}{number or ''}"})
            sample = Sample(example=example, seed=seed.id, made_by=(BACK_TO_BACK,), iteration=iteration)
            made.append(confirmed(sample))
    return made


def confirmed(sample: Sample) -> Sample:
    """The sample with the verdict that its label holds because of how it was made."""
    outcome = to_json(Value(float(sample.example.unsafe)))
    return sample.model_copy(update={"verdict": Verdict(by=CONSTRUCTION, outcome=outcome, kept=True)})


def _rng(seed: Example, settings: GameSettings, iteration: int, of: str = "") -> Generator:
    """Randomness of a seed's own, so that candidates do not depend on which other seeds are drawn."""
    key = f"{settings.seed}:{iteration}:{of}:{seed.id}"
    return default_rng(int.from_bytes(sha256(key.encode(errors="replace")).digest()[:8], "big"))
