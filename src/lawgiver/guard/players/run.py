"""The game from its first guard to its last (DuoGuard, arXiv 2502.05163, algorithm 1), round by round, resumable."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from lawgiver.data.files import write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.guard.classifier.data import HELD_OUT, GuardExamples, epoch, prepare_examples
from lawgiver.guard.classifier.plan import plan_of
from lawgiver.guard.classifier.train import OnStep, train_classifier
from lawgiver.guard.example import Example
from lawgiver.guard.lineage import Sample, read_samples
from lawgiver.guard.players.generator import Write
from lawgiver.guard.players.iteration import CLASSIFIER, LEARNED, Players, Table, play, round_of, without_blind
from lawgiver.guard.players.judge import Judge, open_judge
from lawgiver.guard.players.settings import DuoRecipe
from lawgiver.guard.players.translator import check_translator, translated, translator_seeds
from lawgiver.models.classifier.card import INSIDE, classifier_sha256, find_classifier

ROUNDS = "rounds.jsonl"


def play_game(
    recipe: DuoRecipe,
    folder: Path,
    on_step: OnStep = lambda _: None,
    *,
    say: Callable[[str], None] = lambda _: None,
    resume: bool = False,
    write: Write | None = None,
) -> dict[str, Any]:
    """Play all rounds; the last guard is left in `folder/guard`, where every command finds it.

    Each round has a folder of its own: its candidates with their lineage, what is left to review, what was learned,
    its guard and its generator. An interrupted game goes on where it was.

    Args:
        recipe: what is asked for.
        folder: the run directory.
        on_step: told every line of a classifier's metrics.
        say: told what begins.
        resume: go on with the game in `folder`.
        write: asked for candidates in the generator's place.

    Returns:
        The run's summary, with the numbers of every round.

    Raises:
        ConfigurationError: for data, names or models that are wrong, or if `folder` holds another run.
    """
    examples = prepare_examples(recipe.guard.data)
    check_translator(examples.train, recipe)
    document = recipe.model_dump(mode="json") | {"data_sha256": examples.sha256}
    run = RunDirectory.create(folder, document, {}, resume=resume)
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    run.write("data.json", examples.to_json())
    if not run.has(HELD_OUT):
        run.write_rows(HELD_OUT, (example.model_dump(mode="json") for example in _held_out(recipe, examples)))
    own = recipe.game.generator
    players = Players(_first(recipe, examples, folder, on_step, say), None if own is None else own.model)

    @cache
    def judge() -> Judge:
        return open_judge(recipe.game.judge, examples.train, recipe.guard.classifier.backbone, say)

    table = Table(recipe, examples, judge, say, on_step, write)
    earlier: list[Sample] = []
    rounds: list[dict[str, Any]] = []
    for number in range(1, recipe.game.iterations + 1):
        where = folder / f"iteration-{number}"
        say(f"iteration {number} of {recipe.game.iterations}")
        players = play(table, players, earlier, where, number)
        earlier += read_samples(where / LEARNED)
        rounds.append(round_of(where))
        write_jsonl(folder / ROUNDS, rounds)
    _leave(players.guard, folder / INSIDE)
    summary = {
        "kind": "guard-game",
        "iterations": recipe.game.iterations,
        "player": recipe.game.player,
        "rounds": rounds,
        "generator": players.generator,
        "guard_sha256": classifier_sha256(folder),
    }
    run.write("summary.json", summary)
    return summary


def _held_out(recipe: DuoRecipe, examples: GuardExamples) -> list[Example]:
    """What nothing is made of in training; with a translator, these rows of its sources in its languages as well.

    Where rows of a language are scarce, few are held out, and too few to find a threshold for it.
    """
    settings = recipe.game.translator
    if settings is None:
        return list(examples.dev)
    whole = settings.model_copy(update={"seeds": len(examples.dev)})
    abroad = translated(translator_seeds(examples.dev, recipe, whole, 0), settings, 0)
    return [*examples.dev, *(sample.example for sample in without_blind(abroad.samples, recipe, Counter()))]


def _first(
    recipe: DuoRecipe, examples: GuardExamples, folder: Path, on_step: OnStep, say: Callable[[str], None]
) -> Path:
    """The guard of iteration 0: trained, or the one that is given."""
    if recipe.start is not None:
        return find_classifier(recipe.start)
    where = folder / "iteration-0" / CLASSIFIER
    if not (where / "summary.json").is_file():
        say("iteration 0: the guard that the game begins with")
        plan = plan_of(recipe.guard, examples, epoch(examples.train, recipe.guard.data), say)
        train_classifier(plan, where, on_step, resume=where.exists())
    return where


def _leave(guard: Path, folder: Path) -> None:
    """Copy a guard; whole or not at all."""
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(find_classifier(guard), draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
