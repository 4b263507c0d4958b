"""Reading answers: the one parser by which every model is judged, whether trained, base or prompted."""

from __future__ import annotations

from collections.abc import Sequence

MARK = "answer:"


def parse(answer: str, words: Sequence[str]) -> int | None:
    """The index of the action that an answer names; None if the answer is illegal.

    Legal is exactly one of the words, with blanks around it and one full stop after it forgiven. Other letter case,
    quotation marks, emphasis or any further text make it illegal.
    """
    text = answer.strip()
    for candidate in (text, text.removesuffix(".")):
        if candidate in words:
            return list(words).index(candidate)
    return None


def parse_final(text: str, words: Sequence[str]) -> int | None:
    """The action named at the end of an answer that reasons first; None if it names none.

    The last line that begins with `Answer:` (in any letter case, blanks before it forgiven) decides, and what follows
    the colon is read by `parse`. A line of that form that names no action is illegal even if an earlier one did:
    which one was meant would be a guess. Lines end at a line feed. Takes linear time.
    """
    for line in reversed(text.split("\n")):
        head = line.lstrip()
        if head[: len(MARK)].lower() == MARK:
            return parse(head[len(MARK) :], words)
    return None
