"""One round of the game: candidates, verdicts, what the guard gets wrong, the next guard, the next generator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.data.files import write_jsonl
from lawgiver.data.preference.blind import BlindTexts
from lawgiver.data.preference.record import Conversation
from lawgiver.data.rundir import RunDirectory
from lawgiver.guard.classifier.data import BLIND, GuardExamples, epoch, must_not_be_seen
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.classifier.plan import plan_of, plan_on
from lawgiver.guard.classifier.train import OnStep, autocast, train_classifier
from lawgiver.guard.example import Example
from lawgiver.guard.game.pairs import preference_pairs
from lawgiver.guard.game.split import Split, split, vet
from lawgiver.guard.lineage import Sample, read_samples, write_samples
from lawgiver.guard.players.candidates import draw_seeds, joined, rewritten
from lawgiver.guard.players.generator import Write, endpoint_writer, lineage_name, local_writer, written
from lawgiver.guard.players.judge import Judge
from lawgiver.guard.players.learn import chosen, replayed
from lawgiver.guard.players.settings import DuoRecipe, TranslatorSettings
from lawgiver.guard.players.tally import tally
from lawgiver.guard.players.teach import teach
from lawgiver.guard.players.translator import Translated, translated, translator_seeds
from lawgiver.models.load import device
from lawgiver.outcome import Outcome, Value

CANDIDATES, REVIEW, LEARNED, PAIRS, ROUND = (
    "candidates.jsonl",
    "review.jsonl",
    "learned.jsonl",
    "pairs.jsonl",
    "round.json",
)
CLASSIFIER, GENERATOR = "classifier", "generator"


@dataclass(frozen=True)
class Players:
    """Where the two stand."""

    guard: Path
    """The guard's folder or run."""
    generator: str | None
    """The generator's name or folder, if there is one."""


@dataclass(frozen=True)
class Table:
    """What a round is played with."""

    recipe: DuoRecipe
    examples: GuardExamples
    """Of iteration 0; those held out are never candidates' seeds."""
    judge: Callable[[], Judge]
    """Opened only if there is a text to judge."""
    say: Callable[[str], None] = lambda _: None
    on_step: OnStep = lambda _: None
    write: Write | None = None
    """In the generator's place."""


def play(table: Table, players: Players, earlier: Sequence[Sample], folder: Path, number: int) -> Players:
    """Play one round in `folder`; what of it is done already is not done again.

    Args:
        table: what all rounds share.
        players: as they stand before it.
        earlier: what was learned in earlier rounds.
        folder: of this round.
        number: of this round, from 1.

    Returns:
        The players after it.
    """
    run, game = RunDirectory(folder), table.recipe.game
    if not run.has(LEARNED):
        _candidates(table, players, run, number)
    new = read_samples(folder / LEARNED)
    generator = teach(table.recipe, players.generator, folder / PAIRS, folder / GENERATOR, table.say)
    if not new:
        table.say("nothing of it is to be learned: the guard stays as it is")
        return Players(players.guard, generator)
    before = [*epoch(table.examples.train, table.recipe.guard.data), *(sample.example for sample in earlier)]
    fresh = [sample.example for sample in new]
    classifier = table.recipe.guard.classifier
    if game.update == "scratch":
        seen = [*before, *fresh]
        recipe = table.recipe.guard
        plan = plan_of(recipe, _with(table.examples, seen), seen, table.say)
    else:
        seen = [*fresh, *replayed(before, len(fresh), game, number)]
        settings = {
            "learning_rate": game.learning_rate,
            "head_learning_rate": game.head_learning_rate,
            "epochs": 1.0,
            "seed": classifier.seed + number,
        }
        recipe = table.recipe.guard.model_copy(update={"classifier": classifier.model_copy(update=settings)})
        plan = plan_on(recipe, _with(table.examples, seen), seen, players.guard, table.say)
    where = folder / CLASSIFIER
    trained = train_classifier(plan, where, table.on_step, resume=where.exists())
    run.write(ROUND, run.read(ROUND) | {"examples": len(seen), "dev": trained["dev"], "seconds": trained["seconds"]})
    return Players(where, generator)


def _with(examples: GuardExamples, seen: Sequence[Example]) -> GuardExamples:
    return GuardExamples(tuple(seen), examples.dev, Counter(), Counter())


def _candidates(table: Table, players: Players, run: RunDirectory, number: int) -> None:
    """Make candidates, have them judged and guarded, and write down what is learned."""
    game = table.recipe.game
    seeds = draw_seeds(table.examples.train, game, number)
    made = [*rewritten(seeds, game, number), *joined(seeds, game, number, table.examples.train)]
    dropped: Counter[str] = Counter()
    if game.translator is not None:
        abroad = _abroad(table, game.translator, number)
        dropped += abroad.dropped
        made += without_blind(abroad.samples, table.recipe, dropped)
    prompts: Mapping[str, Conversation] = {}
    review: tuple[Sample, ...] = ()
    if game.generator is not None and players.generator is not None:
        own = game.generator
        endpoint = own.endpoint()
        asked = [seed for seed in seeds if seed.mode == "prompt"][: own.seeds]
        table.say(f"{players.generator} writes {own.samples} candidates to each of {len(asked)} seeds")
        writer = table.write or (
            endpoint_writer(endpoint, own, lambda _: None)
            if endpoint
            else local_writer(players.generator, own, game.seed + number, lambda _: None)
        )
        found = written(asked, writer, game, number, lineage_name(players.generator))
        prompts = found.prompts
        dropped += found.dropped
        samples = without_blind(found.samples, table.recipe, dropped)
        vetted = vet(samples, table.judge()([sample.example for sample in samples]), game.judge)
        made += vetted.kept
        review = vetted.review  # which teaches the generator, but not the guard
    table.say(f"the guard reads {len(made)} candidates and {len(seeds)} seeds")
    guard = open_guard(players.guard, calibrated=False, views=False)
    with autocast(device()):  # as in training: what is drawn by its loss needs no more digits
        scored = guard.score([*seeds, *(sample.example for sample in (*made, *review))])
    outcomes: list[Outcome[float]] = [Value(o.value.unsafe) if isinstance(o, Value) else o for o in scored]
    kept = outcomes[: len(seeds) + len(made)]
    divided = split(made, kept[len(seeds) :])
    learned = chosen(seeds, made, divided, kept, game, number)
    write_samples(run.path / CANDIDATES, made)
    write_samples(run.path / REVIEW, review)
    _write_pairs(run, prompts, [*made, *review], outcomes[len(seeds) :])
    run.write(
        ROUND,
        {
            "iteration": number,
            "seeds": len(seeds),
            "dropped": dict(dropped),
            "review": len(review),
            "learned": len(learned),
            **tally(divided),
        },
    )
    write_samples(run.path / LEARNED, learned)  # the last: it says that all of this is done


def without_blind(samples: Sequence[Sample], recipe: DuoRecipe, dropped: Counter[str]) -> list[Sample]:
    """What was written, less what guards are measured on, which is counted."""
    blind = BlindTexts.wanted(recipe.guard.data.refuse)
    kept = [
        each
        for each in samples
        if not must_not_be_seen([text for text in (each.example.text, each.example.response) if text], blind)
    ]
    if refused := len(samples) - len(kept):
        dropped[BLIND] += refused
    return kept


def _abroad(table: Table, settings: TranslatorSettings, number: int) -> Translated:
    """What a translator makes of seeds drawn for it, other ones in each round."""
    seeds = translator_seeds(table.examples.train, table.recipe, settings, number)
    table.say(f"{len(seeds)} seeds are translated into {', '.join(settings.routes)}")
    return translated(seeds, settings, number)


def _write_pairs(
    run: RunDirectory,
    prompts: Mapping[str, Conversation],
    samples: Sequence[Sample],
    outcomes: Sequence[Outcome[float]],
) -> None:
    """Pairs of what the generator wrote to one prompt; with no generator, none."""
    of_generator = [
        (sample, outcome) for sample, outcome in zip(samples, outcomes, strict=True) if sample.seed in prompts
    ]
    divided: Split = split([sample for sample, _ in of_generator], [outcome for _, outcome in of_generator])
    formed = preference_pairs(divided, prompts, most=2)
    write_jsonl(run.path / PAIRS, (pair.to_json() for pair in formed.pairs))


def round_of(folder: Path) -> dict[str, Any]:
    """What a finished round came to, for `rounds.jsonl`."""
    return dict(RunDirectory(folder).read(ROUND))
