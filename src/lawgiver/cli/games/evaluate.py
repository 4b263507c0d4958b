"""`lawgiver games evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stderr, stdout

if TYPE_CHECKING:
    from lawgiver.games.evaluate import Plan


def evaluate(
    models: list[str] = typer.Argument(
        ...,
        metavar="MODEL|RUN...",
        help="A model by name, hub id or path, a games run, or a policy.json; several are seeds of one experiment.",
    ),
    charter: str | None = typer.Option(None, "--charter", "-c", help="Default: the run's, else dilemmas."),
    framework: str | None = typer.Option(None, help="Its optimum is what is right here. Default: the run's last one."),
    set_: list[str] | None = typer.Option(None, "--set", help="A parameter of the framework: xi=5."),
    games: str | None = typer.Option(
        None, help="Names or YAML files, with commas; unrelated questions go with the first."
    ),
    opponents: str | None = typer.Option(None, help="Such as tft,random(0.3); conformity is measured by the first."),
    words: int | None = typer.Option(None, min=1, help="Pairs of action words from each pool; default 3."),
    sets: str | None = typer.Option(
        None, help="Pools, the reference first: held_out,trained,paper_old,paper_new,paper_reversed."
    ),
    permutations: str | None = typer.Option(None, help="original,columns_swapped,rows_swapped,both_swapped."),
    phrasings: str | None = typer.Option(None, help="table,prose,story,poetic,garden,named."),
    personas: str | None = typer.Option(None, help="Frameworks that the untrained model is asked to follow: de,ut."),
    base: str | None = typer.Option(None, help="The untrained model; default: what the adapter grew from."),
    history: int | None = typer.Option(None, min=1, help="Rounds that a prompt shows. Default: the run's, else 1."),
    rounds: int | None = typer.Option(None, min=1, help="Length of the episode that moves are counted in; default 50."),
    full: bool = typer.Option(False, help="All combinations of words, permutation and phrasing, and all orders."),
    skip: str | None = typer.Option(None, help="Parts to leave out: grid,flip,baselines,unrelated,attacks,drift."),
    run: Path | None = typer.Option(None, help="The run directory; default runs/MODEL-games."),
    resume: bool = typer.Option(False, help="Go on with an evaluation that was interrupted."),
    dry_run: bool = typer.Option(False, help="Check everything and count the prompts; load no model."),
    output: Format = FORMAT,
) -> None:
    """Score exactly what a model would answer over games, words, table orders and phrasings, and measure it.

    No answer is sampled. Compared with the untrained model, the same model under a moral persona, and with players that
    always do the same, answer like with like, or toss a coin.

    Example: `lawgiver games evaluate runs/games-ipd --games ipd,stag_hunt --skip drift`
    """
    from lawgiver.games.evaluate import configure, encoder, evaluate_games, prepare, size
    from lawgiver.games.evaluate import subject as find

    subjects = [find(text) for text in models]
    config = configure(
        subjects,
        charter=charter,
        framework=framework,
        parameters=dict(_parameter(text) for text in set_) if set_ else None,
        games=_list(games),
        opponents=_list(opponents),
        words=words,
        sets=_list(sets),
        permutations=_list(permutations),
        phrasings=_list(phrasings),
        personas=_list(personas),
        base=base,
        history=history,
        rounds=rounds,
        full=full,
        orders=("introduction", "final") if full else None,
        skip=_list(skip),
    )
    console = stderr()
    plan = prepare(config, subjects, encoder(subjects[0], lambda message: console.print(message, markup=False)))
    asked = size(plan)
    if dry_run:
        typer.echo(_counted(asked, plan))
        return
    from lawgiver.cli.games.evaluate_tables import remarks, short_name, tables

    folder = run or Path("runs") / f"{short_name(models[0])}-games"
    with progress() as display:
        task = display.add_task("evaluate", total=asked["prompts"] + asked.get("drift", 0), remark="")
        summary = evaluate_games(
            plan,
            folder,
            lambda n, part: display.update(task, advance=n, remark=part),
            lambda message: display.update(task, remark=message),
            resume=resume,
        )
        display.update(task, remark="")
    from lawgiver.report import write_report

    page = write_report(folder)
    if output is Format.JSON:
        print_json(summary)
        return
    for table in tables(summary):
        stdout().print(table)
    for line in remarks(summary):
        typer.echo(line)
    typer.echo(f"report: {page}")


def _counted(asked: dict[str, int], plan: Plan) -> str:
    from lawgiver.cli.games.evaluate_tables import left_out

    parts = ", ".join(f"{name} {count}" for name, count in asked.items() if name not in ("cells", "prompts"))
    lines = [f"fine: {asked['prompts']} prompts in {asked['cells']} cells ({parts})"]
    return "\n".join([*lines, *left_out(plan.left_out)])


def _list(text: str | None) -> tuple[str, ...] | None:
    """Split at commas that are not within brackets."""
    if text is None:
        return None
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(part.strip() for part in parts if part.strip())


def _parameter(text: str) -> tuple[str, Any]:
    from lawgiver.outcome import ConfigurationError

    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        equals = ""
    if not equals or not name:
        raise ConfigurationError(f"--set {text!r}: write parameter=number, e.g. xi=3")
    return name, number
