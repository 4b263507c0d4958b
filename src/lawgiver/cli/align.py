"""`lawgiver align`: train a model under a charter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lawgiver.cli.console import progress


def align(
    recipe: Annotated[Path, typer.Argument(help="A recipe, e.g. recipes/argen.yaml.")],
    run: Annotated[Path | None, typer.Option(help="The run directory; default runs/RECIPE.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a key: steps=12, lora.rank=8.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the newest checkpoint of the run.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Load the recipe, charter, policies and scenarios; train nothing.")
    ] = False,
) -> None:
    """Align a model: by GRPO with the charter's rewards, or stage by stage on preferences, as the recipe says.

    Several processes: `torchrun --standalone --nproc-per-node 2 --no-python lawgiver align …`

    Examples: `lawgiver align recipes/argen.yaml --set steps=12 --run runs/short`;
    `lawgiver align recipes/sacpo.yaml --set stages.safe.lambda=8 --dry-run`
    """
    from lawgiver.charter.files import read_yaml

    kind = read_yaml(recipe).get("type")
    if kind == "stages":
        from lawgiver.cli.stages import align_stages

        align_stages(recipe, run or Path("runs") / recipe.stem, set_ or [], resume=resume, dry_run=dry_run)
        return
    if kind == "preference-models":
        from lawgiver.cli.preference_models import align_preference_models

        align_preference_models(recipe, run or Path("runs") / recipe.stem, set_ or [], resume=resume, dry_run=dry_run)
        return
    from lawgiver.align.recipe import read_recipe, training_scenarios
    from lawgiver.charter import Charter
    from lawgiver.charter.check import require_sound

    settings = read_recipe(recipe, set_)
    charter = Charter.open(settings.charter).for_training()
    require_sound(charter)
    scenarios = training_scenarios(settings, charter)
    folder = run or Path("runs") / recipe.stem
    if dry_run:
        typer.echo(
            f"fine: {settings.steps} steps × {settings.prompts_per_step} prompts × {settings.generations} "
            f"completions over {len(scenarios)} scenarios, charter {charter.sha256[:12]}, into {folder}"
        )
        return
    from lawgiver.align.processes import part
    from lawgiver.align.train import train

    with progress() as display:
        task = display.add_task("align", total=settings.steps, remark="loading")

        def on_step(row: dict[str, Any]) -> None:
            display.update(task, completed=row["step"], remark=step_remark(row))
            for alarm in row["alarms"]:
                display.console.print(f"step {row['step']}: {alarm}", markup=False)

        result = train(settings, charter, folder, on_step, resume=resume)
    part()
    from lawgiver.report import write_report

    typer.echo(f"result: {result}\nreport: {write_report(folder)}")


def step_remark(row: dict[str, Any]) -> str:
    """The numbers of one step that are worth watching, in one line."""
    values = [f"{name} {value:.2f}" for name, value in row["values"].items() if value is not None]
    costs = [
        f"{name} {cost:.2f} λ {row['lambda'][name]:.2f}" for name, cost in row["costs"].items() if cost is not None
    ]
    return " · ".join(values + costs)
