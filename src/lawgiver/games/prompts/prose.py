"""Phrasing `prose`: the payoffs in plain sentences, one for each joint move, in the order of the table."""

from __future__ import annotations

from lawgiver.games.prompts.clause import Voice
from lawgiver.games.prompts.scene import Cell, Scene, either, number

NOW = Voice("choose", "chooses", one="the other player", group="others")
PAST = Voice("chose", "chose", one="the other player", group="others")


def text(scene: Scene) -> str:
    """The prompt up to the line that asks for the answer."""
    outcomes = [f"If {_move(cell, scene, NOW)}, {_pay(cell, scene, 'get', 'gets')}." for cell in scene.cells]
    if scene.many:
        outcomes.append("The same holds for each of the others.")
    count = len(scene.rounds)
    past = [
        f"{ago(count - k)} {_move(cell, scene, PAST)}: {_pay(cell, scene, 'got', 'got')}."
        for k, cell in enumerate(scene.rounds)
    ]
    return "\n".join((_introduction(scene), *outcomes, "Collect as many points for yourself as you can.", *past))


def ago(rounds: int) -> str:
    """When a past round was: `In the last round`, `2 rounds ago`."""
    return "In the last round" if rounds == 1 else f"{rounds} rounds ago"


def _introduction(scene: Scene) -> str:
    mine, theirs = either(scene.introduced), either(scene.offered)
    if scene.many:
        return f"You play with {scene.many} others. In every round each of you chooses {mine}, all at the same time."
    if scene.shared:
        return f"You play with one other player. In every round each of you chooses {mine}, both at the same time."
    return f"You play with one other player. In every round you choose {mine} while the other chooses {theirs}."


def _move(cell: Cell, scene: Scene, voice: Voice) -> str:
    return f"{voice.you(cell)} and {voice.they(cell, scene.many)}"


def _pay(cell: Cell, scene: Scene, get: str, gets: str) -> str:
    yours = f"you {get} {number(cell.yours)}"
    return yours if scene.many else f"{yours} and the other {gets} {number(cell.theirs)}"
