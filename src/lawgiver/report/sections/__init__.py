"""The sections of a page, in reading order; each says from the material what its template shows, or why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lawgiver.report.games.sections import asked as games_asked
from lawgiver.report.games.sections import (
    evaluate_behaviour,
    evaluate_elsewhere,
    evaluate_grid,
    evaluate_headline,
    evaluate_rewards,
    overview,
    overview_curves,
    tournament_evolution,
    tournament_headline,
    tournament_scores,
    train_curves,
    train_headline,
    train_policy,
)
from lawgiver.report.games.sections import provenance as games_provenance
from lawgiver.report.preference_models import headline as models_headline
from lawgiver.report.preference_models import sections as models_sections
from lawgiver.report.sections import (
    asked,
    examples,
    headline,
    provenance,
    results,
    scopes,
    slices,
    training,
)
from lawgiver.report.stages import data as stages_data
from lawgiver.report.stages import headline as stages_headline
from lawgiver.report.stages import search as stages_search
from lawgiver.report.stages import sections as stages_sections


class Section(NamedTuple):
    """One section; its template is `templates/sections/<name>.html.j2`."""

    name: str
    """Anchor and template."""
    title: str
    build: Callable[[Any], dict[str, Any] | None]
    """What the template is given, from the page's material; `{"missing": sentence}` where there is nothing to show;
    None to say nothing."""
    template: str = ""
    """If it is not of the section's name."""


SECTIONS = (
    Section("headline", "Result", headline.build),
    Section("results", "Every metric", results.build),
    Section("asked", "What was asked", asked.build),
    Section("training", "Training, step by step", training.build),
    Section("scopes", "Where answers went", scopes.build),
    Section("examples", "Before and after", examples.build),
    Section("slices", "By kind of prompt", slices.build),
    Section("provenance", "Provenance", provenance.build),
)

_BLOCKS = "games_blocks"
_GAMES_END = (
    Section("asked", "What was asked", games_asked.build, _BLOCKS),
    Section("provenance", "Provenance", games_provenance.build, "games_provenance"),
)
GAMES = {
    "games-train": (
        Section("headline", "Result", train_headline.build),
        Section("training", "Training, update by update", train_curves.build, _BLOCKS),
        Section("policy", "What it does in each history", train_policy.build, _BLOCKS),
        *_GAMES_END,
    ),
    "games-evaluate": (
        Section("headline", "Result", evaluate_headline.build),
        Section("policy", "What it does in each history", evaluate_behaviour.behaviour, _BLOCKS),
        Section("rewards", "By every framework", evaluate_rewards.build, _BLOCKS),
        Section("generalisation", "Other words, layouts and stories", evaluate_grid.build, _BLOCKS),
        Section("types", "What it answers to what", evaluate_behaviour.types, _BLOCKS),
        Section("unrelated", "Where no game is played", evaluate_elsewhere.unrelated, _BLOCKS),
        Section("personas", "Under pressure", evaluate_elsewhere.personas, _BLOCKS),
        Section("drift", "Plain text", evaluate_elsewhere.drift, _BLOCKS),
        Section("left_out", "Not measured", evaluate_elsewhere.left_out, _BLOCKS),
        *_GAMES_END,
    ),
    "games-overview": (
        Section("headline", "Result", overview.headline),
        Section("runs", "What was reached", overview.results, _BLOCKS),
        Section("training", "Training, update by update", overview_curves.build, _BLOCKS),
        _GAMES_END[1],
    ),
    "games-tournament": (
        Section("headline", "Result", tournament_headline.build),
        Section("ranking", "Ranking", tournament_scores.ranking, _BLOCKS),
        Section("matrices", "Everybody against everybody", tournament_scores.matrices, _BLOCKS),
        Section("replicator", "Evolution of a large population", tournament_evolution.replicator, _BLOCKS),
        Section("moran", "Evolution of a small population", tournament_evolution.moran, _BLOCKS),
        *_GAMES_END,
    ),
}
"""The sections of pages on games, by kind."""

STAGES = (
    Section("headline", "Result", stages_headline.build),
    Section("search", "How λ was found", stages_search.build, _BLOCKS),
    Section("stages", "Stage by stage", stages_sections.stages, _BLOCKS),
    Section("training", "Training, step by step", stages_sections.training, _BLOCKS),
    Section("data", "What was learned from", stages_data.build, _BLOCKS),
    Section("provenance", "Provenance", stages_sections.provenance, "games_provenance"),
)

PREFERENCE_MODELS = (
    Section("headline", "Result", models_headline.build),
    Section("measures", "How good they are", models_sections.measures, _BLOCKS),
    Section("scores", "Where scores lie", models_sections.scores, _BLOCKS),
    Section("calibration", "What scores mean", models_sections.calibration, _BLOCKS),
    Section("training", "Training, step by step", models_sections.training, _BLOCKS),
    Section("data", "What was learned from", stages_data.build, _BLOCKS),
    Section("provenance", "Provenance", models_sections.provenance, "games_provenance"),
)
_OTHERS = {"align-stages": STAGES, "align-preference-models": PREFERENCE_MODELS, **GAMES}


def sections_of(kind: str) -> tuple[Section, ...]:
    """The sections of a page, by the kind of its material."""
    return _OTHERS.get(kind, SECTIONS)


__all__ = ["GAMES", "PREFERENCE_MODELS", "SECTIONS", "STAGES", "Section", "sections_of"]
