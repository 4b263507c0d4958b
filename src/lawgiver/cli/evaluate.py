"""`lawgiver evaluate` and `lawgiver compare`."""

from __future__ import annotations

from pathlib import Path

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout


def evaluate(
    model: str = typer.Argument(..., help="A model by name, hub id or path, an align run, or `refuse`."),
    charter: str = typer.Option(..., "--charter", "-c", help="A charter's folder, or the name of one that ships."),
    split: str = typer.Option("test", help="train, dev or test."),
    run: Path | None = typer.Option(None, help="The run directory; default runs/MODEL-SPLIT."),
    system_prompt: bool = typer.Option(False, help="Put the charter's system prompt in front."),
    max_new_tokens: int = typer.Option(48, min=1, help="Where an answer is cut."),
    temperature: float = typer.Option(0.0, min=0.0, help="0 decodes greedily."),
    seed: int = typer.Option(0, help="For sampling."),
    limit: int | None = typer.Option(None, min=1, help="Only the first so many scenarios."),
    resume: bool = typer.Option(False, help="Go on with a run that was interrupted."),
    dry_run: bool = typer.Option(False, help="Check charter, scenarios and judges; load no model."),
    output: Format = FORMAT,
) -> None:
    """Let a model answer every scenario of a split and judge the answers.

    Example: `lawgiver evaluate smollm2-135m-instruct --charter medical --split test`
    """
    from lawgiver.charter import Charter
    from lawgiver.charter.check import require_sound
    from lawgiver.evaluate import EvaluateConfig, evaluate_run, responder_for

    config = EvaluateConfig(
        model=model,
        charter=charter,
        split=split,
        system_prompt=system_prompt,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        limit=limit,
    )
    opened = Charter.open(charter)
    require_sound(opened)
    scenarios = len(opened.scenarios(split)[:limit])
    if dry_run:
        typer.echo(f"fine: {scenarios} scenarios, charter {opened.sha256[:12]}")
        return
    folder = run or Path("runs") / f"{Path(model).name}-{split}{'-prompted' if system_prompt else ''}"
    with progress() as display:
        task = display.add_task("evaluate", total=scenarios, remark=Path(model).name)
        responder = responder_for(config, opened)
        summary = evaluate_run(config, opened, responder, folder, lambda n: display.advance(task, n), resume=resume)
    from lawgiver.report import write_report
    from lawgiver.report.table import comparison_table

    page = write_report(folder)
    if output is Format.JSON:
        print_json(summary)
    else:
        alone = {"runs": {"run": {"label": folder.name}}, "comparisons": []}
        stdout().print(comparison_table(alone, {"run": summary}))
        typer.echo(f"report: {page}")


def compare(
    base: Path = typer.Argument(..., help="An evaluation run."),
    new: Path = typer.Argument(..., help="Another, over the same scenarios under the same charter."),
    run: Path | None = typer.Option(None, help="Where to write compare.json and report.html; default beside NEW."),
    output: Format = FORMAT,
) -> None:
    """Compare two evaluation runs: paired differences with intervals, gains and losses.

    Example: `lawgiver compare runs/smollm2-135m-instruct-test runs/argen-test`
    """
    from lawgiver.charter import Charter
    from lawgiver.data.rundir import RunDirectory
    from lawgiver.evaluate import StoredRun, compare_runs
    from lawgiver.evaluate.document import comparison_document
    from lawgiver.report import write_report
    from lawgiver.report.table import comparison_table

    runs = {"base": RunDirectory(base), "new": RunDirectory(new)}
    stored = {name: StoredRun.open(directory, name) for name, directory in runs.items()}
    spec = Charter.open(runs["new"].read("config.json")["charter"]).spec
    folder = run or new.parent / f"{base.name}-vs-{new.name}"
    labels = {"base": base.name, "new": new.name}
    comparison = compare_runs(spec, stored["base"], stored["new"])
    document = comparison_document(f"{base.name} and {new.name}", runs, labels, [comparison], folder)
    RunDirectory(folder).write("compare.json", document)
    page = write_report(folder)
    if output is Format.JSON:
        print_json(document)
    else:
        stdout().print(comparison_table(document, {name: s.summary for name, s in stored.items()}))
        typer.echo(f"report: {page}")
