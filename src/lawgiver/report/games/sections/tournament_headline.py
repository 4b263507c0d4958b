"""Who did best in a tournament, by score and by evolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Part, known, real
from lawgiver.report.words import clean, count, interval_range, number, percent


def build(material: GamesMaterial) -> dict[str, Any]:
    """The sentence, and the figures that it rests on."""
    summary = material.summary
    ranking = summary.parts("ranking")
    if not ranking:
        return {
            "sentence": "The tournament is not finished, so nobody has won; start it again with --resume.",
            "figures": [],
        }
    first, players = ranking[0], len(summary.texts("players"))
    noise = summary.number("noise")
    how = f", with {percent(noise)} of moves going wrong" if noise else ""
    sentence = (
        f"{first.text('player')} scores most among {count(players, 'player')} of {summary.text('game')}: "
        f"{number(first.number('score'))} a round over {count(summary.whole('rounds'), 'round')}{how}"
    )
    doubts = _doubts(summary, ranking)
    return {"sentence": f"{clean(sentence)}{doubts}.", "figures": _figures(summary, first)}


def _doubts(summary: Part, ranking: list[Part]) -> str:
    first = ranking[0]
    said = ""
    if len(ranking) > 1:
        low, high = first.number("low"), ranking[1].number("high")
        overlap = low is not None and high is not None and low <= high
        if overlap and (first.content.get("sampled") or ranking[1].content.get("sampled")):
            said = f"; the intervals of the first two overlap, so {clean(ranking[1].text('player'))} may do as well"
    fittest = _fittest(summary)
    if fittest and fittest[0] != first.text("player"):
        said += f"; in evolution {clean(fittest[0])} ends with the largest share ({percent(fittest[1])})"
    return said


def _figures(summary: Part, first: Part) -> list[dict[str, str]]:
    baselines = {
        name: score
        for name, row in summary.part("baselines").part("against_the_field").children().items()
        if (score := row.number("score")) is not None
    }
    best = max(baselines, key=lambda name: baselines[name], default=None)
    moran = summary.part("moran")
    takeover = [
        (row.text("player"), share) for row in moran.parts("takeover") if (share := row.number("share")) is not None
    ]
    winner = max(takeover, key=lambda entry: entry[1], default=None)
    fittest = _fittest(summary)
    interval = {"low": first.number("low"), "high": first.number("high")}
    ranged = first.content.get("sampled") and real(interval["low"]) is not None
    figures = [
        {
            "label": "Best score a round",
            "value": number(first.number("score")),
            "detail": f"{first.text('player')}{' ' + interval_range(interval) if ranged else ', computed'}",
        },
        {
            "label": "Best simple strategy against this field",
            "value": number(baselines[best] if best is not None else None),
            "detail": best or "not recorded",
        },
    ]
    if winner:
        alike = moran.part("neutral").number("takeover")
        figures.append({
            "label": "Most often takes over (Moran)",
            "value": percent(winner[1]),
            "detail": f"{winner[0]}; {percent(alike)} if all were alike",
        })  # fmt: skip
    if fittest:
        figures.append({
            "label": "Largest final share (replicator)", "value": percent(fittest[1]), "detail": fittest[0],
        })  # fmt: skip
    return figures


def _fittest(summary: Part) -> tuple[str, float] | None:
    names = summary.texts("players")
    shares = summary.part("replicator").numbers("shares", None, len(names))
    if not len(shares) or not np.isfinite(shares[-1]).all():
        return None
    best = int(shares[-1].argmax())
    share = known(shares[-1][best])
    return None if share is None else (names[best], share)
