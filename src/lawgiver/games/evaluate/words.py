"""Which action words an evaluation asks with: a few sets from each pool, as different in kind as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from lawgiver.games.evaluate.config import WordSet
from lawgiver.games.prompts import words as pools
from lawgiver.games.prompts.words import Pool, Words, check_words
from lawgiver.outcome import ConfigurationError

Encode = Callable[[str], list[int]]
PAPER: dict[str, Words] = {
    "paper_old": pools.PAPER_TRAINING,
    "paper_new": pools.PAPER_TEST,
    "paper_reversed": pools.PAPER_REVERSED,
}
"""The action tokens that arXiv 2410.01639 trains with, tests with, and trains with in exchanged meaning."""


def word_sets(
    names: Sequence[WordSet],
    needed: int,
    trained: tuple[Words, ...] | Literal["training"] = "training",
    count: int = 2,
    encode: Encode | None = None,
) -> dict[str, tuple[Words, ...]]:
    """Words for each named set; sets of the paper are left out where a game needs more than two words.

    Args:
        names: which.
        needed: words that the game needs.
        trained: what training used.
        count: how many tuples to take of a pool, at most.
        encode: the tokenizer; tuples of a pool that it cannot tell apart are passed over. None checks nothing.

    Raises:
        ConfigurationError: if words that training used, or the paper's, collide; or a pool has none that fit.
    """
    chosen: dict[str, tuple[Words, ...]] = {}
    for name in names:
        if name in PAPER:
            if needed == 2:
                chosen[name] = (PAPER[name],)
        elif name == "trained" and trained != "training":
            chosen[name] = _spread([[words] for words in trained], count)
        else:
            used = {word for words in trained for word in words} if trained != "training" else set[str]()
            source = pools.TRAINING if name == "trained" else pools.HELD_OUT
            chosen[name] = _spread(_fitting(source, needed, used, encode), count)
    for pool, several in chosen.items():
        if not several:
            raise ConfigurationError(f"words: the pool {pool} has no {needed} words that the tokenizer can tell apart")
        for words in several:
            if encode is not None:
                check_words(words, encode)
            if len(words) != needed:
                raise ConfigurationError(f"words {'/'.join(words)}: this game needs {needed}, one for each action")
    return chosen


def _fitting(pool: Pool, needed: int, used: set[str], encode: Encode | None) -> list[list[Words]]:
    """Tuples of neighbours by group, without the paper's own groups, which are sets by themselves."""
    groups = [
        [group[k : k + needed] for k in range(0, len(group) - needed + 1, needed)]
        for group in pool
        if group not in PAPER.values()
    ]
    return [fit for group in groups if (fit := [t for t in group if not used & set(t) and _distinct(t, encode)])]


def _distinct(words: Words, encode: Encode | None) -> bool:
    try:
        if encode is not None:
            check_words(words, encode)
    except ConfigurationError:
        return False
    return True


def _spread(groups: Sequence[Sequence[Words]], count: int) -> tuple[Words, ...]:
    """From groups far apart first, then the next of each group."""
    if not groups:
        return ()
    if count < len(groups):
        step = (len(groups) - 1) / max(count - 1, 1)
        return tuple(groups[round(k * step)][0] for k in range(count))
    rounds = max(map(len, groups))
    return tuple(group[k] for k in range(rounds) for group in groups if k < len(group))[:count]
