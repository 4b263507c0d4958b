"""From a games recipe to a finished run directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.data.rundir import RunDirectory
from lawgiver.games.learn import checkpoint
from lawgiver.games.learn.conformity import distance, measure, oracles, policy_document, spread
from lawgiver.games.learn.loop import Row, State, Training
from lawgiver.games.learn.plan import Plan, check_answers
from lawgiver.games.learn.policy import Learner
from lawgiver.games.learn.recipe import TABULAR, GamesRecipe
from lawgiver.games.learn.tabular import Tabular

if TYPE_CHECKING:
    from lawgiver.models.load import LoadedModel

SEATS = ("row", "column")
TABLE_RATE = 200.0
"""A table's logits are the answers themselves, so it takes far longer strides than an adapter."""


def check_tokenizer(plan: Plan) -> None:
    """Check the action words with the model's tokenizer; loads no weights.

    Raises:
        ConfigurationError: if the words collide, or there is no such model.
        DownloadError: if the model has to be fetched and cannot be.
    """
    if plan.recipe.model == TABULAR:
        return
    from lawgiver.models.load import load_tokenizer

    tokenizer = load_tokenizer(plan.recipe.model)
    check_answers(
        plan, lambda word: [*tokenizer(word, add_special_tokens=False, split_special_tokens=True)["input_ids"]]
    )


def train(
    plan: Plan,
    folder: Path,
    on_row: Callable[[Row], None] = lambda _: None,
    *,
    resume: bool = False,
    load: Callable[[], LoadedModel] | None = None,
) -> dict[str, Any]:
    """Train, measure and write a run directory; returns its summary. A finished run is left as it is.

    Args:
        plan: what `prepare` made of a recipe.
        folder: the run directory.
        on_row: told every line of `metrics.jsonl`.
        resume: go on from the newest checkpoint, as if the run had never stopped.
        load: makes the model of each learner; by default it is loaded by the recipe's name.

    Raises:
        ConfigurationError: if `folder` holds another run, or the words collide for this model's tokenizer.
    """
    check_tokenizer(plan) if load is None else None
    run = RunDirectory.create(folder, plan.recipe.model_dump(mode="json"), plan.identity, resume=resume)
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    learners = [_learner(plan, seat, load) for seat in range(len(plan.seats))]
    kept = folder / "checkpoints"
    latest = checkpoint.newest(kept) if resume else None
    state = checkpoint.load(latest, learners) if latest else State()
    run.rewind_metrics(state.update)
    training = Training(plan, learners, state)
    while not training.finished:
        row = training.step()
        run.log(row)
        on_row(row)
        ended = training.state.done == 0
        if ended or training.state.update % plan.recipe.save_every == 0:
            checkpoint.save(kept, training.snapshot(), learners, plan.recipe.keep_checkpoints)
    cost = {key: sum(int(learner.cost().get(key, 0)) for learner in learners) for key in ("tokens", "plain_tokens")}
    summary = _finish(plan, run, learners, training.state, cost)
    run.write("summary.json", summary)
    return summary


def _learner(plan: Plan, seat: int, load: Callable[[], LoadedModel] | None) -> Learner:
    recipe = plan.recipe
    if recipe.model == TABULAR:
        problem = plan.seats[seat].problems[0]
        return Tabular(
            problem.histories,
            problem.actions,
            learning_rate=TABLE_RATE * recipe.learning_rate,
            seed=recipe.seed * len(plan.seats) + seat,
        )
    from lawgiver.games.lm.learner import LMLearner
    from lawgiver.models.load import load as load_model

    return LMLearner(
        load() if load else load_model(recipe.model),
        learning_rate=recipe.learning_rate,
        rank=recipe.lora.rank,
        alpha=recipe.lora.alpha,
        dropout=recipe.lora.dropout,
        target_modules=_modules(recipe),
        skip=recipe.lora.skip,
        max_grad_norm=recipe.max_grad_norm,
        seed=recipe.seed * len(plan.seats) + seat,
    )


def _modules(recipe: GamesRecipe) -> str | list[str]:
    modules = recipe.lora.target_modules
    return modules if isinstance(modules, str) else list(modules)


def _finish(
    plan: Plan, run: RunDirectory, learners: list[Learner], state: State, cost: dict[str, int]
) -> dict[str, Any]:
    """Measure each learner on trained and held-out words, and write its policy and adapter."""
    trained = [measure(plan, seat, learner, spread(plan.words)) for seat, learner in enumerate(learners)]
    held_out = [
        measure(plan, seat, learner, spread(plan.held_out)) if plan.held_out else None
        for seat, learner in enumerate(learners)
    ]
    solved = oracles(plan, [p_HA for p_HA, _, _ in trained])
    blocks = []
    for seat, learner in enumerate(learners):
        where = run.path if len(learners) == 1 else run.path / SEATS[seat]
        where.mkdir(exist_ok=True)
        document = policy_document(plan.seats[seat].stage, trained[seat][0], plan.recipe.history)
        RunDirectory(where).write("policy.json", document)
        if hasattr(learner, "export"):
            learner.export(where / "adapter")
        unseen = held_out[seat]
        blocks.append(
            {
                "oracle": solved[seat].text,
                "oracle_visited": solved[seat].visited_text,
                "unique": solved[seat].unique_H.tolist(),
                "reachable": solved[seat].problem.reachable_H.tolist(),
                "trained": trained[seat][2] | distance(trained[seat][1], solved[seat]),
                "held_out": unseen[2] | distance(unseen[1], solved[seat]) if unseen else None,
            }
        )
    rows = run.metrics()
    seconds = {row["step"]: row["seconds"] for row in rows}
    recipe = plan.recipe
    result = "policy.json" if recipe.model == TABULAR else "adapter"
    return {
        "kind": "games-train",
        "game": plan.seats[0].stage.name,
        "opponent": recipe.opponent,
        "framework": recipe.phases[-1].framework,
        "frameworks": [phase.framework for phase in recipe.phases],
        "updates": state.update,
        "reached": state.reached,
        "seconds": state.seconds,
        "seconds_to_reach": [None if step is None else seconds.get(int(step)) for step in state.reached],
        **cost,
        **blocks[0],
        "seats": blocks,
        "result": result if len(learners) == 1 else f"{SEATS[0]}/{result}",
    }
