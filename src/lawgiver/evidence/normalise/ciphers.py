"""Sentences in rot13, and sentences written backwards: found by their words, which are none until they are undone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

from lawgiver.evidence.normalise.lexicon import known
from lawgiver.evidence.normalise.readable import Found

_SENTENCE = re.compile(r"[^.!?:;\n\"«»“”]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST = 3  # words, below which chance makes words of nonsense
_LONG = 4_000  # characters of a sentence, which is cut there
_UNDO: dict[str, Callable[[str], str]] = {
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
}


def ciphers(text: str) -> Iterator[Found]:
    """Sentences of at least three words that are words only when undone; in linear time.

    A sentence is in none of the languages whose words are known before it is looked at, so nothing is lost by a guess:
    the undone text is scored beside the text itself.
    """
    for match in _SENTENCE.finditer(text):
        for start in range(match.start(), match.end(), _LONG):
            stop = min(start + _LONG, match.end())
            sentence = text[start:stop]
            words = _WORD.findall(sentence)
            if len(words) < _FEWEST or 10 * sum(map(known, words)) >= 4 * len(words):
                continue
            for name, undo in _UNDO.items():
                if 10 * sum(known(undo(word)) for word in words) >= 7 * len(words):
                    yield Found(name, start, stop, undo(sentence).strip())
