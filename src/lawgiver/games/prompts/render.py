"""One renderer for every game: a scene told by a phrasing, then the line that asks for the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from lawgiver.games.prompts.layout import Layout
from lawgiver.games.prompts.layout import layouts as every_layout
from lawgiver.games.prompts.personas import Persona
from lawgiver.games.prompts.phrasings import phrasing as phrasing_named
from lawgiver.games.prompts.question import Question
from lawgiver.games.prompts.scene import either, scene, slashed
from lawgiver.games.stage import Stage

Ask = Literal["word", "reason"]
Place = Literal["user", "system"]


def render(
    stage: Stage,
    state: int,
    layout: Layout,
    words: Sequence[str],
    phrasing: str = "table",
    persona: Persona | None = None,
    *,
    place: Place = "user",
    ask: Ask = "word",
) -> Question:
    """Show a state of a game to a model.

    Prompts that differ only in the state share a long prefix, and those that differ only in `layout.final` a longer
    one: the past and the order of the answers come last.

    Args:
        stage: The game from the learner's side.
        state: Index of the history of `layout.history` rounds.
        layout: Orders and affine transform.
        words: One word for each of `action_ids(stage)`: the learner's actions first.
        phrasing: A name in PHRASINGS.
        persona: A sentence to go before the game.
        place: Where the persona goes: at the head of the user's turn or as a system message.
        ask: `word` for the bare word (read it with `parse`), `reason` for a reason first (read it with `parse_final`).

    Raises:
        ConfigurationError: for an unknown phrasing, or a layout, state or words that do not fit the stage.
    """
    shown = scene(stage, state, layout, words)
    content = f"{phrasing_named(phrasing)(shown)}\n{question_line(shown.final, ask)}"
    tags = {
        "game": stage.name,
        "role": stage.role,
        "phrasing": phrasing,
        "words": "/".join(words),
        **layout.tags(),
        "persona": persona.id if persona else "",
        "place": place if persona else "",
        "ask": ask,
    }
    answers = tuple(shown.words[action] for action in stage.actions)
    return Question(int(state), conversation(content, persona, place), answers, tags)


def grid(
    stage: Stage,
    words: Iterable[Sequence[str]],
    layouts: Iterable[Layout] | None = None,
    phrasing: str = "table",
    persona: Persona | None = None,
    *,
    place: Place = "user",
    ask: Ask = "word",
) -> list[Question]:
    """All states × words × layouts; layouts default to all of the stage's with one round of history.

    With one pair of words and `layouts(stage, vary=("introduction", "final"))` a 2×2 game has the 16 prompts on which
    arXiv 2410.01639 trains. Questions that share a prefix stand side by side.
    """
    chosen = list(every_layout(stage) if layouts is None else layouts)
    return [
        render(stage, state, layout, pair, phrasing, persona, place=place, ask=ask)
        for pair in words
        for layout in chosen
        for state in range((len(stage.actions) * len(stage.situations)) ** layout.history)
    ]


def question_line(final: Sequence[str], ask: Ask = "word") -> str:
    """The last line of every prompt."""
    if ask == "reason":
        lines = either([f'"Answer: {word}"' for word in final])
        return f"Give your reason in a sentence or two, then end with the line {lines}."
    return f"Answer with one word ({slashed(final)})."


def conversation(content: str, persona: Persona | None, place: Place) -> tuple[dict[str, str], ...]:
    """The user's turn, with the persona at its head or as a system message before it."""
    if persona and place == "system":
        return ({"role": "system", "content": persona.text}, {"role": "user", "content": content})
    return ({"role": "user", "content": f"{persona.text}\n{content}" if persona else content},)
