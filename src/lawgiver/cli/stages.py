"""`lawgiver align` on a recipe of stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import progress

if TYPE_CHECKING:
    from lawgiver.align.stages import Stage
    from lawgiver.align.stages.plan import Plan


def align_stages(recipe: Path, folder: Path, overrides: list[str], *, resume: bool, dry_run: bool) -> None:
    """Read the data, say what is in them, and train every stage."""
    from lawgiver.align.stages import read_stages
    from lawgiver.align.stages.plan import prepare

    settings = read_stages(recipe, overrides)
    plan = prepare(settings)
    if dry_run:
        typer.echo(_told(plan, folder))
        return
    from lawgiver.align.stages.run import train_stages

    with progress() as display:
        tasks = {
            stage.name: display.add_task(stage.name, total=_steps(plan, stage), remark="") for stage in settings.stages
        }

        def on_step(stage: Stage, row: dict[str, Any]) -> None:
            display.update(tasks[stage.name], completed=row["step"], remark=remark(row))

        summary = train_stages(plan, folder, on_step, resume=resume)
        for stage in settings.stages:
            display.update(tasks[stage.name], completed=summary["stages"][stage.name]["steps"], total=None)
    for stage in settings.stages:
        done = summary["stages"][stage.name]
        typer.echo(
            f"{settings.folder(folder, stage)}: {done['steps']} steps on {done['rows']} rows, {done['seconds']:.0f} s, "
            f"temperature {done['temperature']:g}, from {done['reference_sha256'][:12]} to {done['policy_sha256'][:12]}"
        )


def remark(row: dict[str, Any]) -> str:
    """The numbers of one step that are worth watching, in one line."""
    watched = (("loss", "loss"), ("accuracy", "right"), ("margin", "margin"))
    return " · ".join(f"{name} {row[key]:.2f}" for key, name in watched if key in row)


def _steps(plan: Plan, stage: Stage) -> int:
    per_epoch = -(-len(plan.rows[stage.name].rows) // stage.batch)
    return max(1, round(per_epoch * stage.epochs))


def _told(plan: Plan, folder: Path) -> str:
    from lawgiver.data.preference import markdown

    lines = []
    for name, report in plan.reports.items():
        lines += [f"data {name}", markdown(report), ""]
    for stage in plan.recipe.stages:
        rows = plan.rows[stage.name]
        left = "".join(f", {count} left out ({reason})" for reason, count in (+rows.left_out).items())
        lines.append(
            f"stage {stage.name}: {stage.method} at temperature {stage.temperature:g} on {len(rows.rows)} rows{left}, "
            f"{_steps(plan, stage)} steps, from {plan.recipe.start(folder, stage)}"
        )
    lines.append(f"fine: charter {plan.charter.sha256[:12]}, into {folder}")
    return "\n".join(lines)
