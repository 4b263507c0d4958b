"""From one value per principle to one score."""

from __future__ import annotations

from collections.abc import Mapping

from lawgiver.outcome import Abstained, Failed, Outcome, Value


def charter_score(values: Mapping[str, Outcome[float]], weights: Mapping[str, float], *, gated: bool) -> Outcome[float]:
    """Weighted mean of the values that were measured, in 0..1; 0 behind the gate.

    The gate is not a term of the sum: no amount of another value buys it back. An abstained value leaves the
    mean, its weight shared among the rest. A failed value fails the score.

    Args:
        values: principle → outcome in 0..1.
        weights: principle → positive weight.
        gated: whether a rule blocks the exchange.
    """
    for name, value in values.items():
        if isinstance(value, Failed):
            return Failed(f"{name}: {value.error}")
    measured = {name: value.value for name, value in values.items() if isinstance(value, Value)}
    if not measured:
        return Abstained("no principle applies")
    if gated:
        return Value(0.0)
    total = sum(weights[name] for name in measured)
    return Value(sum(weights[name] * value for name, value in measured.items()) / total)
