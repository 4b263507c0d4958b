"""`lawgiver games tournament`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout

if TYPE_CHECKING:
    from rich.table import Table


def tournament(
    players: list[str] = typer.Argument(
        None,
        help="Opponents such as `tft`, `noise(tft,0.05)`, `checkpoint:runs/x`, `axelrod:Grudger`, "
        "`mix(tft:0.5,alld:0.5)`; none: all scripted ones.",
        show_default=False,
    ),
    game: str = typer.Option("ipd", help="A game by name, or a YAML file with one."),
    rounds: int = typer.Option(200, min=1, help="Rounds in a match."),
    repetitions: int = typer.Option(
        5, min=1, help="How often a match that cannot be computed is played; intervals from fewer than 20 are narrow."
    ),
    noise: float = typer.Option(0.0, min=0.0, max=1.0, help="Probability that a move turns into the other one."),
    seed: int = typer.Option(0, min=0, help="Of everything drawn."),
    play_out: bool = typer.Option(False, help="Play every match out, those that can be computed as well."),
    population: int = typer.Option(50, min=2, help="Individuals in the Moran process."),
    selection: float = typer.Option(1.0, min=0.0, max=1.0, help="Strength of selection there; 0 is none."),
    mutation: float = typer.Option(0.0, min=0.0, help="Rate of mutation in the replicator dynamics."),
    run: Path | None = typer.Option(None, help="The run directory; default runs/tournament-GAME."),
    resume: bool = typer.Option(False, help="Show a run that is finished, or play again one that was interrupted."),
    dry_run: bool = typer.Option(False, help="Check game and players; play nothing."),
    output: Format = FORMAT,
) -> None:
    """Everybody against everybody, then evolution: scores, cooperation, Moran process, replicator dynamics.

    Matches of players whose memory is a short table are computed in expectation; the others are played out.

    Example: `lawgiver games tournament tft alld "mix(tft:0.5,alld:0.5)" --noise 0.01`
    """
    from lawgiver.games.tournament import TournamentConfig, prepare, tournament_run
    from lawgiver.games.tournament.run import PARTS

    config = TournamentConfig(
        players=tuple(players or ()),
        game=game,
        rounds=rounds,
        repetitions=repetitions,
        noise=noise,
        seed=seed,
        exact=not play_out,
        population=population,
        selection=selection,
        mutation=mutation,
    )
    prepared = prepare(config)
    if dry_run:
        typer.echo(f"fine: {len(prepared.players)} players of {prepared.game.name}: {', '.join(prepared.names)}")
        return
    folder = run or Path("runs") / f"tournament-{prepared.game.name}"
    with progress() as display:
        task = display.add_task("tournament", total=len(PARTS), remark="")
        summary = tournament_run(
            prepared,
            folder,
            lambda part: display.update(task, completed=PARTS.index(part), remark=part),
            resume=resume,
        )
        display.update(task, completed=len(PARTS), remark="")
    from lawgiver.report import write_report

    page = write_report(folder)
    if output is Format.JSON:
        print_json(summary)
    else:
        stdout().print(ranking_table(summary))
        for line in remarks(summary):
            typer.echo(line)
        typer.echo(f"report: {page}")


def ranking_table(summary: dict[str, Any]) -> Table:
    """The ranking, with how each player fares in the two populations."""
    from rich.table import Table

    table = Table(title=f"{summary['title']}, {summary['rounds']} rounds, noise {summary['noise']:g}")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("player", overflow="fold")
    for column in ("score a round", "cooperates", "takes over", "final share"):
        table.add_column(column, justify="right", no_wrap=True)
    takeover = {row["player"]: row for row in summary["moran"]["takeover"]}
    final = dict(zip(summary["players"], summary["replicator"]["shares"][-1], strict=True))
    for place, row in enumerate(summary["ranking"], 1):
        name = row["player"]
        table.add_row(
            str(place),
            name,
            f"{row['score']:.3f}{_range(row, digits=2) if row['sampled'] else ''}",
            f"{row['cooperation']:.0%}",
            f"{takeover[name]['share']:.0%}{_range(takeover[name], scale=100)}",
            f"{final[name]:.1%}",
        )
    return table


def remarks(summary: dict[str, Any]) -> list[str]:
    """What is needed to read the table."""
    moran, against = summary["moran"], summary["baselines"]["against_the_field"]
    simple = ", ".join(f"{name} {row['score']:.3f}" for name, row in against.items())
    both = ", ".join(f"{name} {payoff:g}" for name, payoff in summary["baselines"]["payoffs"].items())
    lines = [
        f"for comparison: {simple} against this field; {both} a round",
        f"takes over: share of {moran['runs']} Moran processes, N = {moran['population']}, from an even start; "
        f"{moran['neutral']['takeover']:.0%} if all were alike",
        f"final share: replicator dynamics from even shares, at time {summary['replicator']['times'][-1]:g}",
    ]
    if any(row["sampled"] for row in summary["ranking"]):
        lines.append(f"[low, high]: 95 % intervals, scores over {summary['repetitions']} repetitions")
    else:
        lines.append("scores are computed, not sampled; [low, high]: 95 % intervals")
    if moran["unfinished"]:
        lines.append(f"{moran['unfinished']} Moran processes had several players left at the limit of births")
    return lines


def _range(row: dict[str, Any], scale: float = 1, digits: int = 0) -> str:
    if row["low"] is None:
        return ""
    low, high = (f"{row[end] * scale:.{digits}f}" for end in ("low", "high"))
    return f" [{low}, {high}]"
