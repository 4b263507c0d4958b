"""Which prompts of one set say nearly the same as a prompt of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lawgiver.data.duplicates import near_duplicates, normalise

JACCARD = 0.5
WORDS_AND_CHARACTERS = "words and characters"
WORDS = "words"


class Across(NamedTuple):
    """What was found, and how closely it was looked at."""

    near: frozenset[int]
    """Positions in the first list of texts that are nearly one of the second."""
    method: str
    """`words and characters`, as `near_duplicates` compares; `words` where there were too many texts for that."""


def near_across(texts: Sequence[str], others: Sequence[str], *, cap: int = 3_000) -> Across:
    """Find the texts that are nearly the same as one of the others.

    Args:
        texts: N texts.
        others: M texts.
        cap: up to N + M texts are compared by word 3-grams and by characters, in time of the order (N + M)²: 3,000
            take about ten seconds. More are compared by word 3-grams alone, which is fast and misses what is
            misspelt throughout.
    """
    if not texts or not others:
        return Across(frozenset(), WORDS_AND_CHARACTERS)
    if len(texts) + len(others) <= cap:
        pairs = near_duplicates([*texts, *others], jaccard=JACCARD)
        return Across(frozenset(p.first for p in pairs if p.first < len(texts) <= p.second), WORDS_AND_CHARACTERS)
    return Across(_by_words(texts, others), WORDS)


def _by_words(texts: Sequence[str], others: Sequence[str]) -> frozenset[int]:
    from sklearn.feature_extraction.text import CountVectorizer  # slow to import, and few callers need it

    vectoriser = CountVectorizer(analyzer=_word_grams, binary=True, dtype=np.float32)
    grams_MV = vectoriser.fit_transform([normalise(text) for text in others])
    ours = [normalise(text) for text in texts]
    grams_NV = vectoriser.transform(ours)  # grams that no other text has cannot be shared; they count in the size
    sizes_N = np.array([len(set(_word_grams(text))) for text in ours])
    sizes_M = np.asarray(grams_MV.sum(axis=1)).ravel()
    shared = (grams_NV @ grams_MV.T).tocoo()
    jaccard = shared.data / (sizes_N[shared.row] + sizes_M[shared.col] - shared.data)
    return frozenset(np.unique(shared.row[jaccard >= JACCARD]).tolist())


def _word_grams(normalised: str) -> list[str]:
    """Word 3-grams; a shorter text is one gram."""
    words = normalised.split(" ")
    return [" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))]
