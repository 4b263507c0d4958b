"""Phrasing `garden`: an everyday story without a number; how good an outcome is, is said in words of rising warmth.

Where one action is better for the other player whatever he does, the story says what the action is: work on the bed
that both share. Where no action is, as in Bach or Stravinsky, it gives no such hint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.prompts.clause import Voice, spelt
from lawgiver.games.prompts.scene import Cell, Scene, either, number
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

PRESENT = Voice("do", "does", one="the neighbour", group="neighbours", say=spelt)
PAST = Voice("did", "did", one="the neighbour", group="neighbours", say=spelt)

LADDERS: dict[int, tuple[str, ...]] = {
    1: ("fair",),
    2: ("poor", "good"),
    3: ("poor", "fair", "good"),
    4: ("dreadful", "poor", "good", "splendid"),
    5: ("dreadful", "poor", "fair", "good", "splendid"),
    6: ("dreadful", "bad", "poor", "fair", "good", "splendid"),
    7: ("dreadful", "bad", "poor", "fair", "good", "great", "splendid"),
    8: ("dreadful", "bad", "poor", "middling", "fair", "good", "great", "splendid"),
    9: ("hopeless", "dreadful", "bad", "poor", "middling", "fair", "good", "great", "splendid"),
}
"""Words for payoffs of n different sizes, the worst first."""


def text(scene: Scene) -> str:
    """The prompt up to the line that asks for the answer.

    Raises:
        ConfigurationError: if the game has more different payoffs than there are words for.
    """
    word = _harvests(scene)
    outcomes = [
        f"If {PRESENT.you(cell)} and {PRESENT.they(cell, scene.many)}, {_harvest(cell, scene, word)}."
        for cell in scene.cells
    ]
    if scene.many:
        outcomes.append("It is the same for the neighbours.")
    count = len(scene.rounds)
    past = [
        f"{_when(count - k)} {PAST.you(cell)} and {PAST.they(cell, scene.many)}." for k, cell in enumerate(scene.rounds)
    ]
    wish = "You would like your own basket to be as full as can be."
    parts = (_opening(scene), _hint(scene), " ".join(outcomes), wish, " ".join(past))
    return "\n".join(part for part in parts if part)


def helpful_action(stage: Stage) -> str | None:
    """The own action that is best for the others whatever they do; None if there is none.

    Best: never below another action in what the others get on average, and above each other action at least once.
    """
    return _dominant(stage.others_ABN.mean(axis=2), stage.actions)


def _dominant(payoffs_AB: NDArray[np.float64], actions: tuple[str, ...]) -> str | None:
    for a, action in enumerate(actions):
        gain_AB = payoffs_AB[a] - np.delete(payoffs_AB, a, axis=0)
        if (gain_AB >= 0).all() and (gain_AB > 0).any(axis=1).all():
            return action
    return None


def _hint(scene: Scene) -> str:
    stage = scene.stage
    helpful = helpful_action(stage)
    if helpful is None or not scene.shared:
        return ""
    if not scene.many:
        moves = tuple(moves[0] for moves in stage.situations)
        if _dominant(stage.own_AB.T, moves) != helpful:  # the word must mean the same work for both
            return ""
    word = scene.words[helpful]
    rest = [other for other in scene.introduced if other != word]
    plain = either(rest) if rest[1:] else rest[0]
    return f"{word} is work on the bed that you share, {plain} is work in one's own corner."


def _opening(scene: Scene) -> str:
    mine, theirs = either(scene.introduced), either(scene.offered)
    if scene.many:
        return (
            f"You and {spelt(scene.many)} neighbours grow vegetables behind the house. Every Saturday each of you does "
            f"one job, {mine}, without having asked the others."
        )
    begin = "You and the neighbour from upstairs grow vegetables behind the house."
    if scene.shared:
        return f"{begin} Every Saturday each of you does one job, {mine}, without having asked the other."
    return f"{begin} Every Saturday you do one job, {mine}, and the neighbour, unasked, does another, {theirs}."


def _harvests(scene: Scene) -> dict[str, str]:
    """Payoff in figures → word."""
    payoffs = {number(cell.yours): cell.yours for cell in scene.cells}
    if not scene.many:
        payoffs |= {number(cell.theirs): cell.theirs for cell in scene.cells}
    if len(payoffs) not in LADDERS:
        raise ConfigurationError(
            f"phrasing 'garden': {scene.stage.name} has {len(payoffs)} different payoffs and there are words for "
            f"{max(LADDERS)}; choose a phrasing with numbers, such as table or story"
        )
    return dict(zip(sorted(payoffs, key=lambda text: payoffs[text]), LADDERS[len(payoffs)], strict=True))


def _harvest(cell: Cell, scene: Scene, word: dict[str, str]) -> str:
    yours = f"your harvest is {word[number(cell.yours)]}"
    return yours if scene.many else f"{yours} and the neighbour's {word[number(cell.theirs)]}"


def _when(weeks: int) -> str:
    return "Last Saturday" if weeks == 1 else f"{spelt(weeks).capitalize()} Saturdays ago"
