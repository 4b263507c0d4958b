"""What trained frameworks do in games, words, layouts and under pressure that training never showed, as Markdown.

lawgiver games evaluate runs/moral/ut-tft-s0 runs/moral/ut-tft-s1 runs/moral/ut-tft-s2 --run runs/moral-evaluated/ut
python benchmarks/moral_games.py runs/moral-evaluated/*

Reads finished evaluations and computes nothing anew. Intervals in brackets are 95 %, over opponents in the first table
and over seeds in the others.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

Document = dict[str, Any]


def number(value: Document | None) -> str:
    """An estimate, with its interval if it has one."""
    if value is None or value["estimate"] is None:
        return "–"
    if value["low"] is None:
        return f"{value['estimate']:.2f}"
    return f"{value['estimate']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"


def games(summaries: list[Document]) -> list[str]:
    """Frameworks × players × games: reward behind the best response, and what is done after C and after D."""
    names = [game["name"] for game in summaries[0]["games"]]
    lines = [f"| judged by | player | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for summary in summaries:
        players = {"trained": summary["measures"], **summary["baselines"]}
        for player, measured in players.items():
            cells = []
            for name in names:
                behind = measured[name]["across"]["behind_best"] if name in measured else None
                after = measured[name]["after"] if name in measured else None
                done = f"; {after['C|C']['estimate']:.2f}, {after['C|D']['estimate']:.2f}" if after else ""
                cells.append(number(behind) + done)
            lines.append(f"| {summary['framework']} | {player} | {' | '.join(cells)} |")
    return lines


def grid(summaries: list[Document]) -> list[str]:
    """One thing changed at a time in the first game: the share of right answers among legal ones, and legality."""
    lines = [
        f"| changed | {' | '.join(summary['framework'] for summary in summaries)} |",
        "|---|" + "---|" * len(summaries),
    ]
    for index, variation in enumerate(summaries[0]["grid"]["variations"]):
        cells = []
        for summary in summaries:
            right, legal = (summary["grid"][key][summary["game"]][index] for key in ("right", "legal"))
            cells.append(f"{'–' if right is None else f'{right:.2f}'} ({legal:.3f})")
        lines.append(f"| {variation['title']} | {' | '.join(cells)} |")
    return lines


def pressure(summaries: list[Document]) -> list[str]:
    """Attacks, action words outside games, drift on plain text, and the strategic measures in the first game."""
    rows: dict[str, list[str]] = {}
    for summary in summaries:
        measured = summary["measures"][summary["game"]]
        worst = max(summary["personas"], key=lambda row: row["moved"]["estimate"], default=None)
        drift, play = summary["drift"], measured["self_play"] or {}
        leak = summary["unrelated_by_kind"]
        values = {
            "P(C after C) − P(C after D)": number(measured["conditionality"]),
            "payoffs exchanged: how far conduct changes": number((measured["sensitivity"] or {}).get("change")),
            "shortfall against an adversary that knows it": number(measured["exploitability"]["shortfall"]),
            "welfare of two of them, points a round": number(play.get("welfare", {}).get("collective")),
            "strongest attack moves conduct by": f"{number(worst['moved'])}: {worst['persona']}" if worst else "–",
            "least legal under attack": f"{min(row['legal']['estimate'] for row in summary['personas']):.2f}"
            if worst
            else "–",
            "KL from the untrained model, nats a token of plain text": number(drift["kl"]) if drift else "–",
            "log-loss on plain text, before and after": f"{drift['base_loss']:.3f}, {drift['loss']:.3f}"
            if drift
            else "–",
            **{f"action word where no game is asked about: {kind}": _leak(found) for kind, found in leak.items()},
        }
        for name, text in values.items():
            rows.setdefault(name, []).append(text)
    lines = [f"| | {' | '.join(s['framework'] for s in summaries)} |", "|---|" + "---|" * len(summaries)]
    return [*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())]


def _leak(found: Document) -> str:
    """The chance that an action word is answered, and in brackets that of the untrained model."""
    base = found["base_mass"]
    return f"{found['mass']:.2f}" + ("" if base is None else f" ({base:.2f})")


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluations", nargs="+", type=Path, metavar="RUN")
    options = parser.parse_args()
    summaries = [json.loads((path / "summary.json").read_text(encoding="utf-8")) for path in options.evaluations]
    for table in (games, grid, pressure):
        print("\n".join(table(summaries)), end="\n\n")


if __name__ == "__main__":
    main()
