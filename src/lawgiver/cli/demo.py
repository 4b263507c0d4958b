"""`lawgiver demo`: the main job on the embedded default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lawgiver.cli.align import step_remark
from lawgiver.cli.console import progress, stdout

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def demo(
    run: Annotated[Path, typer.Option(help="The run directory.")] = Path("runs/demo"),
    recipe: Annotated[str, typer.Option(help="A recipe's path, or the name of one that ships.")] = "argen",
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a key of the recipe: steps=12.")] = None,
    split: Annotated[str, typer.Option(help="The scenarios to measure on.")] = "test",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many; for a quick look.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on with a demo that was interrupted.")] = False,
) -> None:
    """Align a small model under the medical charter and show what changed; about ten minutes on two cores.

    Measures the untrained model, the untrained model with the charter's system prompt and a policy that refuses
    everything; trains by GRPO; measures again on scenarios it never saw; writes `report.html`.

    Example: `lawgiver demo --set steps=12 --limit 50 --run runs/quick`
    """
    from lawgiver import __version__
    from lawgiver.align.recipe import read_recipe
    from lawgiver.charter import Charter, shipped_folder
    from lawgiver.charter.check import check_charter
    from lawgiver.outcome import ConfigurationError

    path = Path(recipe) if Path(recipe).is_file() else shipped_folder("recipes") / f"{recipe}.yaml"
    settings = read_recipe(path, set_)
    charter = Charter.open(settings.charter)
    console = stdout()
    report = check_charter(settings.charter)
    counts = ", ".join(f"{count} {what}" for what, count in report.counts.items())
    name = f"charter {charter.spec.name} {charter.spec.version} ({charter.sha256[:12]})"
    console.print(f"lawgiver {__version__} · {name} · {counts}", markup=False)
    if report.findings:
        raise ConfigurationError(report.findings[0])
    from lawgiver.models import resolve

    resolved = resolve(settings.model, on_message=lambda message: console.print(f"model  {message}", markup=False))
    console.print(f"model  {settings.model} ({resolved.source})", markup=False)
    from lawgiver.demo import DemoConfig, run_demo

    with progress() as live:
        document = run_demo(
            DemoConfig(recipe=settings, split=split, limit=limit), charter, run, _Bars(live), resume=resume
        )
    from lawgiver.data.rundir import RunDirectory
    from lawgiver.report import write_report
    from lawgiver.report.table import comparison_table

    summaries = {name: RunDirectory(run / name).read("summary.json") for name in document["runs"]}
    console.print(comparison_table(document, summaries))
    _show_example(document)
    console.print(f"report: {write_report(run)}   ·   next: lawgiver charter new mine", markup=False)


def _show_example(document: dict[str, Any]) -> None:
    """One answer before and after, with the rules that fired."""
    gains = document["comparisons"][0]["gains"]
    if not gains:
        return
    from rich.markup import escape

    best = gains[0]
    console = stdout()
    console.print(f"\n[bold]one answer, before and after[/]\n{escape(best['prompt'])}")
    for side in ("before", "after"):
        fired = ", ".join(violation["rule"] for violation in best[side]["violations"]) or "no rule fired"
        said = " ".join(best[side]["response"].split())
        console.print(f"  [bold]{side:<6}[/] {escape(said)}")
        console.print(f"         score {best[side]['score']:.2f} · {escape(fired)}")
    console.print()


class _Bars:
    """One progress bar per stage."""

    def __init__(self, live: Progress) -> None:
        self.live = live
        self.task: TaskID | None = None

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        task = self.live.add_task(name, total=total, remark="")
        self.task = task
        return lambda more: self.live.advance(task, more)

    def step(self, row: dict[str, Any]) -> None:
        assert self.task is not None
        self.live.update(self.task, completed=row["step"], remark=step_remark(row))
        for alarm in row["alarms"]:
            self.live.console.print(f"step {row['step']}: {alarm}", markup=False)
