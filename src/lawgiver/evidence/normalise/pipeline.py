"""Normalising from end to end: the disguises off, then what is encoded decoded and gone through again."""

from __future__ import annotations

from collections.abc import Iterator

from lawgiver.evidence.normalise.ciphers import ciphers
from lawgiver.evidence.normalise.confusables import same_script
from lawgiver.evidence.normalise.encoded import encoded
from lawgiver.evidence.normalise.escapes import escapes
from lawgiver.evidence.normalise.hidden import hidden
from lawgiver.evidence.normalise.leet import letters
from lawgiver.evidence.normalise.readable import Found
from lawgiver.evidence.normalise.result import Decoded, Edits, Normalised
from lawgiver.evidence.normalise.spacing import together
from lawgiver.evidence.normalise.unicode import clean

DEPTH = 2
"""How far decoded text is decoded again."""
VIEWS = 8
"""Decoded parts that are a view each; further ones share one, so that nobody can hide one behind many."""

_ROUNDS = 6  # one disguise can lie over another; each round takes some off


def normalise(text: str) -> Normalised:
    """Take the disguises off a text.

    Honest text of any language is left alone, but for Unicode's own compatibility forms (NFKC). Time is linear in the
    length of the text. Normalising a normalised text changes nothing.

    Args:
        text: any string, lone surrogates included.

    Returns:
        The text, what was changed in it, and what was found encoded in it, itself normalised.
    """
    edits = Edits()
    visible, seen, plain = _undisguised(text, edits)
    parts = list(_decoded(text, visible, plain, 1))
    deeper = any(_found(part.text, part.text, part.text) for part in parts if part.depth == DEPTH)
    if edits.has("override"):  # a model reads what is stored, which is then not what is shown
        seen = text
    return Normalised(plain, seen, edits.changes(), tuple(parts), deeper)


def views(text: str) -> list[str]:
    """What counts of a text: as it is seen, normalised, and what stood encoded in it; the highest score of them.

    A text with unseen characters, look-alikes or letters kept apart in it is nothing that a guard can read: of such a
    one it says something in the middle, which a low threshold takes for unsafe. So what is seen counts in its place.

    Returns:
        Distinct texts, at most `VIEWS` + 3, `Normalised.seen` first: the text as it came, if it hides nothing.
    """
    normalised = normalise(text)
    parts = [part.text for part in normalised.decoded]
    rest = ["\n".join(parts[VIEWS:])] if len(parts) > VIEWS else []
    return list(dict.fromkeys([normalised.seen, normalised.text, *parts[:VIEWS], *rest]))


def _undisguised(text: str, edits: Edits) -> tuple[str, str, str]:
    """The characters that a reader sees, the words that they are read as, and what the words are meant to be."""
    visible = _visible(text, edits)
    seen = text = together(visible, edits)
    for _ in range(_ROUNDS):
        before = text
        text = together(_visible(letters(text, edits), edits), edits)
        if text == before:
            break
    return visible, seen, text


def _visible(text: str, edits: Edits) -> str:
    return same_script(clean(text, edits), edits)


def _decoded(raw: str, visible: str, plain: str, depth: int) -> Iterator[Decoded]:
    for found in _found(raw, visible, plain):
        inner_visible, _, inner = _undisguised(found.text, Edits())
        yield Decoded(found.encoding, found.start, found.stop, inner, depth)
        if depth < DEPTH:
            yield from _decoded(found.text, inner_visible, inner, depth + 1)


def _found(raw: str, visible: str, plain: str) -> list[Found]:
    """What is encoded in a text: what cannot be seen in it as it came, the rest in what can be read in it."""
    # leet would change the digits of an encoding, so those are looked for before it
    found = [*hidden(raw), *encoded(visible), *escapes(visible), *ciphers(plain)]
    return sorted(dict.fromkeys(found), key=lambda part: (part.start, part.stop))
