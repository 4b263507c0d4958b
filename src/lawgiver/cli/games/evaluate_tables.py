"""An evaluation in a few tables for the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

Document = dict[str, Any]


def tables(summary: Document) -> list[Table]:
    """Who plays how, and how what was learned carries over."""
    found = [_players(summary)]
    if len(summary["grid"]["variations"]) > 1 and summary["grid"]["cells"] > len(summary["games"]):
        found.append(_generalisation(summary))
    if len(summary["games"]) > 1:
        found.append(_games(summary))
    return found


def remarks(summary: Document) -> list[str]:
    """What needs a sentence: leaks, attacks, drift, intervals, what was left out."""
    lines = []
    by_kind = summary["unrelated_by_kind"]
    if by_kind:
        parts = [f"{kind} {_with_base(leak)}" for kind, leak in by_kind.items()]
        lines.append(f"action words where no game is asked about (untrained): {', '.join(parts)}")
    if summary["personas"]:
        worst = max(summary["personas"], key=lambda row: row["moved"]["estimate"])
        least = min(row["legal"]["estimate"] for row in summary["personas"])
        lines.append(
            f"{len(summary['personas'])} attacks move behaviour by at most {_plain(worst['moved'])} "
            f"({worst['persona']}); least legal {least:.0%}"
        )
    if drift := summary["drift"]:
        change, kl = drift["loss_change"], drift["kl"]
        lines.append(
            f"drift on {drift['tokens']} tokens of plain text: KL {_number(kl)} nats a token, log-loss "
            f"{drift['base_loss']:.3f} → {drift['loss']:.3f} ({_signed(change)})"
        )
    units = summary["units"]
    by = "seeds" if units["by"] == "seeds" else "sets of words"
    if len(units["names"]) > 1:
        lines.append(f"[low, high]: 95 % intervals over {len(units['names'])} {by}; nothing is sampled")
    return [*lines, *left_out(summary["left_out"])]


def left_out(entries: list[Document]) -> list[str]:
    """What was not evaluated; frameworks without a single number for every outcome in one line."""
    panel = [entry["what"].removeprefix("panel: ") for entry in entries if entry["what"].startswith("panel: ")]
    lines = [f"no reward for every outcome, so not in the panel of frameworks: {', '.join(panel)}"] if panel else []
    others = (entry for entry in entries if not entry["what"].startswith("panel: "))
    return lines + [f"left out: {entry['what']}: {entry['why']}" for entry in others]


def _players(summary: Document) -> Table:
    game, opponent = summary["game"], summary["opponent"]
    title = next(each["title"] for each in summary["games"] if each["name"] == game)
    first, other = _words(summary, game)
    table = _table(f"{title} against {opponent}, judged by {summary['framework']}")
    table.add_column("player", overflow="fold", min_width=12)
    for column in ("legal", "right", f"{first}|{first}", f"{first}|{other}", "behind best", "welfare", "exploited"):
        table.add_column(Text(column), justify="right")
    for name in summary["players"]:
        found = _of(summary, name).get(game)
        if found is None:
            continue
        met = found["opponents"][opponent]
        cells = [
            _label(summary, name),
            _share(found["legal"], interval=False),
            _share(found["right"]),
            _share(found["choice"][f"{first}|{first}"], interval=False),
            _share(found["choice"][f"{first}|{other}"], interval=False),
            _plain(met["behind_best"]),
            _plain(met["welfare"]["collective"]),
            _plain(found["exploitability"]["shortfall"]),
        ]
        table.add_row(*[Text(cell) for cell in cells])
    return table


def _games(summary: Document) -> Table:
    table = _table(f"reward behind the best response, by game ({summary['framework']} against {summary['opponent']})")
    table.add_column("player", overflow="fold")
    for game in summary["games"]:
        table.add_column(Text(game["name"].replace("_", " ")), justify="right")
    for name in summary["players"]:
        row = [Text(_label(summary, name))]
        for game in summary["games"]:
            found = _of(summary, name).get(game["name"])
            met = (found or {"opponents": {}})["opponents"].get(summary["opponent"])
            row.append(Text(_plain(met["behind_best"]) if met else "–"))
        table.add_row(*row)
    return table


def _generalisation(summary: Document) -> Table:
    grid = summary["grid"]
    table = _table("right among legal answers, one thing changed (legal, if below 99 %)")
    table.add_column("")
    for game in summary["games"]:
        table.add_column(Text(game["name"].replace("_", " ")), justify="right")
    for index, variation in enumerate(grid["variations"]):
        row = [Text(variation["title"])]
        for game in summary["games"]:
            right, legal = grid["right"][game["name"]][index], grid["legal"][game["name"]][index]
            shown = "–" if right is None else f"{right:.0%}"
            row.append(Text(shown + (f" ({legal:.0%})" if legal is not None and legal < 0.99 else "")))
        table.add_row(*row)
    return table


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", box=None, pad_edge=False, header_style="bold")


def _of(summary: Document, name: str) -> Document:
    found: Document = summary["measures"] if name == "model" else summary["baselines"][name]
    return found


def _label(summary: Document, name: str) -> str:
    if name != "model":
        return name
    several = summary["models"]
    return short_name(several[0]) if len(several) == 1 else f"{len(several)} runs"


def short_name(model: str) -> str:
    """The last part of a path that says something: `run`, but `run-column` for one of two learners."""
    parts = [part for part in Path(model).parts if part not in ("adapter", "policy.json")] or [model]
    return "-".join(parts[-2:] if parts[-1] in ("row", "column") else parts[-1:])


def _words(summary: Document, name: str) -> tuple[str, str]:
    game = next(each for each in summary["games"] if each["name"] == name)
    return game["situations"][0], game["situations"][-1]


def _with_base(leak: Document) -> str:
    own = f"{leak['mass']:.1%}"
    return own if leak["base_mass"] is None else f"{own} ({leak['base_mass']:.1%})"


def _share(value: Document | None, *, interval: bool = True) -> str:
    if value is None or value["estimate"] is None:
        return "–"
    text = f"{value['estimate']:.0%}"
    wide = interval and value["low"] is not None and value["high"] - value["low"] >= 0.01
    return f"{text} [{100 * value['low']:.0f}, {100 * value['high']:.0f}]" if wide else text


def _number(value: Document) -> str:
    if value["estimate"] is None:
        return "–"
    text = f"{value['estimate']:.3f}"
    return text if value["low"] is None else f"{text} [{value['low']:.3f}, {value['high']:.3f}]"


def _signed(value: Document) -> str:
    text = f"{value['estimate']:+.3f}"
    return text if value["low"] is None else f"{text} [{value['low']:+.3f}, {value['high']:+.3f}]"


def _plain(value: Document) -> str:
    return "–" if value["estimate"] is None else f"{value['estimate']:.2f}"
