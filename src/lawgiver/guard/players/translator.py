"""Candidates in languages that the data have little of: what a translator makes of seeds in one they have much of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lawgiver.data.preference.split import unit_interval
from lawgiver.guard.classifier.data import epoch
from lawgiver.guard.example import Example
from lawgiver.guard.lineage import Sample
from lawgiver.guard.players.apertium import check_route, translate
from lawgiver.guard.players.candidates import confirmed
from lawgiver.guard.players.filters import fault
from lawgiver.guard.players.settings import DuoRecipe, TranslatorSettings
from lawgiver.outcome import ConfigurationError

Translate = Callable[[Sequence[str], Sequence[str]], list[str | None]]
"""Texts and a route of language pairs → translations, None for what could not be translated."""
FAILED = "could not be translated"
PLAIN = "plain"


class Translated(NamedTuple):
    """What came of it."""

    samples: list[Sample]
    dropped: Counter[str]
    """Translations that are not taken, by reason."""


def translator_seeds(
    examples: Sequence[Example], recipe: DuoRecipe, settings: TranslatorSettings, iteration: int
) -> list[Example]:
    """Examples to translate, safe and unsafe in turn, each once; what an epoch shows more often is drawn more often.

    Args:
        examples: what the guard learns from, each once.
        recipe: with rules of sources, and the draw's seed.
        settings: how many, in which language and of which sources.
        iteration: round of the game.

    Returns:
        None of them if no example is in that language and of those sources.
    """
    data, salt = recipe.guard.data, f"guard:translator:{recipe.game.seed}:{iteration}"
    piles: dict[bool, dict[str, tuple[float, Example]]] = {True: {}, False: {}}
    for number, example in enumerate(epoch(examples, data)):
        named = {example.source, data.rule_name(example.source)}
        if example.language != settings.source or (settings.sources and named.isdisjoint(settings.sources)):
            continue
        drawn = unit_interval(f"{example.id}:{number}", salt)
        pile = piles[example.unsafe]
        if example.id not in pile or drawn < pile[example.id][0]:
            pile[example.id] = (drawn, example)
    ranked = [sorted(pile.values(), key=lambda drawn: drawn[0]) for pile in piles.values()]
    turns = [(place, example.unsafe, example) for pile in ranked for place, (_, example) in enumerate(pile)]
    turns.sort(key=lambda turn: turn[:2])
    return [example for _, _, example in turns[: settings.seeds]]


def check_translator(examples: Sequence[Example], recipe: DuoRecipe) -> None:
    """Stop before anything is trained if a recipe's translator, should it have one, could not work.

    Raises:
        ConfigurationError: for a language pair that is not installed, or if there is nothing to translate.
    """
    settings = recipe.game.translator
    if settings is None:
        return
    for route in settings.routes.values():
        check_route(route)
    if not translator_seeds(examples, recipe, settings, 1):
        raise ConfigurationError(
            f"game.translator: no example in {settings.source!r} is of {', '.join(settings.sources) or 'any source'}"
        )


def translated(
    seeds: Sequence[Example], settings: TranslatorSettings, iteration: int, translator: Translate = translate
) -> Translated:
    """Each seed in each language; a conversation also as one message.

    A translation keeps what is asked for, so it keeps the label. What comes back as it was, in another language than
    the one that is wanted, or as a loop, is dropped. As with a generator, a sample's seed is named with the language.

    Args:
        seeds: in the language that is translated from.
        settings: routes.
        iteration: round of the game.
        translator: in Apertium's place.
    """
    said = [text for seed in seeds for text in (seed.text, *([] if seed.response is None else [seed.response]))]
    samples: list[Sample] = []
    dropped: Counter[str] = Counter()
    for language, route in settings.routes.items():
        made = iter(translator(said, route))
        made_by = tuple(f"apertium:{pair}" for pair in route)
        for seed in seeds:
            text = next(made)
            response = None if seed.response is None else next(made)
            if text is None or (seed.response is not None and response is None):
                dropped[FAILED] += 1
                continue
            example = seed.model_copy(
                update={"id": f"{seed.id}@{language}", "text": text, "response": response, "language": language}
            )
            wrong = fault(example.plain.text, seed.plain, language, len(seed.plain.text))
            if wrong is not None:
                dropped[wrong] += 1
                continue
            forms = [example]
            if response is not None:
                forms.append(example.plain.model_copy(update={"id": f"{example.id}+{PLAIN}"}))
            key = example.id
            samples += [confirmed(Sample(example=e, seed=key, made_by=made_by, iteration=iteration)) for e in forms]
    return Translated(samples, dropped)
