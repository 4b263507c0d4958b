"""What a policy does: in each history of the main game, next to the baselines, and by action types."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lawgiver.report.games.bars import bars
from lawgiver.report.games.blocks import Block, Cell, Fold, Group, Plot, Plots, Prose, Row, Table
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.naming import Names
from lawgiver.report.games.parts import Floats, Part
from lawgiver.report.games.sections.evaluate_common import (
    MODEL,
    cell,
    game_names,
    measured,
    players,
    title_of,
    units,
)
from lawgiver.report.games.sections.train_policy import SIGNS, TITLES, policy_table
from lawgiver.report.games.training import read_seat
from lawgiver.report.games.types import type_legend, type_looks
from lawgiver.report.words import clean, first_upper, percent


def behaviour(material: GamesMaterial) -> dict[str, Any] | None:
    """The main game: the policy beside the optimum, and every player's measures."""
    summary = material.summary
    game = next((part for part in summary.parts("games") if part.text("name") == summary.text("game")), None)
    if game is None:
        return None
    names = game_names(game)
    blocks: list[Block] = [_policy(summary, game, names), Prose(SIGNS, quiet=True), _measures(summary)]
    by_opponent = [_met(summary, opponent) for opponent in summary.texts("opponents")]
    return {"blocks": [*blocks, Prose(units(summary), quiet=True), Fold("Opponent by opponent", by_opponent)]}


def _policy(summary: Part, game: Part, names: Names) -> Table:
    own = measured(summary, MODEL).get(game.text("name"), Part({}, summary.where))
    answers = {key: summary.content.get(key) for key in ("trained", "held_out")}
    titles = TITLES
    if not any(answers.values()):  # a table has no words
        legal = own.part("legal").number("estimate")
        answers["trained"] = {**{key: own.content.get(key) for key in ("p", "legal_least", "gap")}, "legal": legal}
        titles = ("The policy", "")
    document = {
        **{key: game.content.get(key) for key in ("oracle", "unique", "reachable")},
        "oracle_visited": game.content.get("visited"),
        **answers,
    }
    seat = read_seat(Part(document, summary.where), Part({}, summary.where), len(names.histories), len(names.actions))
    return policy_table(names, seat, titles=titles)


def types(material: GamesMaterial) -> dict[str, Any] | None:
    """Action types of every player, game by game; the main opponent first, the others on request."""
    summary = material.summary
    opponents, games = summary.texts("opponents"), summary.parts("games")
    if not opponents or not games:
        return None
    alike = [game_names(game).types for game in games]
    blocks: list[Block] = [
        Prose(
            f"Of the decisions in an episode of {summary.whole('rounds')} rounds: own action, and what the other did "
            "before. All histories are equally likely at its start."
        )
    ]
    blocks += [type_legend(game_names(game)) for i, game in enumerate(games) if alike[i] not in alike[:i]]
    for o, opponent in enumerate(opponents):
        plots = [_bars(summary, game, opponent, f"bars-{o}-{g}") for g, game in enumerate(games)]
        if not any(plot.svg for plot in plots):
            continue
        against = f"Against {clean(opponent)}"
        blocks += [Prose(against), Plots(plots)] if o == 0 else [Fold(against, [Plots(plots)])]
    return {"blocks": blocks}


def _bars(summary: Part, game: Part, opponent: str, name: str) -> Plot:
    names, title = game_names(game), title_of(summary, game.text("name"))
    rows, shares = [], []
    for key, label in players(summary).items():
        found = measured(summary, key).get(game.text("name"))
        if found:
            rows.append(label)
            shares.append(_shares(found.part("opponents").part(opponent).part("types"), names))
    caption = _said(rows, shares, names)
    if not shares:
        return Plot(title, caption, None)
    return Plot(title, caption, bars(name, title, caption, rows, np.array(shares), names.types, type_looks(names)))


def _shares(part: Part, names: Names) -> Floats:
    found = [part.part(label).number("estimate") if label in part.content else 0.0 for label in names.types]
    if not part:
        return np.full(len(found), math.nan)
    return np.array([math.nan if share is None else share for share in found])


def _said(rows: list[str], shares: list[Floats], names: Names) -> str:
    """How much the first bar cooperates, and how much of that is answered in kind."""
    if not shares or not np.isfinite(shares[0]).all():
        return "Not measured."
    own = shares[0][: len(names.after)]
    illegal = shares[0][-len(names.after) :].sum()
    first, after = clean(names.actions[0]), clean(names.after[0])
    condition = f"when {after} others had cooperated" if after.isdigit() else f"after the other’s {after}"
    when = f", {percent(own[0] / own.sum())} of them {condition}" if own.sum() > 0 else ""
    lawless = f"; {percent(illegal)} are illegal" if illegal >= 0.005 else ""
    return f"{first_upper(rows[0])}: {first} in {percent(own.sum())} of decisions{when}{lawless}."


def _measures(summary: Part) -> Table:
    game = summary.text("game")
    rows = []
    for key, label in players(summary).items():
        found = measured(summary, key).get(game)
        if not found:
            continue
        met = found.part("opponents").part(summary.text("opponent"))
        exploited = found.part("exploitability")
        rows.append(
            Row(
                label,
                [
                    cell(found.part("right"), share=True),
                    cell(found.part("legal"), share=True),
                    cell(found.part("conditionality")),
                    cell(met.part("behind_best")),
                    cell(exploited.part("shortfall")),
                    cell(exploited.part("worst")),
                ],
                chosen=key == MODEL,
            )
        )
    return Table(
        "Every player",
        f"{title_of(summary, game)} against {clean(summary.text('opponent'))}: share of optimal moves, of legal "
        "answers; how much more it cooperates after cooperation; reward behind the best response; payoff an "
        "adversary can press it below its security level, and its worst payoff.",
        "Player",
        ["Optimal", "Legal", "P(C|C) − P(C|D)", "Behind best", "Exploitable for", "Worst case"],
        [Group(rows)],
        heat=True,
    )


def _met(summary: Part, opponent: str) -> Table:
    game = summary.text("game")
    rows = []
    for key, label in players(summary).items():
        found = measured(summary, key).get(game)
        if found and (met := found.part("opponents").part(opponent)):
            welfare = met.part("welfare")
            cells: list[Cell] = [cell(met.part(name)) for name in ("value", "behind_best", "normalised")]
            cells += [cell(welfare.part(name)) for name in ("own", "collective", "minimum", "gini")]
            cells.append(cell(met.part("forgiveness").part("eventually")))
            rows.append(Row(label, cells, chosen=key == MODEL))
    return Table(
        f"Against {clean(opponent)}",
        "Mean reward under the framework, how far behind the best response, and as a share of what is possible; own "
        "payoff a round, both together, the lesser, inequality; chance to be forgiven in the end.",
        "Player",
        ["Reward", "Behind best", "Share", "Own", "Together", "Lesser", "Gini", "Forgiven"],
        [Group(rows)],
    )
