"""Letters of another script inside a word: read as the letters of the word's own script.

Words of one script stay as they are, whatever it is, unless the text shows that its writer swaps letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lawgiver.evidence.normalise.lexicon import known
from lawgiver.evidence.normalise.lookalikes import BOXED, CLOSE, GREEK, NEAR, SMALL, TO_CYRILLIC, TO_GREEK, TURNED
from lawgiver.evidence.normalise.result import Edits

_LATIN = re.compile(r"[A-Za-z\u00c0-\u02af\u1e00-\u1eff\u1d00-\u1d7f\ua730-\ua7ff]+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_GREEK = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+")
_SCRIPTS = {"latin": _LATIN, "cyrillic": _CYRILLIC, "greek": _GREEK}
_WORD = re.compile(r"(?<![^\W_])[^\W_]*[^\W\d_\x00-\x7f][^\W_]*")  # with a letter outside ASCII
_BOXES = re.compile(r"[\U0001f150-\U0001f169\U0001f170-\U0001f189\U0001f1e6-\U0001f1ff]{2,}")
_MATHS = {c for c in GREEK if c.islower()} - {"ο"}  # a Greek letter alone is a quantity
_ANY = CLOSE | NEAR
_CLOSE = dict.fromkeys(map(ord, CLOSE))


def same_script(text: str, edits: Edits) -> str:
    """Read look-alike letters as those of the word that they stand in; in linear time."""
    if text.isascii():
        return text
    dominant, _ = _shares(text)

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        plain = _plain(_one_script(word, dominant))
        return _noted(match, plain, edits, sum(a != b for a, b in zip(word, plain, strict=False)))

    together = _WORD.sub(mended, _BOXES.sub(lambda match: _unboxed(match, edits), text))
    swapped = together != text
    dominant, share = _shares(together)
    if dominant == "latin" and (swapped or share >= 0.8):
        together = _WORD.sub(lambda match: _noted(match, _alone(match.group(), swapped), edits), together)
    return together


def _shares(text: str) -> tuple[str, float]:
    """The commonest of the three scripts that share letters, and its share of those that look like no Latin letter."""
    telling = text.translate(_CLOSE)
    letters = {script: sum(map(len, pattern.findall(telling))) for script, pattern in _SCRIPTS.items()}
    dominant = max(letters, key=lambda script: letters[script])
    return dominant, letters[dominant] / max(1, sum(letters.values()))


def _noted(match: re.Match[str], plain: str, edits: Edits, count: int = 1) -> str:
    if plain != match.group():
        edits.note("homoglyph", match.start(), match.group(), plain, max(1, count))
    return plain


@lru_cache(maxsize=4096)
def _script(c: str) -> str:
    for script, pattern in _SCRIPTS.items():
        if pattern.match(c):
            return script
    return "other" if c.isalpha() else ""


def _one_script(word: str, dominant: str) -> str:
    """A word of several scripts in the one it reads in, if there is one that all its letters can be read in."""
    of = [_script(c) for c in word]
    found = set(of) - {""}
    if len(found) < 2 or "latin" not in found:
        return word
    if _is_a_symbol(word, of):
        return word
    latin = of.count("latin")
    foreign = sum(script not in ("", "latin") for script in of)
    to_latin = all(
        c in CLOSE or (c in NEAR and latin >= foreign) for c, s in zip(word, of, strict=True) if s not in ("", "latin")
    )
    back = {"cyrillic": TO_CYRILLIC, "greek": TO_GREEK}
    other = max(found - {"latin"}, key=of.count)
    table = back.get(other, {})
    from_latin = found == {"latin", other} and all(c in table for c, s in zip(word, of, strict=True) if s == "latin")
    if to_latin and from_latin:
        # letters that have no look-alike on the other side say which script it is
        own = sum(c not in table for c, s in zip(word, of, strict=True) if s == "latin")
        theirs = sum(c not in CLOSE for c, s in zip(word, of, strict=True) if s == other)
        to_latin = own > theirs or (own == theirs and dominant == "latin")
    if to_latin:
        return "".join(_ANY.get(c, c) if s != "latin" else c for c, s in zip(word, of, strict=True))
    if from_latin:
        return "".join(table[c] if s == "latin" else c for c, s in zip(word, of, strict=True))
    return word


def _is_a_symbol(word: str, of: list[str]) -> bool:
    """Units and names as science writes them: μm, kΩ, TNFα, NFκB."""
    greek = [c for c, script in zip(word, of, strict=True) if script == "greek"]
    if not greek or len(greek) > 1:
        return False
    rest = word.replace(greek[0], "")
    return len(word) <= 3 or (greek[0].islower() and rest.isupper())


def _alone(word: str, swapped: bool) -> str:
    """A word of look-alikes alone: read as Latin if it is one letter, or if other words of the text were mended."""
    if not all(c in CLOSE for c in word):
        return word
    plain = "".join(CLOSE[c] for c in word)
    if len(word) == 1:
        return word if word in _MATHS else plain
    return plain if swapped and (len(word) > 2 or known(plain)) else word


def _plain(word: str) -> str:
    """Small capitals and turned letters as plain ones, where a word is written in them."""
    small = sum(c in SMALL for c in word)
    if small:
        plain = "".join(SMALL.get(c, c) for c in word)
        if (small >= 2 and 2 * small >= len(word)) or (len(word) > 2 and known(plain)):
            return plain
    if any(c in TURNED and not c.isascii() for c in word):
        upright = "".join(TURNED.get(c, c) for c in reversed(word))
        if len(word) > 2 and known(upright):
            return upright
    return word


def _unboxed(match: re.Match[str], edits: Edits) -> str:
    """Boxed letters as plain ones if they spell a word; two flags of countries spell none."""
    plain = "".join(BOXED[c] for c in match.group())
    if len(plain) < 3 or not known(plain):
        return match.group()
    edits.note("homoglyph", match.start(), match.group(), plain, len(plain))
    return plain
