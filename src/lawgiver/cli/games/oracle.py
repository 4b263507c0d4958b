"""`lawgiver games oracle`: what a moral framework makes optimal, exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, stdout

if TYPE_CHECKING:
    from rich.console import Console

    from lawgiver.games.oracle import Oracle

YAML = (".yaml", ".yml")


def oracle(
    game: str = typer.Argument(..., help="A game by name, e.g. ipd, or a YAML file with one."),
    framework: str = typer.Argument(..., help="A framework of the charter, e.g. game_de, or a .rego file."),
    opponent: str = typer.Argument(..., help="Such as tft, random(0.3) or noise(tft,0.05)."),
    charter: str = typer.Option("dilemmas", "--charter", "-c", help="A charter's folder, or one that ships."),
    role: str = typer.Option("row", help="The learner's seat: row or column."),
    gamma: float = typer.Option(0.0, help="Discount of later rounds; 0 decides for the next round alone."),
    history: int = typer.Option(1, help="How many rounds the learner sees."),
    illegal: float = typer.Option(-6.0, help="What an illegal move earns."),
    xi: float | None = typer.Option(None, help="The fine for betrayal; short for --set xi=VALUE."),
    set_: list[str] | None = typer.Option(None, "--set", help="A parameter of the framework: beta=0.5."),
    output: Format = FORMAT,
) -> None:
    """Print the best actions after every history, what they are worth, and where the framework leaves it open.

    `=` is any action, `~` a mixture that just keeps a limit, `·` a history that cannot occur.

    Example: `lawgiver games oracle ipd game_de tft --xi 3`
    """
    from lawgiver.charter import Charter
    from lawgiver.games.algebra import framework as build
    from lawgiver.games.catalogue import game as named
    from lawgiver.games.catalogue import read_game
    from lawgiver.games.opponents.registry import opponent as seated
    from lawgiver.games.oracle import solve
    from lawgiver.games.problem import problem

    stage = (read_game(Path(game)) if game.endswith(YAML) else named(game)).seen_by(role)
    parameters = dict(_parameter(text) for text in set_ or [])
    if xi is not None:
        parameters["xi"] = xi
    asked = build(Charter.open(charter), framework, stage, parameters)
    solved = solve(problem(stage, asked, seated(opponent), history, gamma, illegal))
    if output is Format.JSON:
        print_json(to_json(solved))
    else:
        _show(solved, asked.title, stdout())


def to_json(solved: Oracle) -> dict[str, Any]:
    """Everything that was found, for programs."""
    from lawgiver.games.measures import regret

    problem = solved.problem
    actions = problem.stage.actions
    names = _history_names(solved)
    compared = regret(solved.p_HA, problem)
    return {
        "problem": problem.name,
        "sha256": problem.sha256,
        "gamma": problem.gamma,
        "history": problem.history,
        "optimum": solved.text,
        "visited": solved.visited_text,
        "unique": bool(solved.unique_H[problem.reachable_H].all()),
        "value": solved.value,
        "normalised_regret": compared.normalised,
        "players": dict(compared.players),
        "multipliers": dict(solved.multipliers),
        "histories": [
            {
                "history": names[h],
                "occurs": bool(problem.reachable_H[h]),
                "best": [action for action, good in zip(actions, solved.best_HA[h], strict=True) if good],
                "values": dict(zip(actions, solved.value_HA[h].tolist(), strict=True)),
                "policy": dict(zip(actions, solved.p_HA[h].tolist(), strict=True)),
                "illegal_is_better": bool(solved.illegal_H[h]),
            }
            for h in range(problem.histories)
        ],
    }


def _show(solved: Oracle, title: str, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    from lawgiver.games.measures import reference_players

    problem = solved.problem
    actions = problem.stage.actions
    console.print(Text(f"{title}\n{problem.stage.title} against {problem.opponent}, γ = {problem.gamma:g}\n"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("after")
    table.add_column("best")
    for action in actions:
        table.add_column(Text(f"worth of {action}"), justify="right")
    if problem.bounds:
        for action in actions:
            table.add_column(Text(f"P({action})"), justify="right")
    table.add_column("")
    for h, name in enumerate(_history_names(solved)):
        numbers = [f"{value:.3f}" for value in solved.value_HA[h]]
        if problem.bounds:
            numbers += [f"{chance:.3f}" for chance in solved.p_HA[h]]
        table.add_row(*[Text(cell) for cell in (name, solved.word(h), *numbers, _remark(solved, h))])
    console.print(table)
    console.print(Text(f"\noptimum {solved.text}   where it can occur {solved.visited_text}\n"))
    earned = Table(box=None, pad_edge=False, header_style="bold")
    earned.add_column("player")
    earned.add_column("reward a round", justify="right")
    rows = {"the optimum": solved.p_HA, **reference_players(problem)}
    for bound in problem.bounds:
        earned.add_column(Text(f"{bound.name} (mean ≤ {bound.limit:g})"), justify="right")
    for name, p_HA in rows.items():
        costs = [f"{bound.mean(p_HA, problem.share(p_HA)):.3f}" for bound in problem.bounds]
        earned.add_row(*[Text(cell) for cell in (name, f"{problem.value(p_HA):.3f}", *costs)])
    console.print(earned)
    for bound_name, price in solved.multipliers.items():
        console.print(Text(f"\nprice of {bound_name}: {price:.3f} (reward for one more unit of its cost)"))
    if len(problem.factors) > 1:
        factors = ", ".join(f"{factor:g}" for factor in problem.factors)
        console.print(Text(f"\nlevels were weighed {factors} so that none outvotes one before it"))


def _remark(solved: Oracle, history: int) -> str:
    remarks = []
    if not solved.problem.reachable_H[history]:
        remarks.append("cannot occur")
    if solved.mixed_H[history]:
        remarks.append("mixed to keep a limit")
    elif not solved.unique_H[history]:
        remarks.append("left open")
    if solved.illegal_H[history]:
        remarks.append("an illegal move pays more: lower --illegal")
    return ", ".join(remarks)


def _history_names(solved: Oracle) -> list[str]:
    """`CD`, or `CC CD` for two rounds, the oldest first."""
    from lawgiver.games.stage import state_name

    problem = solved.problem
    joint = problem.reward_HAB.shape[1] * problem.reward_HAB.shape[2]
    return [
        " ".join(state_name(problem.stage, h // joint**k % joint) for k in reversed(range(problem.history)))
        for h in range(problem.histories)
    ]


def _parameter(text: str) -> tuple[str, float]:
    from lawgiver.outcome import ConfigurationError

    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        equals = ""
    if not equals or not name:
        raise ConfigurationError(f"--set {text!r}: write parameter=number, e.g. xi=3")
    return name, number
