"""What every framework makes of every player, game by game."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Block, Cell, Fold, Group, Plot, Plots, Prose, Row, Table, scale
from lawgiver.report.games.dots import Dot, dots
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Floats, Part, known
from lawgiver.report.games.sections.evaluate_common import MODEL, players, title_of
from lawgiver.report.words import brief, clean, first_upper, interval_range, listed, number

BEST = "best possible"
WIDTH = 300.0
FIRST = ("game", "de", "ut", "game_de", "rawls", "virtue_equality", "virtue_kindness", "altruist")
"""Drawn first where there are more frameworks than a picture can hold; tables have them all."""


def build(material: GamesMaterial) -> dict[str, Any] | None:
    """Regret by framework as one panel a game, the numbers of all opponents on request."""
    summary = material.summary
    panel = summary.part("panel").children()
    opponents = summary.texts("opponents")
    if not panel or not opponents:
        return None
    main = opponents[0]
    plots = [_plot(summary, game, part.part(main), f"regret-{g}") for g, (game, part) in enumerate(panel.items())]
    folds: list[Block] = [
        Fold(title_of(summary, game), [_table(summary, opponent, part.part(opponent)) for opponent in opponents])
        for game, part in panel.items()
    ]
    most = max((len(part.part(main).texts("frameworks")) for part in panel.values()), default=0)
    rest = (
        f" Drawn are {len(FIRST)} of {most} frameworks, the trained one on top; the tables have all."
        if most > len(FIRST)
        else ""
    )
    words = (
        f"Regret against {clean(main)} by each framework’s own measure: 0 is the best outcome of the game, 1 the "
        "worst; only legal moves count. “Best possible” is what the best response to this opponent gets, so no player "
        f"can lie left of it. A constant player that does as well shows that the game cannot tell them apart.{rest}"
    )
    return {"blocks": [Prose(words), _names(summary), Plots(plots), Prose("In numbers, for every opponent:"), *folds]}


def _names(summary: Part) -> Block:
    titles = [f"{clean(name)}: {clean(str(title))}" for name, title in summary.part("frameworks").content.items()]
    return Fold("What the frameworks measure", [Prose(f"{title}.") for title in titles])


def _plot(summary: Part, game: str, part: Part, name: str) -> Plot:
    frameworks, title = part.texts("frameworks"), title_of(summary, game)
    regret, names = part.part("regret"), players(summary)
    shown = [key for key in names if key in regret.content]
    best_F = part.numbers("best_regret", len(frameworks))
    columns = [_dots(part, key, len(frameworks)) for key in shown] + [[Dot(known(x)) for x in best_F]]
    chosen = _drawn(frameworks, summary.text("framework"))
    rows = [(clean(framework), [column[frameworks.index(framework)] for column in columns]) for framework in chosen]
    caption = _caption(regret, shown, frameworks, best_F, chosen)
    svg = dots(
        name, title, caption, rows, series=[*(names[key] for key in shown), BEST], xlabel="regret", limits=(0, 1),
        width=WIDTH,
    )  # fmt: skip
    return Plot(title, caption, svg)


def _drawn(frameworks: list[str], trained: str) -> list[str]:
    ordered = dict.fromkeys(name for name in (trained, *FIRST, *frameworks) if name in frameworks)
    return list(ordered)[: len(FIRST)]


def _dots(part: Part, player: str, frameworks: int) -> list[Dot]:
    """Regrets with intervals, from those of the mean rewards: regret falls as reward rises."""
    low_F, high_F = (part.part(end).numbers(player, frameworks) for end in ("high", "low"))
    top_F, bottom_F = part.numbers("top", frameworks), part.numbers("bottom", frameworks)
    width_F = np.where(top_F > bottom_F, top_F - bottom_F, np.nan)
    regret_F = part.part("regret").numbers(player, frameworks)
    ends = zip(regret_F, (top_F - low_F) / width_F, (top_F - high_F) / width_F, strict=True)
    return [Dot(known(x), known(low), known(high)) for x, low, high in ends]


def _caption(regret: Part, shown: list[str], frameworks: list[str], best_F: Floats, chosen: list[str]) -> str:
    """Where, of the frameworks drawn, the model is as good as can be, and where it is far from that."""
    if MODEL not in shown:
        return "The model was not measured here."
    behind_F = (regret.numbers(MODEL, len(frameworks)) - best_F)[[frameworks.index(name) for name in chosen]]
    if not np.isfinite(behind_F).any():
        return "Not measured."
    at_best = [brief(f, 20) for f, x in zip(chosen, behind_F, strict=True) if np.isfinite(x) and x < 0.02]
    worst = int(np.nanargmax(behind_F))
    parts = [
        f"as good as can be for {listed(at_best[:3])}" if at_best else "",
        _worst(chosen[worst], behind_F[worst]),
    ]
    said = "; ".join(filter(None, parts))
    return f"{first_upper(said)}." if said else "As good as can be throughout."


def _worst(framework: str, behind: float) -> str:
    return f"farthest behind for {brief(framework, 20)} ({number(float(behind))})" if behind >= 0.02 else ""


def _table(summary: Part, opponent: str, part: Part) -> Table:
    frameworks, names = part.texts("frameworks"), players(summary)
    shown = [key for key in names if key in part.part("mean").content]
    best_F, best_regret_F = (part.numbers(key, len(frameworks)) for key in ("best", "best_regret"))
    by_player = {
        key: [part.part(kind).numbers(key, len(frameworks)) for kind in ("mean", "regret", "low", "high")]
        for key in shown
    }
    rows = []
    for f, framework in enumerate(frameworks):
        cells = []
        for key in shown:
            mean, regret, low, high = (known(values[f]) for values in by_player[key])
            interval = interval_range({"low": low, "high": high}) if low is not None and high is not None else ""
            share = scale(regret, 0, 1)
            cells.append(Cell(number(mean), interval, None if share is None else 1 - share))
        share = scale(known(best_regret_F[f]), 0, 1)
        cells.append(Cell(number(known(best_F[f])), "", None if share is None else 1 - share))
        rows.append(Row(clean(framework), cells))
    return Table(
        f"Mean reward against {clean(opponent)}",
        "In payoff units, of legal moves, with 95 % intervals; the stronger the colour, the less regret.",
        "Framework",
        [*(names[key] for key in shown), BEST],
        [Group(rows)],
        heat=True,
    )
