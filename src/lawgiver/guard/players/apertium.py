"""Apertium, a rule-based translator, as a program beside us: it needs neither a network nor a model."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

from lawgiver.outcome import ConfigurationError

PROGRAM = "apertium"
_CHUNK = 200
"""Lines a call: what one that fails takes with it."""
_LONGEST = 10_000
"""Characters of a text beyond which it is left: a guard learns its first window, and it must not hold up the others."""
_SECONDS = 120
_BETWEEN = "\n\n"
"""A blank line ends a sentence, so no rule reaches from one text into the next."""
_PROBE = "1"
_ONE_NAME = "a package has both directions of a pair, under one name"
_UNREAD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff]")
"""What it takes for its own marks, or as the end of a line."""


def check_route(route: Sequence[str]) -> None:
    """Stop if a language pair is not installed.

    Raises:
        ConfigurationError: naming what is missing and how it is installed, or what is wrong with the program.
    """
    if shutil.which(PROGRAM) is None:
        raise ConfigurationError(
            f"{PROGRAM} is not on the path; install it and its pairs {', '.join(route)}: apt install {PROGRAM}, "
            f"and what apt search {PROGRAM}- finds of them ({_ONE_NAME})"
        )
    try:
        there = _run(["-l"], "").split()
    except (subprocess.SubprocessError, OSError) as error:
        raise ConfigurationError(f"{PROGRAM} -l: {error}; mend its installation") from None
    for pair in route:
        if pair not in there:
            raise ConfigurationError(
                f"{PROGRAM} has no pair {pair!r}; it has {', '.join(there) or 'none'}. See apt search {PROGRAM}- "
                f"({_ONE_NAME})"
            )
        # a part of its pipeline may break without a word, and every text would be tried in vain
        if _lines([_PROBE], [pair]) == [None]:
            raise ConfigurationError(
                f"{PROGRAM} -u {pair}: nothing comes back; try it by hand: echo 1 | {PROGRAM} {pair}"
            )


def translate(texts: Sequence[str], route: Sequence[str]) -> list[str | None]:
    """Translate texts by one language pair after another.

    Args:
        texts: any strings; lines are translated by themselves.
        route: pairs as `apertium -l` lists them, e.g. `("eng-cat", "cat-fra")`.

    Returns:
        A translation for each, with its lines; None where it is too long, the program failed, or nothing came back.

    Raises:
        ConfigurationError: if a pair is not installed.
    """
    check_route(route)
    cut = [_UNREAD.sub(" ", text).split("\n") if len(text) <= _LONGEST else [] for text in texts]
    cut = [[line.strip() for line in each if line.strip()] for each in cut]
    lines = [line for each in cut for line in each]
    said = iter([done for at in range(0, len(lines), _CHUNK) for done in _lines(lines[at : at + _CHUNK], route)])
    made: list[str | None] = []
    for each in cut:
        whole = [line for _, line in zip(each, said, strict=False) if line is not None]
        made.append("\n".join(whole) if whole and len(whole) == len(each) else None)
    return made


def _lines(lines: Sequence[str], route: Sequence[str]) -> list[str | None]:
    """Lines in one call; if what comes back has another number of them, by halves."""
    text = _BETWEEN.join(lines) + _BETWEEN
    try:
        for pair in route:
            text = _run(["-u", pair], text)
    except (subprocess.SubprocessError, OSError):
        said: list[str] = []
    else:
        said = [" ".join(line.split()) for line in text.strip("\n").split(_BETWEEN)]
    if len(said) == len(lines) and all(said):
        return list(said)
    if len(lines) == 1:
        return [None]
    half = len(lines) // 2
    return [*_lines(lines[:half], route), *_lines(lines[half:], route)]


def _run(arguments: Sequence[str], text: str) -> str:
    """Its output; it reads and writes UTF-8 only where the locale says so."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        input=text.encode("utf-8", errors="replace"),
        capture_output=True,
        check=True,
        timeout=_SECONDS,
        # an allocator that is preloaded for training breaks some of its parts
        env={key: value for key, value in os.environ.items() if key != "LD_PRELOAD"} | {"LC_ALL": "C.UTF-8"},
    )
    return done.stdout.decode("utf-8", errors="replace")
