"""From the probabilities of a classifier's own labels to what the evaluator wants to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lawgiver.guard.scorer import GuardScore
from lawgiver.guard.taxonomy import CATEGORIES, category
from lawgiver.outcome import ConfigurationError

_UNSAFE = frozenset({"unsafe", "toxic", "toxicity", "harmful", "offensive", "injection", "malicious", "nsfw"})
_SAFE = frozenset({"safe", "benign", "neutral", "non-toxic", "not_toxic", "nontoxic", "harmless", "sfw", "clean"})


def mapped(own: Sequence[str], labels: Mapping[str, str], where: str) -> list[str]:
    """What each of a model's labels means: `unsafe`, `safe`, `ignore` or a category.

    Twelve labels without names are taken for the twelve categories in the published order, as DuoGuard's are.

    Args:
        own: the model's labels, in the order of its outputs.
        labels: what the user said they mean; if anything, then of every one.
        where: the model, as errors name it.

    Raises:
        ConfigurationError: if a label's meaning cannot be told, or none of them says that a text is unsafe.
    """
    if unknown := set(labels) - set(own):
        raise ConfigurationError(f"{where}: labels: {', '.join(sorted(unknown))}: it has {', '.join(own)}")
    unnamed = [f"LABEL_{index}" for index in range(len(CATEGORIES))]
    if not labels and list(own) == unnamed:
        return [each.name for each in CATEGORIES]
    meanings = [labels.get(label) or _guess(label) for label in own]
    if unclear := [label for label, meaning in zip(own, meanings, strict=True) if meaning is None]:
        raise ConfigurationError(
            f"{where}: labels: what {', '.join(unclear)} means is not clear; describe the model in a YAML file with "
            "labels: {LABEL: unsafe|safe|ignore|CATEGORY}"
        )
    known = [meaning for meaning in meanings if meaning is not None]
    if not set(known) - {"ignore"}:
        raise ConfigurationError(f"{where}: labels: none of {', '.join(own)} says whether a text is unsafe")
    return known


def to_score(p_L: Sequence[float], meanings: Sequence[str], *, exclusive: bool) -> GuardScore:
    """One text's score from the probabilities of the L labels.

    Args:
        p_L: in [0, 1].
        meanings: as `mapped` gives them.
        exclusive: whether the labels share a probability of 1; those of one meaning are then added, else the highest
            of them is taken.
    """
    together: dict[str, list[float]] = {}
    for p, meaning in zip(p_L, meanings, strict=True):
        together.setdefault(meaning, []).append(p)
    joined = {meaning: min(1.0, sum(ps)) if exclusive else max(ps) for meaning, ps in together.items()}
    categories = {name: p for name, p in joined.items() if name not in ("unsafe", "safe", "ignore")}
    if "unsafe" in joined:
        return GuardScore(joined["unsafe"], categories)
    if "safe" in joined and (exclusive or not categories):
        return GuardScore(1 - joined["safe"], categories)
    return GuardScore.highest(categories)


def _guess(label: str) -> str | None:
    plain = label.strip().lower()
    if plain in _SAFE:
        return "safe"
    try:
        return category(label).name
    except ConfigurationError:
        return "unsafe" if plain in _UNSAFE else None
