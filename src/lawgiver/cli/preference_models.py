"""`lawgiver align` on a recipe of preference models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import progress
from lawgiver.cli.stages import remark

if TYPE_CHECKING:
    from lawgiver.align.preference_models.plan import Plan


def align_preference_models(recipe: Path, folder: Path, overrides: list[str], *, resume: bool, dry_run: bool) -> None:
    """Read the data, say what is in them, train every model and say how good it is."""
    from lawgiver.align.preference_models import read_preference_models
    from lawgiver.align.preference_models.plan import prepare

    plan = prepare(read_preference_models(recipe, overrides))
    if dry_run:
        typer.echo(_told(plan, folder))
        return
    from lawgiver.align.preference_models.run import train_preference_models

    with progress() as display:
        tasks = {name: display.add_task(name, total=_steps(plan, name), remark="") for name in plan.rows}

        def on_step(name: str, row: dict[str, Any]) -> None:
            display.update(tasks[name], completed=row["step"], remark=remark(row))

        summary = train_preference_models(plan, folder, on_step, resume=resume)
        for name, done in summary["models"].items():  # a model that was finished before has told nothing
            display.update(tasks[name], completed=done["steps"])
    for name, done in summary["models"].items():
        typer.echo("\n".join(lines_of(name, done)))
    from lawgiver.report import write_report

    typer.echo(f"result: {folder}\nreport: {write_report(folder)}")


def lines_of(name: str, done: dict[str, Any]) -> list[str]:
    """What a model came to, each number beside its baseline."""
    failed = f", {done['failed']} not scored" if done["failed"] else ""
    lines = [
        f"{name}: {done['steps']} steps on {done['trained_on']} pairs, {done['seconds']:.0f} s; "
        f"{done['pairs']} pairs held out{failed}"
    ]
    for key, baseline in (("accuracy", "length"), ("sign", "majority")):
        if key in done:
            lines.append(
                f"  {key:<8}  {_shown(done[key])}   {done[baseline]['rule']}: {_shown(done[baseline])}   "
                f"difference {_shown(done[f'over_{baseline}'], '+')}"
            )
    return lines


def _shown(interval: dict[str, Any], sign: str = "") -> str:
    return f"{interval['estimate']:{sign}.3f} [{interval['low']:{sign}.3f}, {interval['high']:{sign}.3f}]"


def _steps(plan: Plan, name: str) -> int:
    head = plan.recipe.heads[plan.recipe.models()[name][0]]
    return max(1, round(-(-len(plan.rows[name].pairs) // head.batch) * head.epochs))


def _told(plan: Plan, folder: Path) -> str:
    from lawgiver.data.preference import markdown

    lines = []
    for name, report in plan.reports.items():
        lines += [f"data {name}", markdown(report), ""]
    for name, (objective, _) in plan.recipe.models().items():
        head, rows = plan.recipe.heads[objective], plan.rows[name]
        lines.append(
            f"{name}: {head.level}-wise on {len(rows.pairs)} pairs{_left(rows.left_out)}, {_steps(plan, name)} steps, "
            f"from {plan.recipe.model}"
        )
    for objective, held in plan.held_out.items():
        lines.append(f"{objective}: measured by {len(held.pairs)} pairs held out{_left(held.left_out)}")
    lines.append(f"fine: into {folder}")
    return "\n".join(lines)


def _left(left_out: dict[str, int]) -> str:
    return "".join(f", {count} left out ({reason})" for reason, count in left_out.items() if count)
