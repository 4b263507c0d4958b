"""Names of histories."""

from __future__ import annotations

from lawgiver.games.stage import Stage, state_name


def history_names(stage: Stage, history: int) -> list[str]:
    """Every history of so many rounds, in index order: `CD`, or `CC CD` for two, the oldest round first."""
    joint = len(stage.actions) * len(stage.situations)
    return [
        " ".join(state_name(stage, h // joint**k % joint) for k in reversed(range(history)))
        for h in range(joint**history)
    ]
