"""Prompts that show a game to a language model, and the reading of its answers."""

from lawgiver.games.prompts.layout import Layout, layouts, sample_layout
from lawgiver.games.prompts.parse import parse, parse_final
from lawgiver.games.prompts.personas import ATTACKS, FRAMEWORK_PERSONAS, Persona, persona
from lawgiver.games.prompts.phrasings import PHRASINGS
from lawgiver.games.prompts.question import NO_STATE, Question
from lawgiver.games.prompts.render import grid, render
from lawgiver.games.prompts.scene import action_ids
from lawgiver.games.prompts.unrelated import unrelated
from lawgiver.games.prompts.variants import variants
from lawgiver.games.prompts.words import HELD_OUT, TRAINING, check_words, pairs, sample_words

__all__ = [
    "ATTACKS",
    "FRAMEWORK_PERSONAS",
    "HELD_OUT",
    "NO_STATE",
    "PHRASINGS",
    "TRAINING",
    "Layout",
    "Persona",
    "Question",
    "action_ids",
    "check_words",
    "grid",
    "layouts",
    "pairs",
    "parse",
    "parse_final",
    "persona",
    "render",
    "sample_layout",
    "sample_words",
    "unrelated",
    "variants",
]
