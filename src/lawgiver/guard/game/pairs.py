"""Preference pairs that teach a generator what the guard gets wrong: DuoGuard's four levels (arXiv 2502.05163)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lawgiver.data.preference.record import Conversation, Pair, same
from lawgiver.guard.game.split import Split
from lawgiver.guard.lineage import Sample
from lawgiver.outcome import ConfigurationError

OBJECTIVE = "adversarial"
"""What these pairs speak of: a text that keeps its label and that the guard gets wrong."""
Level = Literal[1, 2, 3, 4]
NONE_CHOSEN, NONE_REJECTED = "no candidate to choose", "no candidate to reject"


@dataclass(frozen=True, slots=True)
class Formed:
    """Pairs, and what gave none."""

    pairs: tuple[Pair, ...]
    skipped: Mapping[str, int]
    """Seeds without a pair, by reason."""
    unjudged: int
    """Candidates left out because there is no verdict on them, or it holds no measurement."""


def level(misclassified: bool, matches: bool) -> Level:
    """Of a candidate, by whether the guard gets it wrong and whether its rating matches the label it was made for.

    Returns:
        1 is chosen, 2 is rejected, 3 is rejected where there is no 2, 4 is not used.
    """
    if matches:
        return 1 if misclassified else 2
    return 3 if misclassified else 4


def preference_pairs(split: Split, prompts: Mapping[str, Conversation], most: int = 1) -> Formed:
    """Pairs for DPO from judged candidates.

    A candidate is in one pair at most, the first chosen with the first rejected and so on, so that no text is learned
    several times; candidates of a seed that read the same count once. What the guard did not score is in no pair.

    Args:
        split: candidates with verdicts; a verdict that has a value and is kept is a rating that matches.
        prompts: seed → what the generator was asked.
        most: pairs a seed, at least 1; in the order of the candidates.

    Raises:
        ConfigurationError: for a seed without a prompt, or a most below 1.
    """
    if most < 1:
        raise ConfigurationError(f"most={most}: at least one pair a seed")
    levels: dict[str, dict[Level, dict[str, Sample]]] = {}
    unjudged = 0
    for misclassified, samples in ((True, split.misclassified), (False, split.correct)):
        for sample in samples:
            of_seed = levels.setdefault(sample.seed, {1: {}, 2: {}, 3: {}, 4: {}})
            if sample.verdict is None or "value" not in sample.verdict.outcome:
                unjudged += 1
                continue
            of_seed[level(misclassified, sample.verdict.kept)].setdefault(same(sample.example.text), sample)
    if missing := sorted(levels.keys() - prompts.keys()):
        raise ConfigurationError(f"prompts: none for seed {missing[0]!r}; give what the generator was asked")
    pairs: list[Pair] = []
    skipped: Counter[str] = Counter()
    for seed, by_level in levels.items():
        chosen = by_level[1]
        # a judge that samples may rate one text in two ways
        rejected = _without(by_level[2], chosen) or _without(by_level[3], chosen)
        if not chosen or not rejected:
            skipped[NONE_REJECTED if chosen else NONE_CHOSEN] += 1
            continue
        fallback = not _without(by_level[2], chosen)
        both = list(zip(chosen.values(), rejected, strict=False))[:most]
        pairs += [_pair(won, lost, prompts[seed], fallback) for won, lost in both]
    return Formed(tuple(pairs), dict(skipped), unjudged)


def _without(samples: Mapping[str, Sample], texts: Iterable[str]) -> list[Sample]:
    return [sample for text, sample in samples.items() if text not in set(texts)]


def _pair(won: Sample, lost: Sample, prompt: Conversation, fallback: bool) -> Pair:
    return Pair(
        objective=OBJECTIVE,
        prompt=prompt,
        chosen=won.example.text,
        rejected=lost.example.text,
        id=won.example.id,
        group=won.example.group or won.seed,
        chosen_safe=not won.example.unsafe,
        # at the fallback's level the judge takes it for the other label
        rejected_safe=lost.example.unsafe if fallback else not lost.example.unsafe,
        meta={"seed": won.seed, "rejected_id": lost.example.id, "rejected_level": 3 if fallback else 2},
    )
