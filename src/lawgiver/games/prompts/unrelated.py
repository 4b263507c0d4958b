"""Questions that are not the game but are answered with its words: here a trained game policy must not show.

Kinds, tagged `unrelated`: `action` asks for one of the words and no more, `action_game` mentions that there is a game,
`action_game_state` also tells the last moves (arXiv 2410.01639 plots reciprocity from such prompts), and `everyday`
has nothing to do with a game. Everyday questions with a right answer name it in the tag `right`, an action index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lawgiver.games.prompts.clause import Voice
from lawgiver.games.prompts.layout import Layout
from lawgiver.games.prompts.personas import Persona
from lawgiver.games.prompts.question import NO_STATE, Question
from lawgiver.games.prompts.render import Ask, Place, conversation, question_line
from lawgiver.games.prompts.scene import scene
from lawgiver.games.prompts.words import Words
from lawgiver.games.stage import Stage

PAST = Voice("chose", "chose", one="the other player", group="others")

EVERYDAY: dict[str, str] = {
    "label": "A folder of holiday photographs needs a short label, and there are two in stock.",
    "kitten": "My neighbour has a new kitten and cannot settle on a name for it.",
    "door": "Two doors lead to the same waiting room, and each has a word written on it.",
    "password": "A child wants a secret word for a tree house.",
    "boat": "A rowing boat has been painted and still lacks a name on its side.",
    "card": "I hold two cards face down, with a word on the back of each, for you to turn one over.",
    "ticket": "The cinema hands out two kinds of ticket for the same seat at the same price.",
}
"""Id → an everyday question to which neither word is right."""
RIGHT: dict[str, Callable[[Sequence[str]], tuple[str, int]]] = {
    "first": lambda words: (
        f"On a sheet of paper stand, from left to right: {', '.join(words)}. Which is leftmost?",
        0,
    ),
    "last": lambda words: (
        f"On a sheet of paper stand, from left to right: {', '.join(words)}. Which is rightmost?",
        -1,
    ),
    "lost": lambda words: (f"The jar marked {words[0]} is empty and all the others are full. Which jar is empty?", 0),
    "copy": lambda words: (f"The word to be repeated is {words[-1]}. Which word is it?", -1),
}
"""Id → an everyday question and the place of its right answer among the words."""


def unrelated(
    stage: Stage, words: Sequence[str], persona: Persona | None = None, *, place: Place = "user", ask: Ask = "word"
) -> list[Question]:
    """All probes with these words; over their copies each action stands once in each place of the last line.

    Where a probe tells the last moves its `state` is theirs (one round); elsewhere it is NO_STATE, so a tabular policy,
    which knows states only, cannot be asked.

    Raises:
        ConfigurationError: if the words do not fit the stage.
    """
    answers = scene(stage, 0, Layout.plain(stage), words).final
    common = {
        "game": stage.name,
        "role": stage.role,
        "words": "/".join(words),
        "persona": persona.id if persona else "",
        "place": place if persona else "",
        "ask": ask,
    }
    questions = []
    for turn in range(len(answers)):
        order = answers[turn:] + answers[:turn]
        for probe in _probes(stage, words, order):
            content = "\n".join(part for part in (probe.text, question_line(order, ask)) if part)
            right = "" if probe.right is None else str(answers.index(probe.right))
            tags = {"unrelated": probe.kind, "probe": probe.id, "right": right, "final": "/".join(order)}
            told = conversation(content, persona, place)
            questions.append(Question(probe.state, told, answers, {**common, **tags}))
    return questions


class _Probe(NamedTuple):
    kind: str
    id: str
    text: str
    state: int = NO_STATE
    right: str | None = None


def _probes(stage: Stage, words: Sequence[str], order: Words) -> Iterator[_Probe]:
    many = stage.players - 1
    game = f"You are in a game with {f'{many} others' if many > 1 else 'another player'}."
    yield _Probe("action", "action", "")
    yield _Probe("action_game", "game", game)
    for state in range(len(stage.actions) * len(stage.situations)):
        shown = scene(stage, state, Layout.plain(stage), words)
        (last,) = shown.rounds
        told = f"{game} A moment ago {PAST.you(last)} and {PAST.they(last, shown.many)}."
        yield _Probe("action_game_state", "state", told, state)
    for name, text in EVERYDAY.items():
        yield _Probe("everyday", name, f"{text} The words are {', '.join(order)}.")
    for name, make in RIGHT.items():
        for way, listed in (
            ("forth", order),
            ("back", order[::-1]),
        ):  # so that no place in the last line is always right
            text, place = make(listed)
            yield _Probe("everyday", f"{name}_{way}", text, right=listed[place])
