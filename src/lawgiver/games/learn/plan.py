"""A recipe made concrete: games, frameworks, opponents and words, all checked before any model is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lawgiver.charter import Charter
from lawgiver.games.algebra import Framework, framework
from lawgiver.games.catalogue import Game, game, read_game
from lawgiver.games.learn.recipe import LEARNER, GamesRecipe
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.oracle import solve
from lawgiver.games.problem import Problem, problem
from lawgiver.games.prompts import words as word_pools
from lawgiver.games.prompts.layout import layouts, sample_layout
from lawgiver.games.prompts.phrasings import phrasing
from lawgiver.games.prompts.question import Question
from lawgiver.games.prompts.render import grid
from lawgiver.games.prompts.scene import action_ids
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

Words = tuple[str, ...]
Encode = Callable[[str], list[int]]


@dataclass(frozen=True, eq=False)
class Seat:
    """One learner's side of the table."""

    stage: Stage
    problems: tuple[Problem, ...]
    """One for each phase."""
    frameworks: tuple[Framework, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that training needs besides the model."""

    recipe: GamesRecipe
    charter: Charter
    seats: tuple[Seat, ...]
    """One, or two that learn from each other."""
    words: tuple[Words, ...]
    """What prompts are trained with."""
    held_out: tuple[Words, ...]
    """What they are never trained with; empty if the recipe names its own words."""

    @property
    def identity(self) -> dict[str, str]:
        """The charter's name, version and hash, and the hash of every phase's framework on this game."""
        hashes = {f"framework {f.name}": f.sha256 for f in self.seats[0].frameworks}
        return {**self.charter.identity, **hashes}


def open_game(text: str) -> Game:
    """A game by name, or by the path of a YAML file.

    Raises:
        ConfigurationError: if there is neither, or the file holds no game.
    """
    return read_game(Path(text)) if text.endswith((".yaml", ".yml")) else game(text)


def prepare(recipe: GamesRecipe) -> Plan:
    """Open charter and game, tabulate every framework and opponent, and choose the words.

    Raises:
        ConfigurationError: for whatever of it is wrong.
    """
    charter = Charter.open(recipe.charter)
    played = open_game(recipe.game)
    two = recipe.opponent == LEARNER
    if two and not isinstance(played, MatrixGame):
        raise ConfigurationError(f"opponent: learner: needs a game of two players, and {recipe.game} has more")
    role = recipe.role if isinstance(played, MatrixGame) else "any"
    seats = [_seat(recipe, charter, played, seat) for seat in (["row", "column"] if two else [role])]
    for name in recipe.prompts.phrasings:
        phrasing(name)
    needed = max(len(action_ids(seat.stage)) for seat in seats)
    words, held_out = _words(recipe, needed)
    plan = Plan(recipe, charter, tuple(seats), words, held_out)
    for index, seat in enumerate(seats):
        _check_coverage(plan, seat)
        for each in seat.problems:
            solve(each)  # limits that no policy keeps are found here
            if each.bounds and recipe.prompts.ask == "reason":
                raise ConfigurationError(
                    f"prompts.ask: reason knows no limits, and {each.framework} has some; ask: word"
                )
        questions(plan, index, 0, words, np.random.default_rng(0))  # a layout that cannot be drawn is found here
    return plan


def check_answers(plan: Plan, encode: Encode) -> None:
    """Check every word set with the tokenizer that will read it; needs no model.

    Raises:
        ConfigurationError: naming the pair that collides, and how.
    """
    for words in (*plan.words, *plan.held_out):
        word_pools.check_words(words, encode)


def questions(
    plan: Plan, seat: int, phase: int, words: Sequence[Words], rng: np.random.Generator, phrasings: Sequence[str] = ()
) -> list[Question]:
    """The prompts of one update: each given word set in a layout and phrasing drawn for it, in some of the histories.

    Only histories that can occur against the opponent are asked for.
    """
    recipe, side = plan.recipe, plan.seats[seat]
    settings = recipe.prompts
    names = phrasings or settings.phrasings
    occurring = _occurring(plan, side.problems[phase])
    shown = min(settings.histories or len(occurring), len(occurring))
    turns = rng.permutation(occurring)
    asked: list[Question] = []
    for turn, each in enumerate(words):
        drawn = sample_layout(
            side.stage, rng, settings.shuffled, recipe.history, scales=settings.scales, shifts=settings.shifts
        )
        fixed = {name: getattr(drawn, name) for name in settings.shuffled if name not in settings.every}
        orders = layouts(side.stage, settings.every, recipe.history, scales=[drawn.scale], shifts=[drawn.shift])
        chosen = [replace(layout, **fixed) for layout in orders]
        name = names[int(rng.integers(len(names)))]
        wanted = {int(turns[(turn * shown + k) % len(turns)]) for k in range(shown)}
        asked += [q for q in grid(side.stage, [each], chosen, name, ask=settings.ask) if q.state in wanted]
    return asked


def every_question(plan: Plan, seat: int, words: Sequence[Words], seed: int = 0) -> list[Question]:
    """Every history with every word set, one layout each, drawn from the seed: the prompts a policy is measured on.

    Histories that cannot occur are asked for too: what a policy would do there is what another opponent will meet.
    """
    recipe, stage = plan.recipe, plan.seats[seat].stage
    settings, rng = recipe.prompts, np.random.default_rng([seed, seat])
    varied = sorted({"introduction", "final", *settings.shuffled})
    asked: list[Question] = []
    for turn, each in enumerate(words):
        layout = sample_layout(stage, rng, varied, recipe.history)
        asked += grid(stage, [each], [layout], settings.phrasings[turn % len(settings.phrasings)], ask=settings.ask)
    return asked


def _occurring(plan: Plan, of: Problem) -> NDArray[np.intp]:
    """The histories that are asked about; of two learners, each may bring the other anywhere."""
    return np.flatnonzero(of.reachable_H) if len(plan.seats) == 1 else np.arange(of.histories)


def _check_coverage(plan: Plan, seat: Seat) -> None:
    recipe, settings = plan.recipe, plan.recipe.prompts
    wanted = len(_occurring(plan, seat.problems[0]))
    shown = wanted if settings.histories is None else settings.histories
    if (recipe.gamma > 0 or len(plan.seats) > 1) and shown * settings.word_sets < wanted:
        why = "gamma above 0" if recipe.gamma > 0 else "a second learner"
        raise ConfigurationError(
            f"prompts: {why} needs every history in every update; histories {shown} × word_sets {settings.word_sets} "
            f"is below {wanted}, so raise one of them"
        )


def _seat(recipe: GamesRecipe, charter: Charter, played: Game, role: str) -> Seat:
    stage = played.seen_by(role)
    frameworks = tuple(framework(charter, phase.framework, stage, recipe.parameters) for phase in recipe.phases)
    # a second learner is not known before it plays; until then it moves at random
    other = opponent("random" if recipe.opponent == LEARNER else recipe.opponent)
    history = 1 if recipe.opponent == LEARNER else recipe.history
    if history != recipe.history:
        raise ConfigurationError(f"history: {recipe.history}: two learners see one round")
    problems = tuple(
        problem(stage, wanted, other, recipe.history, recipe.gamma, recipe.illegal) for wanted in frameworks
    )
    return Seat(stage, problems, frameworks)


def _words(recipe: GamesRecipe, needed: int) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    given = recipe.prompts.words
    if given == "training":
        pools = (word_pools.TRAINING, word_pools.HELD_OUT)
        if needed == 2:
            training, held_out = (tuple(word_pools.pairs(pool)) for pool in pools)
        else:
            training, held_out = (tuple(group[:needed] for group in pool if len(group) >= needed) for pool in pools)
        if not training:
            raise ConfigurationError(f"prompts.words: the pool has no {needed} words that go together; give your own")
        return training, held_out
    for words in given:
        if len(words) != needed:
            raise ConfigurationError(f"prompts.words: {'/'.join(words)}: this game needs {needed} words, one an action")
    return given, ()
