"""How many words a response has."""

from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.evidence.text import words


def length(text: str) -> int:
    """Words in a response, 0 for an empty one; a word is a run of letters and digits, with inner apostrophes."""
    return len(words(text))


SCORER = LexicalScorer("words", length, version="1")
