"""Action words: a training pool, a held-out pool, and the check that a tokenizer can tell the words apart.

A pool is a tuple of groups of like words; the words of one question come from one group, so that none stands out.
The held-out pool shares no word with the training pool; its last groups are of kinds that training never shows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from lawgiver.outcome import ConfigurationError

Words = tuple[str, ...]
Pool = tuple[Words, ...]

PAPER_TRAINING: Words = ("action1", "action2")
"""For the actions C and D, as arXiv 2410.01639 trains."""
PAPER_TEST: Words = ("action3", "action4")
"""As it tests."""
PAPER_REVERSED: Words = ("action2", "action1")
"""The training words with their meanings exchanged."""

TRAINING: Pool = (
    PAPER_TRAINING,
    ("option1", "option2", "option3", "option4"),
    ("move5", "move6", "move7", "move8"),
    ("red", "blue", "amber", "violet", "ivory", "teal", "crimson", "olive"),
    ("K", "Q", "R", "W", "M", "T", "H", "V"),
    ("A", "B", "C", "D", "E", "G", "S", "U"),
    ("apple", "pear", "plum", "cherry", "lemon", "mango", "fig", "grape"),
    ("otter", "heron", "badger", "finch", "lynx", "toad", "hare", "crane"),
    ("salmon", "trout", "carp", "herring", "eel", "perch", "pike", "squid"),
    ("dax", "blick", "wug", "tove", "fep", "zorp", "mib", "lurg"),
    ("krin", "palu", "voss", "hetch", "drun", "olba", "snerd", "quolt"),
    ("circle", "square", "triangle", "oval", "star", "cross", "spiral", "arc"),
    ("alpha", "beta", "gamma", "delta", "kappa", "sigma", "tau", "rho"),
    ("hammer", "chisel", "saw", "drill", "wrench", "plane", "file", "clamp"),
    ("oak", "willow", "maple", "birch", "cedar", "elm", "larch", "ash"),
    ("rain", "frost", "thunder", "breeze", "hail", "mist", "drought", "blizzard"),
    ("wool", "linen", "cotton", "velvet", "denim", "satin", "felt", "lace"),
    ("baker", "sailor", "tailor", "miner", "weaver", "farmer", "pilot", "judge"),
    ("river", "canyon", "meadow", "glacier", "island", "swamp", "dune", "cliff"),
    ("lift", "press", "turn", "slide", "knock", "shake", "pull", "bend"),
    ("bright", "hollow", "narrow", "gentle", "rusty", "sudden", "silent", "thick"),
    ("north", "south", "upper", "lower", "inner", "outer", "front", "rear"),
    ("Monday", "Tuesday", "Friday", "Sunday", "April", "June", "August", "March"),
    ("ladder", "window", "candle", "basket", "mirror", "curtain", "pillow", "drawer"),
    ("bus", "tram", "ferry", "truck", "canoe", "glider", "wagon", "sled"),
    ("bread", "cheese", "honey", "butter", "pepper", "mustard", "vinegar", "sugar"),
    ("seven", "twelve", "forty", "ninety", "third", "fifth", "double", "half"),
    ("OPEN", "SHUT", "HIGH", "LOW", "LEFT", "RIGHT", "FAST", "SLOW"),
    ("Paris", "Oslo", "Lima", "Cairo", "Delhi", "Seoul", "Rome", "Quito"),
)
HELD_OUT: Pool = (
    PAPER_TEST,
    ("green", "orange", "purple", "yellow", "indigo", "scarlet", "beige", "maroon"),
    ("X", "Y", "Z", "J", "F", "P", "L", "N"),
    ("nalk", "tiv", "gorp", "yuzz", "sheb", "quim", "plon", "ruvi"),
    ("cello", "flute", "harp", "oboe", "tuba", "viola", "drum", "lute"),
    ("copper", "nickel", "zinc", "silver", "cobalt", "brass", "iron", "tin"),
    ("spoon", "kettle", "ladle", "bowl", "whisk", "jug", "plate", "cup"),
)


def pairs(pool: Pool) -> list[Words]:
    """A fixed list of pairs in which no word comes twice: neighbours within each group."""
    return [group[k : k + 2] for group in pool for k in range(0, len(group) - 1, 2)]


def sample_words(rng: np.random.Generator, pool: Pool = TRAINING, count: int = 2) -> Words:
    """Words for one episode: a random group, then `count` different words of it in random order.

    Raises:
        ConfigurationError: if no group of the pool has that many words.
    """
    groups = [group for group in pool if len(group) >= count]
    if not groups:
        raise ConfigurationError(f"words: no group of the pool has {count} words; give the words yourself")
    group = groups[int(rng.integers(len(groups)))]
    return tuple(group[int(index)] for index in rng.permutation(len(group))[:count])


def check_words(words: Sequence[str], encode: Callable[[str], list[int]]) -> tuple[tuple[int, ...], ...]:
    """The token sequence of each word; needs the tokenizer alone, so it can run before a model is loaded.

    An answer is a whole token sequence. If one word were the beginning of another, as text or as tokens, reading an
    answer would depend on what follows, and the probabilities of the answers would overlap.

    Args:
        words: The action words, two or more.
        encode: Text to token ids, without special tokens.

    Raises:
        ConfigurationError: naming the word or the pair, and why it is refused.
    """
    if len(words) < 2:
        raise ConfigurationError(f"action words: {len(words)} given; a choice needs two or more")
    for word in words:
        if reason := _flaw(word):
            raise ConfigurationError(f"action word {word!r}: {reason}; choose another word")
    for first, second in combinations(words, 2):
        if first == second:
            raise ConfigurationError(f"action words: {first!r} comes twice; give each action a word of its own")
        if first.startswith(second) or second.startswith(first):
            raise ConfigurationError(
                f"action words {first!r} and {second!r}: one begins the other; choose another pair"
            )
    tokens = tuple(tuple(encode(word)) for word in words)
    for word, ids in zip(words, tokens, strict=True):
        if not ids:
            raise ConfigurationError(f"action word {word!r}: the tokenizer has no tokens for it; choose another word")
    for (first, a), (second, b) in combinations(zip(words, tokens, strict=True), 2):
        if a == b:
            raise ConfigurationError(
                f"action words {first!r} and {second!r}: the tokenizer turns both into {list(a)}; choose another pair"
            )
        if a[: len(b)] == b or b[: len(a)] == a:
            shorter, longer = sorted((a, b), key=len)
            raise ConfigurationError(
                f"action words {first!r} and {second!r}: the tokens of one, {list(shorter)}, begin the other's, "
                f"{list(longer)}; choose another pair"
            )
    return tokens


def _flaw(word: str) -> str | None:
    if not word:
        return "it is empty"
    if word != word.strip():
        return "it begins or ends with a blank"
    if any(unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029" for letter in word):
        return "it holds a control character"
    if "|" in word:
        return "it holds a vertical bar, which divides the cells of a table"
    return None
