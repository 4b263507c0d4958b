"""How much a response repeats itself: small models loop, and reward-hacking policies stuff keywords."""

from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.evidence.text import words

SHORTEST = 8
"""Below this many words a repeat says nothing."""


def repetition(text: str) -> float:
    """Share of a response that was said before, in [0, 1]: 0 for ordinary prose, towards 1 for a loop.

    The greater of two shares: word 3-grams that occurred before (verbatim loops, repeated sentences), and words
    beyond the third occurrence of the same long word (stuffed keywords, whose order varies).
    """
    tokens = words(text)
    if len(tokens) < SHORTEST:
        return 0.0
    trigrams = list(zip(tokens, tokens[1:], tokens[2:], strict=False))
    looped = 1.0 - len(set(trigrams)) / len(trigrams)
    if len(set(tokens)) > 0.9 * len(tokens):  # hardly a word occurs twice, so none is stuffed
        return round(looped, 4)
    counts: dict[str, int] = {}
    for token in tokens:
        if len(token) > 3:  # "the", "and" and "you" recur in any prose
            counts[token] = counts.get(token, 0) + 1
    stuffed = sum(count - 3 for count in counts.values() if count > 3) / len(tokens)
    return round(max(looped, stuffed), 4)


SCORER = LexicalScorer("repetition", repetition, version="1")
