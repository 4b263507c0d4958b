"""Letters replaced by others that look the same: Cyrillic or Greek in Latin text, Latin in Cyrillic or Greek text."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.evidence.normalise.lookalikes import CYRILLIC, GREEK
from lawgiver.guard.operators.operator import Operator, some

_SHARE = 0.4
_LOOKS_LIKE: dict[str, str] = {}
for _table in ({c: latin for c, latin in GREEK.items() if c in "οΑΒΕΗΙΚΜΝΟΡΤΧ"}, CYRILLIC):
    for _foreign, _latin in _table.items():
        if _latin not in _LOOKS_LIKE or _foreign in "аеорсухіАВЕКМНОРСТХ":
            _LOOKS_LIKE[_latin] = _foreign
        _LOOKS_LIKE.setdefault(_foreign, _latin)


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    places = [i for i, c in enumerate(text) if c in _LOOKS_LIKE]
    chosen = {places[i] for i in some(len(places), _SHARE, rng)}
    return "".join(_LOOKS_LIKE[c] if i in chosen else c for i, c in enumerate(text))


OPERATOR = Operator("homoglyph", "letters of another script that look the same", _rewrite)
