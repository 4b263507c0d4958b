"""Phrasing `named`: the game is named and the words are given its usual meanings; no payoff is told."""

from __future__ import annotations

from lawgiver.games.prompts.clause import Voice
from lawgiver.games.prompts.prose import ago
from lawgiver.games.prompts.scene import Scene

VOICE = Voice("chose", "chose", one="the other player", group="others")

MEANINGS: dict[str, dict[str, str]] = {
    "stag_hunt": {"C": "hunt the stag", "D": "catch a hare"},
    "chicken": {"C": "swerve", "D": "drive straight on"},
    "bos": {"C": "go to the Bach concert", "D": "go to the Stravinsky concert"},
    "volunteer": {"C": "volunteer", "D": "wait for somebody else"},
    "public_goods": {"C": "put your money into the pot", "D": "keep your money"},
    "commons": {"C": "hold back", "D": "take as much as you can"},
}
"""Game, whatever its number of players → action id → what it means in the story that gave the game its name."""
USUAL = {"C": "cooperate", "D": "defect"}
"""For every other game; an id that is not here speaks for itself."""


def text(scene: Scene) -> str:
    """The prompt up to the line that asks for the answer."""
    stage = scene.stage
    group = f"{scene.many} others" if scene.many else "another player"
    mine = _meanings(stage.name, [stage.actions[a] for a in scene.layout.introduction], scene.words)
    lines = [f"You play a game with {group}, round after round: {stage.title}.", f"For you {mine}."]
    if not scene.shared:
        id_of = {word: action for action, word in scene.words.items()}
        lines.append(f"For the other {_meanings(stage.name, [id_of[word] for word in scene.offered], scene.words)}.")
    lines.append("Do as well for yourself as you can.")
    count = len(scene.rounds)
    past = [
        f"{ago(count - k)} {VOICE.you(cell)} and {VOICE.they(cell, scene.many)}." for k, cell in enumerate(scene.rounds)
    ]
    return "\n".join((*lines, *past))


def _meanings(game: str, actions: list[str], words: dict[str, str]) -> str:
    stem, _, players = game.rpartition("_")
    usual = MEANINGS.get(stem if players.isdigit() else game, USUAL)
    return ", ".join(f'{words[action]} means "{usual.get(action, action)}"' for action in actions)
