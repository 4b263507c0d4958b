"""Guards that understand nothing; whoever does not beat them has measured the labels, not the guard."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore, GuardScorer
from lawgiver.outcome import Outcome, Value

_STEMS = (
    "kill murder bomb weapon explosive poison steal hack fraud drug suicide rape porn nude slut whore bitch fuck idiot "
    "tuer tuez meurtre bombe arme explosif voler piratage fraude drogue viol porno salope pute merde "
    "töten umbringen mord waffe sprengstoff gift stehlen betrug droge selbstmord vergewalt hure schlampe scheiß "
    "matar asesin arma explosivo veneno robar hackear droga suicid violar puta mierda"
)
_KEYWORDS = re.compile(rf"\b(?:{'|'.join(map(re.escape, _STEMS.split()))})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A rule of one line; it scores every text, even what nobody can read."""

    name: str
    rule: Callable[[Example], float]
    """From a text to its probability of unsafe."""
    version: str = "1"

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """One value for each text."""
        return [Value(GuardScore(self.rule(example))) for example in examples]


def _coin(example: Example) -> float:
    """Uniform in [0, 1), drawn from the text itself: the same in every run and every order."""
    return int.from_bytes(hashlib.sha256(example.scored.encode()).digest()[:6], "big") / 2**48


def _keyword(example: Example) -> float:
    return 1.0 if _KEYWORDS.search(example.scored) else 0.0


BASELINES: dict[str, GuardScorer] = {
    each.name: each
    for each in (
        Baseline("constant", lambda _: 1.0),
        Baseline("random", _coin),
        Baseline("keyword", _keyword),
    )
}
"""`constant` flags everything, `random` tosses a coin, `keyword` looks for words that sound bad in four languages."""
