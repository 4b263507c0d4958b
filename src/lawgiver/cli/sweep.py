"""`lawgiver sweep`: how much of the safe model to mix into the helpful one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from lawgiver.charter import Charter


def sweep(
    helpful: Annotated[str, typer.Argument(help="The helpful model: q = 0.")],
    safe: Annotated[str, typer.Argument(help="The safe one, usually trained from it: q = 1.")],
    charter: Annotated[str, typer.Option("--charter", "-c", help="Whose rules judge the answers.")],
    constraint: Annotated[str, typer.Option(help="The constraint that has to be kept.")],
    wanted: Annotated[str, typer.Option("--wanted", help="What is to be large: a principle, or score.")] = "score",
    at: Annotated[str, typer.Option("--q", help="Shares of the safe model, with commas.")] = "0,0.25,0.5,0.75,1",
    split: Annotated[str, typer.Option(help="The scenarios that are asked; certify on another split.")] = "dev",
    run: Annotated[Path, typer.Option(help="The run directory.")] = Path("runs/sweep"),
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Where an answer is cut.")] = 48,
    resume: Annotated[bool, typer.Option(help="Go on with a sweep that was interrupted.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Check models, charter and split; merge and ask nothing.")] = False,
    output: Format = FORMAT,
) -> None:
    """Merge two models at several q, measure each, and choose the most helpful q that is known to keep a constraint.

    A curve with its band is fitted through what was measured. The upper band of the cost must be within the budget.

    Example: `lawgiver sweep runs/sacpo/1-helpful runs/sacpo -c harmless --constraint harm --wanted helpfulness`
    """
    from lawgiver.align.merge import MergeModel, merge_config
    from lawgiver.align.merge.plan import plan_merge
    from lawgiver.charter import Charter
    from lawgiver.charter.check import require_sound
    from lawgiver.data.rundir import RunDirectory

    opened = Charter.open(charter)
    require_sound(opened)
    scenarios = len(opened.scenarios(split))
    threshold = _threshold(opened, constraint, wanted)
    shares = _shares(at)
    plans = {
        q: plan_merge(
            merge_config(
                "sweep",
                method="linear",
                models=(MergeModel(model=helpful, weight=1 - q), MergeModel(model=safe, weight=q)),
            ),
            lambda text: typer.echo(text, err=True),
            whole=True,
        )
        for q in shares
        if 0 < q < 1
    }
    if dry_run:
        typer.echo(f"fine: {len(shares)} models × {scenarios} scenarios, charter {opened.sha256[:12]}, into {run}")
        return
    settings = {
        **{"kind": "sweep", "helpful": helpful, "safe": safe, "charter": charter, "constraint": constraint},
        **{"wanted": wanted, "q": shares, "split": split, "max_new_tokens": max_new_tokens},
    }
    directory = RunDirectory.create(run, settings, opened.identity, resume=resume)
    from lawgiver.align.merge.run import merge
    from lawgiver.evaluate import EvaluateConfig, evaluate_run, responder_for

    summaries = {}
    with progress() as display:
        task = display.add_task("sweep", total=scenarios * len(shares), remark="")
        for q in shares:
            display.update(task, remark=f"q = {q:g}")
            model = {0.0: helpful, 1.0: safe}.get(q, str(run / f"q-{q:g}" / "model"))
            if q in plans and not Path(model).exists():
                merge(plans[q], Path(model))
            config = EvaluateConfig(model=model, charter=charter, split=split, max_new_tokens=max_new_tokens)
            where = run / f"q-{q:g}" / "evaluation"
            summaries[q] = evaluate_run(
                config,
                opened,
                responder_for(config, opened),
                where,
                lambda n: display.advance(task, n),
                resume=where.exists(),
            )
    document = _document(summaries, wanted, constraint, threshold)
    directory.write("sweep.json", document)
    from lawgiver.report.sweep import write_sweep

    page = write_sweep(run, document)
    if output is Format.JSON:
        print_json(document)
        return
    stdout().print(_table(document))
    typer.echo(document["message"])
    typer.echo(f"report: {page}")


def _threshold(charter: Charter, constraint: str, wanted: str) -> float:
    budgets = {each.name: each.threshold for each in charter.spec.constraints}
    if constraint not in budgets:
        raise ConfigurationError(f"--constraint {constraint}: the charter has {', '.join(budgets) or 'none'}")
    principles = [each.name for each in charter.spec.principles]
    if wanted not in ("score", *principles):
        raise ConfigurationError(f"--wanted {wanted}: give score, or a principle: {', '.join(principles)}")
    return budgets[constraint]


def _shares(text: str) -> list[float]:
    try:
        shares = sorted({float(part) for part in text.split(",")})
    except ValueError:
        raise ConfigurationError(f"--q {text!r}: write numbers with commas, such as 0,0.5,1") from None
    if len(shares) < 2 or not all(0 <= q <= 1 for q in shares):
        raise ConfigurationError(f"--q {text!r}: two or more different shares from 0 to 1 are wanted")
    return shares


def _document(summaries: dict[float, Any], wanted: str, constraint: str, threshold: float) -> dict[str, Any]:
    from lawgiver.align.sweep import Measured
    from lawgiver.align.sweep import sweep as fit
    from lawgiver.stats import Interval

    points = []
    for q, summary in summaries.items():
        found = {metric["name"]: metric["interval"] for metric in summary["metrics"]}
        if found[wanted] is None or found[constraint] is None:
            raise ConfigurationError(f"q = {q:g}: {wanted} or {constraint} was not scored on any answer")
        points.append(Measured(q=q, helpfulness=Interval(**found[wanted]), cost=Interval(**found[constraint])))
    measured = [{"q": p.q, "helpfulness": p.helpfulness.to_json(), "cost": p.cost.to_json()} for p in points]
    return {"wanted": wanted, "constraint": constraint, "measured": measured, **fit(points, threshold).to_json()}


def _table(document: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table(title=f"{document['constraint']}: higher is worse, met when mean cost ≤ {document['threshold']:g}")
    for column in ("q", document["wanted"], document["constraint"]):
        table.add_column(column, justify="right")
    for point in document["measured"]:
        cells = [
            f"{x['estimate']:.3f} [{x['low']:.3f}, {x['high']:.3f}]" for x in (point["helpfulness"], point["cost"])
        ]
        table.add_row(f"{point['q']:g}", *cells)
    return table
