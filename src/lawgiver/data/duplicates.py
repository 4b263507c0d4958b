"""Near-duplicates: texts so alike that one of them in training gives the other away in the test."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lawgiver.outcome import ConfigurationError

_WORD = re.compile(r"\w+")
_BLOCK_ROWS = 256  # a block of similarities is at most this many rows of the whole list


class DuplicatePair(NamedTuple):
    """Two texts that say nearly the same, by their positions in the list, `first < second`."""

    first: int
    second: int
    jaccard: float
    """Share of word 3-grams they have in common, 0 to 1."""
    cosine: float
    """Cosine of their character 3- to 5-gram TF-IDF vectors, 0 to 1."""


def near_duplicates(texts: Sequence[str], *, jaccard: float = 0.5, cosine: float = 0.8) -> list[DuplicatePair]:
    """Find every pair whose word 3-grams or whose character 3- to 5-grams are nearly the same.

    Texts are compared after NFKC and lower-casing, by their words alone; a text of fewer than three words is
    one gram, and a text of none is compared by its characters. TF-IDF is fitted on `texts`, so `cosine` of a
    pair depends a little on the rest of the list.

    Args:
        texts: any number of texts; 1,000 take about a second.
        jaccard: report from this similarity on, above 0 and up to 1.
        cosine: report from this similarity on, above 0 and up to 1.

    Returns:
        Pairs that reach either threshold, with both scores, in order of position.

    Raises:
        ConfigurationError: if a threshold is out of range.
    """
    for name, threshold in (("jaccard", jaccard), ("cosine", cosine)):
        if not 0 < threshold <= 1:
            raise ConfigurationError(f"{name}={threshold!r}: give a similarity above 0, up to 1")
    if len(texts) < 2:
        return []
    normalised = [normalise(text) for text in texts]
    grams = _word_grams(normalised)
    sizes_N = np.asarray(grams.sum(axis=1)).ravel()
    characters = _character_vectors(normalised)
    pairs: list[DuplicatePair] = []
    for start in range(0, len(texts), _BLOCK_ROWS):
        stop = min(start + _BLOCK_ROWS, len(texts))
        # only columns from `start` on: what lies left of them was seen from the other side
        shared_BN = (grams[start:stop] @ grams[start:].T).toarray()
        jaccard_BN = shared_BN / (sizes_N[start:stop, None] + sizes_N[None, start:] - shared_BN)
        cosine_BN = (characters[start:stop] @ characters[start:].T).toarray()
        # 1e-6: single-precision rounding must not lose a pair that lies on the threshold
        alike = (jaccard_BN >= jaccard) | (cosine_BN >= cosine - 1e-6)
        for row, column in np.argwhere(np.triu(alike, k=1)).tolist():
            score = min(1.0, float(cosine_BN[row, column]))
            pairs.append(DuplicatePair(start + row, start + column, float(jaccard_BN[row, column]), score))
    return pairs


def normalise(text: str) -> str:
    """NFKC, lower case, words alone, one space between them; the bare characters if there are no words."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join(_WORD.findall(folded)) or "".join(folded.split())


def _word_grams(normalised: Sequence[str]) -> Any:
    """Which word 3-grams each text has, as a sparse 0/1 matrix; every text has at least one."""
    from scipy.sparse import csr_array

    column_of: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in normalised:
        words = text.split(" ")
        found = {" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))}
        columns.extend(column_of.setdefault(gram, len(column_of)) for gram in found)
        ends.append(len(columns))
    return csr_array((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(normalised), len(column_of)))


def _character_vectors(normalised: Sequence[str]) -> Any:
    """Unit TF-IDF vectors of character 3- to 5-grams within word borders, sparse."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import, and few callers need it

    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False, dtype=np.float32)
    # a blank text has no grams; an underscore stands in, so that the vocabulary is never empty
    return vectoriser.fit_transform([text or "_" for text in normalised])
