"""What evolution makes of the field: replicator dynamics and the Moran process."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Block, Cell, Group, Legend, Plot, Plots, Prose, Row, Swatch, Table, scale
from lawgiver.report.games.dots import Dot, dots
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Floats, Part, known
from lawgiver.report.games.sections.tournament_scores import NAMED
from lawgiver.report.games.stacks import Look, stack
from lawgiver.report.words import brief, clean, count, listed, number, percent

STRENGTHS = (0.92, 0.55, 0.28)
SETTLED = 0.005
"""Shares that are nearer to their last value than this move no more."""


def replicator(material: GamesMaterial) -> dict[str, Any] | None:
    """Shares of the players over time."""
    summary = material.summary
    names = summary.texts("players")
    part = summary.part("replicator")
    shares_KP = part.numbers("shares", None, len(names))
    times_K = part.numbers("times", len(shares_KP))
    if not len(shares_KP):
        return None
    order = np.argsort(-np.nan_to_num(shares_KP[-1]), kind="stable")
    looks = [Look(i % 6 + 1, STRENGTHS[(i // 6) % 3]) for i in range(len(names))]
    shown = _moving(shares_KP)
    caption = _caption(shares_KP, times_K, names, shown)
    svg = stack(
        "replicator", "Replicator dynamics", caption, times_K[:shown], shares_KP[:shown, order],
        [clean(names[i]) for i in order], looks, xlabel="time", whole=False, size=(480.0, 240.0),
    )  # fmt: skip
    legend = Legend([
        Swatch(brief(names[i], 40), f"{percent(known(shares_KP[0, i]))} → {percent(known(shares_KP[-1, i]))}", *look)
        for i, look in zip(order, looks, strict=True)
    ][::-1])  # fmt: skip
    mutation = part.number("mutation")
    how = (
        "Whoever scores more than the mean of the population grows, from equal shares on; scores are those of the "
        f"matrix above{f', and a share of {mutation:g} a unit of time mutates' if mutation else ''}."
    )
    return {"blocks": [Prose(how), legend, Plots([Plot("Replicator dynamics", caption, svg)], "wide")]}


def moran(material: GamesMaterial) -> dict[str, Any] | None:
    """How often each player takes over a finite population, and the chance of a single mutant."""
    summary = material.summary
    part = summary.part("moran")
    takeover = part.parts("takeover")
    if not takeover:
        return None
    neutral = part.part("neutral")
    alike = neutral.number("takeover")
    takeover.sort(key=lambda row: -(row.number("share") or 0))
    pairs = [
        (row.text("player"), [Dot(row.number("share"), row.number("low"), row.number("high"))]) for row in takeover
    ]
    caption = (
        f"Share of {count(part.whole('runs'), 'population')} of {part.whole('population')} that end with this player "
        "alone, from an even start. Right of the dashed line a player does better than chance."
    )
    levels = {f"all alike: {percent(alike)}": alike} if alike is not None else {}
    picture = dots(
        "moran", "Taking over", caption, pairs, levels=levels, xlabel="share of populations", limits=(0, 0.1)
    )
    blocks: list[Block] = [Plots([Plot("Taking over", caption, picture)])]
    if unfinished := part.whole("unfinished"):
        left = (
            f"{count(unfinished, 'population')} still had several players at the limit of births, and count for none."
        )
        blocks.append(Prose(left))
    names = summary.texts("players")
    blocks.append(_fixation(part.numbers("fixation", len(names), len(names)), names, neutral.number("fixation"), part))
    return {"blocks": blocks}


def _moving(shares_KP: Floats) -> int:
    """How many points to draw: what comes after everything has settled is a straight continuation."""
    far_K = np.nan_to_num(np.abs(shares_KP - shares_KP[-1])).max(axis=1) > SETTLED
    last = int(np.flatnonzero(far_K)[-1]) + 1 if far_K.any() else len(shares_KP)
    return min(len(shares_KP), max(10, last + last // 5 + 1))


def _caption(shares_KP: Floats, times_K: Floats, names: list[str], shown: int) -> str:
    end = shares_KP[-1]
    if not np.isfinite(end).all():
        return "Not recorded in full."
    left = [i for i in np.argsort(-end, kind="stable") if end[i] >= 0.01]
    what = listed([f"{brief(names[i], 30)} {percent(end[i])}" for i in left[:4]])
    rest = f" and {count(len(left) - 4, 'other')}" if len(left) > 4 else ""
    gone = len(names) - len(left)
    died = f"; {count(gone, 'player')} fell below 1 %" if gone else ""
    cut = f" Nothing moves after time {number(times_K[shown - 1])}." if shown < len(shares_KP) else ""
    return f"In the end {what}{rest}{died}.{cut}"


def _fixation(rho_PP: Floats, names: list[str], neutral: float | None, part: Part) -> Table:
    columns = [brief(name, 14) if len(names) <= NAMED else str(i) for i, name in enumerate(names, 1)]
    most = float(np.nanmax(rho_PP, initial=0.0)) or 1.0
    rows = [
        Row(
            f"{i + 1}. {brief(name, 34)}",
            [_chance(known(rho_PP[i, j]), neutral, most) if i != j else Cell("", share=0.0) for j in range(len(names))],
        )
        for i, name in enumerate(names)
    ]
    return Table(
        "Chance of a single mutant",
        f"That one player of the row takes over {part.whole('population') - 1} of the column; exact. "
        f"▲ better than a neutral mutant ({number(neutral, 3)}), ▼ worse.",
        "Mutant",
        columns,
        [Group(rows)],
        heat=True,
    )


def _chance(rho: float | None, neutral: float | None, most: float) -> Cell:
    if rho is None:
        return Cell(number(None))
    sign = "" if neutral is None else "▲" if rho > neutral * (1 + 1e-6) else "▼" if rho < neutral * (1 - 1e-6) else ""
    # the square root, since most chances are small
    return Cell(
        "< 0.001" if 0 < rho < 0.001 else number(rho, 3), sign, scale(rho**0.5 if rho > 0 else 0.0, 0, most**0.5)
    )
