"""A player given by its own table: P(C) after every history of n rounds."""

from __future__ import annotations

from lawgiver.games.opponents.tabular import Tabular, fixed
from lawgiver.games.opponents.views import probability
from lawgiver.outcome import ConfigurationError


def memory(*p: float, first: float = 1.0) -> Tabular:
    """Plays C with probability p[h] after history h, its own move first; `first` before any round.

    Args:
        p: 4**n probabilities, in the order CC, CD, DC, DD; with n above 1 the oldest round counts slowest.
        first: P(C) in the first round.

    Raises:
        ConfigurationError: for another number of them, or one outside 0..1.
    """
    count = len(p)
    if count < 4 or count & (count - 1) or count.bit_length() % 2 == 0:
        raise ConfigurationError(
            f"opponent memory: {count} probabilities; give 4 for one round (after CC, CD, DC, DD, its own move first), "
            "16 for two, 64 for three"
        )
    checked = [probability(f"opponent memory: P(C) number {k}", value) for k, value in enumerate(p, 1)]
    begin = probability("opponent memory: first", first)
    listed = ",".join(map(str, p))
    return fixed(f"memory({listed})" if first == 1 else f"memory({listed},first={first})", begin, checked)
