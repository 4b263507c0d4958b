"""`lawgiver align` on a recipe of stages."""

from __future__ import annotations

import os
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
    from lawgiver.align.processes import part
    from lawgiver.align.stages.run import check_start, train_stages

    if dry_run:
        check_start(settings)
        typer.echo(_told(plan, folder))
        return
    if os.environ.get("RANK", "0") != "0":  # of several processes the first tells
        train_stages(plan, folder, resume=resume)
        part()
        return
    with progress() as display:
        tasks = {
            stage.name: display.add_task(stage.name, total=_steps(plan, stage), remark="") for stage in settings.stages
        }

        def on_step(stage: Stage, row: dict[str, Any]) -> None:
            display.update(tasks[stage.name], completed=row["step"], remark=remark(row))

        def say(message: str) -> None:
            display.console.print(message, markup=False)

        summary = train_stages(plan, folder, on_step, resume=resume, say=say)
        for name, done in summary["stages"].items():  # a stage that was finished before has told nothing
            display.update(tasks[name], completed=done["steps"])
    part()
    for name, done in summary["stages"].items():
        typer.echo(
            f"{name}: {done['steps']} steps on {done['rows']} rows, {done['seconds']:.0f} s, "
            f"temperature {done['temperature']:g}, from {done['reference_sha256'][:12]} to {done['policy_sha256'][:12]}"
        )
    if "found" in summary:
        typer.echo(summary["found"]["message"])
    from lawgiver.report import write_report

    typer.echo(f"result: {folder / summary['result']}\nreport: {write_report(folder)}")


def remark(row: dict[str, Any]) -> str:
    """The numbers of one step that are worth watching, in one line."""
    watched = (("loss", "loss"), ("accuracy", "right"), ("margin", "margin"))
    return " · ".join(f"{name} {row[key]:.2f}" for key, name in watched if key in row)


def _steps(plan: Plan, stage: Stage) -> int:
    if stage.steps is not None:
        return stage.steps
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
    if (find := plan.recipe.find) is not None:
        asked = len(plan.charter.scenarios(find.split))
        lines.append(
            f"λ of {', '.join(find.searched)} is found: {', '.join(find.constraints)} on {asked} scenarios of "
            f"{find.split}, {find.samples} samples each, then at most {find.search.trainings} trainings"
            f"{' of each' if find.chain else ''}"
        )
    lines.append(f"fine: charter {plan.charter.sha256[:12]}, into {folder}")
    return "\n".join(lines)
