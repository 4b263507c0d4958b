"""Phrasing `poetic`: lanterns by the sea in something like verse, the payoffs in number words."""

from __future__ import annotations

from lawgiver.games.prompts.clause import Voice, spelt, units
from lawgiver.games.prompts.scene import Cell, Scene, either

NOW = Voice("light", "lights", one="the far shore", group="far shores", say=spelt)
PAST = Voice("lit", "lit", one="the far shore", group="far shores", say=spelt)


def text(scene: Scene) -> str:
    """The prompt up to the line that asks for the answer."""
    lines = [f"When {_burning(cell, scene, NOW)},\n{_gift(cell, scene, 'brings')}." for cell in scene.cells]
    if scene.many:
        lines.append("And every shore is favoured by one tide.")
    count = len(scene.rounds)
    past = [
        f"{_night(count - k)} {_burning(cell, scene, PAST)}:\n{_gift(cell, scene, 'brought')}."
        for k, cell in enumerate(scene.rounds)
    ]
    return "\n".join((_opening(scene), *lines, "Gather what pearls you may, for your own hand.", *past))


def _opening(scene: Scene) -> str:
    mine, theirs = either(scene.introduced), either(scene.offered)
    if scene.many:
        return f"Dusk, and a lamp upon each shore to light,\n{mine}: so each must choose, alone, tonight."
    if scene.shared:
        return f"Two shores, one dusk, and on each shore a light:\n{mine}, chosen unseen, tonight."
    return f"Two shores, one dusk. On yours may burn tonight\n{mine}; on the far shore, {theirs} for a light."


def _burning(cell: Cell, scene: Scene, voice: Voice) -> str:
    return f"{voice.you(cell)} and {voice.they(cell, scene.many)}"


def _gift(cell: Cell, scene: Scene, brings: str) -> str:
    yours = f"the tide {brings} you {units(cell.yours, 'pearl', 'pearls')}"
    return yours if scene.many else f"{yours}, and the far shore {units(cell.theirs, 'pearl', 'pearls')}"


def _night(nights: int) -> str:
    return "One night ago" if nights == 1 else f"{spelt(nights).capitalize()} nights ago"
