"""`lawgiver games train`: teach a model, or a table, what a moral framework wants in a game."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout

if TYPE_CHECKING:
    from lawgiver.games.learn.plan import Plan


def train(
    recipe: Annotated[
        Path | None, typer.Argument(help="A games recipe, e.g. recipes/moral.yaml; without one, the defaults.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="The run directory; default runs/games/GAME-FRAMEWORK-OPPONENT-sSEED.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a key: seed=2, opponent=alld, lora.rank=8.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the newest checkpoint of the run.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Check game, frameworks, opponent and words (with the tokenizer); load no model.")
    ] = False,
    output: Format = FORMAT,
) -> None:
    """Train a learner by the exact gradient of a moral framework's reward, and measure it on words it never saw.

    Example: `lawgiver games train recipes/moral.yaml --set "phases=de:24" --set opponent=random`

    One framework after another: `--set "phases=game:24 -> de:24"`. Without a language model: `--set model=tabular`.
    Your own framework: `--set "phases=mine.rego:24"`.
    """
    from lawgiver.games.learn.plan import prepare
    from lawgiver.games.learn.recipe import read_games_recipe
    from lawgiver.games.learn.train import check_tokenizer
    from lawgiver.games.learn.train import train as train_games

    settings = read_games_recipe(recipe, set_)
    plan = prepare(settings)
    names = "-".join(Path(phase.framework).stem for phase in settings.phases)
    opponent = settings.opponent.replace("/", "_")  # a checkpoint's path is no folder of ours
    folder = run or Path("runs/games") / f"{plan.seats[0].stage.name}-{names}-{opponent}-s{settings.seed}"
    if dry_run:
        check_tokenizer(plan)
        typer.echo(_fine(plan, folder))
        return
    with progress() as display:
        task = display.add_task("train", total=settings.updates, remark="loading")
        summary = train_games(
            plan,
            folder,
            lambda row: display.update(task, completed=row["step"], remark=remark(row)),
            resume=resume,
        )
        display.update(task, total=summary["updates"], completed=summary["updates"])
    from lawgiver.report import write_report

    page = write_report(folder)
    if output is Format.JSON:
        print_json(summary)
        return
    _show(plan, summary)
    typer.echo(f"result: {folder / summary['result']}\nreport: {page}")


def remark(row: dict[str, Any]) -> str:
    """What is worth watching in one update."""
    parts = [
        f"J {seat['objective']:+.2f} · legal {seat['legal']:.3f} · off the optimum {seat['gap']:.3f}"
        for seat in row["learners"]
    ]
    return f"{row['framework']} · " + " | ".join(parts)


def _fine(plan: Plan, folder: Path) -> str:
    from lawgiver.games.oracle import solve

    recipe = plan.recipe
    phases = ", ".join(
        f"{problem.framework} ({phase.updates} updates at most; optimum {solve(problem).text})"
        for phase, problem in zip(recipe.phases, plan.seats[0].problems, strict=True)
    )
    return (
        f"fine: {plan.seats[0].stage.title} against {recipe.opponent}, {recipe.model}, {recipe.estimator}: {phases}; "
        f"{len(plan.words)} word sets, {len(plan.held_out)} held out; into {folder}"
    )


def _show(plan: Plan, summary: dict[str, Any]) -> None:
    from rich.table import Table

    from lawgiver.games.learn.conformity import policy_document

    for number, block in enumerate(summary["seats"]):
        stage = plan.seats[number].stage
        states = policy_document(stage, _zeros(plan, number), plan.recipe.history)["states"]
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("after")
        table.add_column("optimum")
        heads = [f"P({action}) {which}" for action in stage.actions[:-1] for which in ("trained", "held-out words")]
        for head in heads:
            table.add_column(head, justify="right")
        words = block["oracle"].split() if " " in block["oracle"] else list(block["oracle"])
        for h, state in enumerate(states):
            cells = [
                "–" if block[which] is None else f"{block[which]['p'][h][a]:.3f}"
                for a in range(len(stage.actions) - 1)
                for which in ("trained", "held_out")
            ]
            table.add_row(state, words[h] + ("" if block["reachable"][h] else " (cannot occur)"), *cells)
        stdout().print(table)
        legality = [
            f"{block[which]['legal']:.4f} on {name} words"
            for which, name in (("trained", "trained"), ("held_out", "held-out"))
            if block[which]
        ]
        typer.echo(f"legal answers: {', '.join(legality)}")
    typer.echo(f"{summary['updates']} updates, {summary['seconds']:.1f} s, {summary['tokens']} forward tokens")


def _zeros(plan: Plan, seat: int) -> Any:
    import numpy as np

    problem = plan.seats[seat].problems[0]
    return np.zeros((problem.histories, problem.actions))
