"""Players that answer the last moves by a fixed rule: the reciprocators, and Grim, which never forgives."""

from __future__ import annotations

from functools import partial

from lawgiver.games.opponents.tabular import Rule, Tabular, fixed, fixed_rule
from lawgiver.games.opponents.views import payoffs, probability, two_by_two
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


def tft() -> Tabular:
    """Tit for tat: cooperates, then plays what the other played (Axelrod & Hamilton 1981, Science 211)."""
    return fixed("tft", 1, (1, 0, 1, 0))


def tf2t() -> Tabular:
    """Tit for two tats: defects after two defections in a row (Axelrod 1984)."""
    # digits CC, CD, DC, DD of two rounds; the odd ones are those in which the other defected
    return fixed("tf2t", 1, [0 if older % 2 and newer % 2 else 1 for older in range(4) for newer in range(4)])


def wsls() -> Tabular:
    """Win-stay, lose-shift: repeats its move unless the other defected (Nowak & Sigmund 1993, Nature 364)."""
    return fixed("wsls", 1, (1, 0, 0, 1))


def grim() -> Tabular:
    """Cooperates until the first defection, then never again.

    One round is memory enough: a D of its own is the sign that the defection came earlier. It so takes an own D that
    noise or a random start put there for such a sign too.
    """
    return fixed("grim", 1, (1, 0, 0, 0))


def gtft(generosity: float | None = None) -> Tabular:
    """Generous tit for tat: forgives a defection with probability `generosity` (Nowak & Sigmund 1992, Nature 355).

    If not given, it is the largest at which defection does not pay against it: min(1 - (T-R)/(R-S), (R-P)/(T-P)), in
    its own payoffs of a prisoner's dilemma.
    """
    if generosity is None:
        return Tabular("gtft", 1, _generous)
    name = f"gtft({generosity})"
    kind = probability(f"opponent {name}: generosity", generosity)
    return Tabular(name, 1, partial(fixed_rule, name, (1, 1, kind, 1, kind)))


def _generous(stage: Stage) -> Rule:
    two_by_two(stage, "gtft")
    ((r, s), (t, p)) = payoffs(stage, "gtft").own_BA
    if t > r > p > s and (kind := min(1 - (t - r) / (r - s), (r - p) / (t - p))) >= 0:
        return fixed_rule("gtft", (1, 1, kind, 1, kind), stage)
    raise ConfigurationError(
        f"opponent gtft: {stage.name} is no prisoner's dilemma in which generosity pays, so its payoffs name none; "
        "say one, as in gtft(0.3)"
    )
