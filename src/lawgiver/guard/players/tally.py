"""What came of candidates, in numbers: how often each operator and generator fools the guard, in each language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lawgiver.guard.game.split import Split
from lawgiver.guard.lineage import Sample


def tally(divided: Split) -> dict[str, Any]:
    """Counts of candidates and of those the guard gets wrong, in all, by maker, language and label."""
    wrong, all_of = divided.misclassified, (*divided.misclassified, *divided.correct)
    by = {
        "maker": (_makers(wrong), _makers(all_of)),
        "language": (_languages(wrong), _languages(all_of)),
        "label": (_labels(wrong), _labels(all_of)),
    }
    return {
        "candidates": len(all_of),
        "misclassified": len(wrong),
        "unscored": len(divided.unscored),
        **{
            name: {key: {"candidates": among[key], "misclassified": count[key]} for key in sorted(among)}
            for name, (count, among) in by.items()
        },
    }


def _makers(samples: Iterable[Sample]) -> Counter[str]:
    return Counter(maker for sample in samples for maker in set(sample.made_by))


def _languages(samples: Sequence[Sample]) -> Counter[str]:
    return Counter(sample.example.language or "none" for sample in samples)


def _labels(samples: Sequence[Sample]) -> Counter[str]:
    return Counter("unsafe" if sample.example.unsafe else "safe" for sample in samples)
