"""Phrasing `story`: two market stalls and their takings, the payoffs told in number words."""

from __future__ import annotations

from lawgiver.games.prompts.clause import Voice, spelt, units
from lawgiver.games.prompts.scene import Cell, Scene, either

NOW = Voice("hang out", "hangs out", one="Robin", group="neighbours", say=spelt)
PAST = Voice("hung out", "hung out", one="Robin", group="neighbours", say=spelt)


def text(scene: Scene) -> str:
    """The prompt up to the line that asks for the answer."""
    days = [f"When {_move(cell, scene, NOW)}, {_takings(cell, scene, 'take', 'takes')}." for cell in scene.cells]
    if scene.many:
        days.append("It goes the same way for the neighbours.")
    count = len(scene.rounds)
    past = [
        f"{_when(count - k)} {_move(cell, scene, PAST)}; {_takings(cell, scene, 'took', 'took')}."
        for k, cell in enumerate(scene.rounds)
    ]
    return "\n".join((_opening(scene), " ".join(days), "You want your own purse to fill.", " ".join(past)))


def _opening(scene: Scene) -> str:
    mine, theirs = either(scene.introduced), either(scene.offered)
    if scene.many:
        return (
            f"You keep a stall on the market square, between {spelt(scene.many)} neighbours. Before the bell rings "
            f"each of you hangs out a flag, {mine}, and nobody sees the others' until it is too late to change."
        )
    begin = "You keep a soup stall on the market square and Robin keeps the one across from it."
    if scene.shared:
        return (
            f"{begin} Before the bell rings each of you hangs out a flag, {mine}, and neither sees the other's until "
            "it is too late to change."
        )
    return f"{begin} Before the bell rings you hang out {mine} while Robin, unseen, hangs out {theirs}."


def _move(cell: Cell, scene: Scene, voice: Voice) -> str:
    return f"{voice.you(cell)} and {voice.they(cell, scene.many)}"


def _takings(cell: Cell, scene: Scene, take: str, takes: str) -> str:
    yours = f"you {take} {units(cell.yours, 'coin', 'coins')}"
    return yours if scene.many else f"{yours} and Robin {takes} {units(cell.theirs, 'coin', 'coins')}"


def _when(days: int) -> str:
    return "Yesterday" if days == 1 else f"{spelt(days).capitalize()} days ago"
