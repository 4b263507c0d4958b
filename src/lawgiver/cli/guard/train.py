"""`lawgiver guard train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stderr

if TYPE_CHECKING:
    from lawgiver.guard.classifier.data import GuardExamples


def train(
    recipe: Path = typer.Argument(
        ..., exists=True, dir_okay=False, help="A recipe, e.g. recipes/guard.yaml or recipes/duoguard.yaml."
    ),
    overrides: list[str] = typer.Option(
        [], "--set", help="Override a setting, e.g. --set data.folder=DIR or --set classifier.epochs=2; repeatable."
    ),
    run: Path | None = typer.Option(None, help="Where to put the run; default runs/<name of the recipe>."),
    resume: Path | None = typer.Option(None, help="Go on with this run instead."),
    dry_run: bool = typer.Option(False, help="Read and count the data; load no model, train nothing."),
    output: Format = FORMAT,
) -> None:
    """Train a guard from labelled texts, or against an adversary; an interrupted run goes on with --resume.

    Example: `lawgiver guard train recipes/guard.yaml --set data.folder=DIR --run runs/guard`

    Example: `lawgiver guard train recipes/guard.yaml --set data.folder=DIR --dry-run`

    Example: `lawgiver guard train recipes/duoguard.yaml --set guard.data.folder=DIR --run runs/duoguard`

    Example: `lawgiver guard train recipes/duoguard.yaml --set guard.data.folder=DIR --set start=runs/guard`
    """
    from lawgiver.charter.files import read_yaml

    if read_yaml(recipe).get("type") == "duoguard":
        from lawgiver.cli.guard import game
        from lawgiver.guard.players.settings import read_duo_recipe

        duo = read_duo_recipe(recipe, overrides)
        where = resume or run or Path("runs") / recipe.stem
        if dry_run:
            game.dry_run(duo, where, output)
        else:
            game.play(duo, where, resume is not None, output)
        return
    from lawgiver.guard.classifier.data import prepare_examples
    from lawgiver.guard.classifier.settings import read_guard_recipe

    settings = read_guard_recipe(recipe, overrides)
    folder = resume or run or Path("runs") / recipe.stem
    if dry_run:
        found = prepare_examples(settings.data)
        if output is Format.JSON:
            print_json(found.to_json())
        else:
            typer.echo("\n".join([*_lines(found), f"fine: into {folder}"]))
        return
    from lawgiver.guard.classifier.batches import steps_of
    from lawgiver.guard.classifier.plan import prepare
    from lawgiver.guard.classifier.train import train_classifier

    plan = prepare(settings, on_message=stderr().print)
    with progress() as display:
        steps = steps_of(len(plan.windows), settings.classifier.batch, settings.classifier.epochs)
        task = display.add_task("train", total=steps, remark="")

        def on_step(row: dict[str, Any]) -> None:
            display.update(task, completed=row["step"], remark=_remark(row))

        summary = train_classifier(plan, folder, on_step, resume=resume is not None)
        display.update(task, completed=summary["steps"])
    if output is Format.JSON:
        print_json(summary | {"run": str(folder)})
        return
    dev = ", ".join(f"{name} {_shown(value)}" for name, value in summary["dev"].items())
    typer.echo(
        f"{summary['steps']} steps on {summary['examples']} examples, {summary['seconds'] / 60:.0f} min; "
        f"{summary['parameters'] / 1e6:.1f} M parameters, {summary['vocabulary']} tokens of vocabulary\n"
        f"held out: {dev}\nguard: {folder}\n"
        f"next: lawgiver guard calibrate {folder} --data HELD-OUT.jsonl"
    )


def _remark(row: dict[str, Any]) -> str:
    measured = "".join(f" {name} {row[name]:.3f}" for name in ("dev_auprc", "dev_f1") if name in row)
    return f"loss {row['loss']:.3f}{measured}"


def _shown(value: float | int) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _lines(found: GuardExamples) -> list[str]:
    """How many rows there are, of which sources they are, and what was left out."""
    lines = []
    for name, part in (("train", found.train), ("held out", found.dev)):
        unsafe = sum(example.unsafe for example in part)
        languages = ", ".join(
            f"{language or 'no language'} {sum(example.language == language for example in part)}"
            for language in sorted({example.language for example in part})
        )
        lines.append(f"{name}: {len(part)} rows, {unsafe} of them unsafe; {languages}")
    return lines + [f"left out: {count} ({reason})" for reason, count in found.reasons.items() if count]
