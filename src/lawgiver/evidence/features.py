"""What a fitted judge sees of an exchange: hashed n-grams of the response, and how it relates to the question.

Hashing needs no vocabulary, so a judge is its weights alone. The n-grams of a word are computed once and kept:
a text is then a sum of known rows.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from lawgiver.data import Exchange
from lawgiver.evidence.lexicon import GROUPS, TOPICS, URGENCY, memberships
from lawgiver.evidence.referral import referral
from lawgiver.evidence.refusal import refusal
from lawgiver.evidence.repetition import repetition
from lawgiver.evidence.text import LIMIT, sentences, words

VERSION = "2"
"""Changes whenever the same exchange would get other features."""
WORD_SLOTS = 1 << 14
CHARACTER_SLOTS = 1 << 14
LEVELS = ("none", "routine", "urgent", "emergency")
DENSE = (
    "similarity to the part to be answered",
    "share of that part's stems that the response takes up",
    "similarity to the prompt",
    "share of the response's stems that the prompt has",
    "there is a part to be answered",
    "length",
    "length of the first sentence",
    "sentences",
    "questions",
    "variety of words",
    "repetition",
    "refusal",
    "says I",
    *(f"referral {level}" for level in LEVELS),
    "fewer than 12 words",
    "words, to 15",
    "words, to 30",
    "share of content words",
    "stems that the prompt lacks",
    "stems, to 10",
    "stems, to 20",
    "has a digit",
    "pauses",
    "takes up a stem of the part to be answered",
    "takes up a stem of that part or the prompt",
    "takes up two",
    *(f"words of {group}" for group in GROUPS),
    "same topics as the prompt",
    *(f"{topic}, as the prompt" for topic in TOPICS),
    *(f"prompt: words of {topic}" for topic in TOPICS),
    "prompt: urgency",
    "urgency, not referred",
    "urgency, sent to emergency care",
    "urgency, refused",
)
WIDTH = WORD_SLOTS + CHARACTER_SLOTS + len(DENSE)
_STOP_WORDS = (
    "a an and are as at be been but by can could do does for from had has have he her his how i if in is it its just "
    "may me more my no not of on or our she should so some than that the their them then there these they this to "
    "was we were what when which who why will with would you your"
)
STOP = frozenset(_STOP_WORDS.split())
_DIGIT = re.compile(r"\d")
_PAUSE = re.compile(r"[,;:]")
Floats = npt.NDArray[np.float32]


def feature_matrix(exchanges: Sequence[Exchange]) -> Any:
    """Features of N exchanges: a scipy CSR matrix of shape (N, WIDTH), float32."""
    from scipy.sparse import csr_matrix

    rows = [_row(exchange) for exchange in exchanges]
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.empty(0, dtype=np.int32)
    values = np.concatenate([values for _, values in rows]) if rows else np.empty(0, dtype=np.float32)
    return csr_matrix((values, columns, ends), shape=(len(rows), WIDTH))


def _row(exchange: Exchange) -> tuple[npt.NDArray[np.int32], Floats]:
    tokens = words(exchange.response)
    grams = [_slot(token) for token in tokens]
    grams += [_slot(f"{first} {second}") for first, second in pairwise(tokens)]
    word_columns, word_values = _unit(np.array(grams, dtype=np.int32))
    characters = [_characters(token) for token in tokens]
    character_columns, character_values = _unit(
        np.concatenate(characters) if characters else np.empty(0, dtype=np.int32)
    )
    dense = np.array(_dense(exchange, tokens), dtype=np.float32)
    columns = np.concatenate([word_columns, character_columns, np.arange(WIDTH - len(DENSE), WIDTH, dtype=np.int32)])
    return columns.astype(np.int32), np.concatenate([word_values, character_values, dense])


def _unit(grams: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], Floats]:
    """Distinct slots and their damped counts, scaled to length 1."""
    slots, counts = np.unique(grams, return_counts=True)
    weights = 1 + np.log(counts.astype(np.float32))
    return slots, (weights / max(float(np.linalg.norm(weights)), 1e-6)).astype(np.float32)


@lru_cache(maxsize=200_000)
def _slot(gram: str) -> int:
    # Python's own hash() differs from process to process
    return zlib.crc32(gram.encode()) % WORD_SLOTS


@lru_cache(maxsize=50_000)
def _characters(token: str) -> npt.NDArray[np.int32]:
    framed = f"<{token[:40]}>"
    grams = {framed[i : i + n] for n in (3, 4, 5) for i in range(len(framed) - n + 1)}
    return np.array(
        [WORD_SLOTS + zlib.crc32(gram.encode()) % CHARACTER_SLOTS for gram in sorted(grams)], dtype=np.int32
    )


@lru_cache(maxsize=50_000)
def _stem(token: str) -> str:
    """The first five letters: enough to match `swelling` with `swollen` no better than chance, `rash` with `rashes`."""
    return token[:5]


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(token) for token in words(text) if token not in STOP)


@lru_cache(maxsize=4096)
def _profile(text: str) -> dict[int, float]:
    """Unit vector of the character n-grams of a text's content words."""
    arrays = [_characters(token) for token in words(text) if token not in STOP]
    if not arrays:
        return {}
    slots, values = _unit(np.concatenate(arrays))
    return dict(zip(slots.tolist(), values.tolist(), strict=True))


def _similarity(first: str, second: str) -> float:
    one, other = _profile(first), _profile(second)
    if len(one) > len(other):
        one, other = other, one
    return sum(value * other.get(slot, 0.0) for slot, value in one.items())


@lru_cache(maxsize=4096)
def _groups(text: str) -> tuple[float, ...]:
    """Damped number of words in each group of the lexicon."""
    counts = [0] * len(GROUPS)
    for token in words(text):
        for group in memberships(token[:32]):
            counts[group] += 1
    return tuple(math.log1p(count) / 2 for count in counts)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    length = math.sqrt(sum(x * x for x in one) * sum(x * x for x in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / length if length else 0.0


def _dense(exchange: Exchange, tokens: Sequence[str]) -> list[float]:
    response, prompt = exchange.response, exchange.prompt
    part = exchange.context.get("answer_part")
    part = part if isinstance(part, str) else ""
    said, asked, wanted = _stems(response), _stems(prompt), _stems(part)
    parts = sentences(response)
    level, refused = referral(response), float(refusal(response))
    groups, question, topics = _groups(response), _groups(f"{prompt}\n{part}"), len(TOPICS)
    urgency = question[URGENCY]
    return [
        2 * _similarity(part, response),
        len(said & wanted) / max(1, len(wanted)),
        2 * _similarity(prompt, response),
        len(said & asked) / max(1, len(said)),
        float(bool(part)),
        min(2.0, len(tokens) / 30),
        min(2.0, len(parts[0].split()) / 15) if parts else 0.0,
        min(2.0, len(parts) / 3),
        min(2.0, response.count("?")),
        len(set(tokens)) / max(1, len(tokens)),
        2 * repetition(response),
        refused,
        min(1.0, sum(token in ("i", "i'm", "i've") for token in tokens) / 3),
        *(float(level == each) for each in LEVELS),
        float(len(tokens) < 12),
        min(1.0, len(tokens) / 15),
        min(1.0, len(tokens) / 30),
        sum(token not in STOP for token in tokens) / max(1, len(tokens)),
        math.log1p(len(said - asked)) / 4,
        min(1.0, len(said) / 10),
        min(1.0, len(said) / 20),
        float(_DIGIT.search(response) is not None),
        min(2.0, len(_PAUSE.findall(response[:LIMIT])) / 5),
        float(bool(said & wanted)),
        float(bool(said & (wanted | asked))),
        float(len(said & (wanted | asked)) > 1),
        *groups,
        _cosine(groups[:topics], question[:topics]),
        *map(min, groups[:topics], question[:topics]),
        *question[:topics],
        urgency,
        urgency * (level == "none"),
        urgency * (level == "emergency"),
        urgency * refused,
    ]
