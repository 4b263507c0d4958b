"""The rows of `sacpo.py` as a table and as a picture: what each model costs, and how much it helps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.stats import Interval, bootstrap_mean
from lawgiver.stats.pareto import Ellipse, ellipse

Row = dict[str, Any]
Floats = NDArray[np.float64]
SEED = 20_240_411
FAMILIES = {"p-sacpo": "P-SACPO, q = .25, .5, .75", "naive": "naive merge, q = .25, .5, .75"}


def scenarios(row: Row, name: str, request: str | None = None) -> Floats:
    """The mean over samples of each scenario, NaN where nothing was scored or another request was made."""
    asked = row["requests"]
    values = row["by_scenario"][name]
    chosen = [v if request in (None, r) else None for v, r in zip(values, asked, strict=True)]
    return np.array([np.nan if v is None else v for v in chosen], dtype=np.float64)


def mean(rows: Sequence[Row], name: str, request: str | None = None) -> Interval:
    """Over scenarios, each the mean over seeds: seeds share prompts, so they are no rows of their own."""
    values_N = np.array([scenarios(row, name, request) for row in rows]).mean(axis=0)
    return bootstrap_mean(values_N[np.isfinite(values_N)], seed=SEED)


def change(rows: Sequence[Row], others: Sequence[Row], name: str) -> Interval:
    """The same, as the paired difference from other rows."""
    both = [np.array([scenarios(row, name) for row in each]).mean(axis=0) for each in (rows, others)]
    difference_N = both[0] - both[1]
    return bootstrap_mean(difference_N[np.isfinite(difference_N)], seed=SEED)


def right(rows: Sequence[Row], base: Row, objective: str) -> Interval:
    """Share of held-out pairs whose preferred answer gained more probability over the base than the other."""
    start = np.array(base["logps"][objective])
    won = np.array([(np.diff(np.array(row["logps"][objective]) - start, axis=0)[0] < 0) for row in rows])
    return bootstrap_mean(won.astype(np.float64).mean(axis=0), seed=SEED)


def by_model(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows of each model, seeds together, in order of appearance."""
    return {name: [r for r in rows if r["model"] == name] for name in dict.fromkeys(r["model"] for r in rows)}


def _said(interval: Interval, points: int = 100) -> str:
    return f"{points * interval.estimate:.1f} [{points * interval.low:.1f}, {points * interval.high:.1f}]"


def by_judge(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that the same judge measured, together: harm by one is not to be compared with harm by another."""
    return [[r for r in rows if r.get("judge") == judge] for judge in dict.fromkeys(r.get("judge") for r in rows)]


def markdown(rows: Sequence[Row]) -> str:
    """A table for each judge: every model against the base, 95 % intervals, in points of 100."""
    return "\n".join([*(line for of in by_judge(rows) for line in (*table(of), "")), *searches(rows)])


def table(rows: Sequence[Row]) -> list[str]:
    """What one judge measured."""
    models = by_model(rows)
    base = models["base"]
    heads = ["model", "seeds", "harm ↓", "harm − base's", "harm, fitted judge ↓", "over-refusal ↓", "helpfulness ↑"]
    heads += ["− helpful-only's", "helpful pairs right", "safe pairs right"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, of in models.items():
        cells = [name, str(len(of)), _said(mean(of, "harm"))]
        # each seed's model against the base that answered with that seed, where there is one
        cells.append("·" if name == "base" else _said(change(of, matching(of, base), "harm")))
        cells += [_said(mean(of, name)) for name in ("fitted_harm", "over_refusal", "helpfulness")]
        helpful = models.get("helpful", [])
        compared = name not in ("base", "helpful") and len(matching(of, helpful)) == len(of)
        cells.append(_said(change(of, matching(of, helpful), "helpfulness")) if compared else "·")
        learned = name != "base" and all(row["logps"] for row in of)
        cells += [_said(right(of, base[0], objective)) if learned else "·" for objective in ("helpful", "safe")]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def searches(rows: Sequence[Row]) -> list[str]:
    """What each search for λ tried: a row a training, which one was used, and the verdict of each."""
    heads = ["seed", "budget", "λ from samples", "λ", "harm on the dev scenarios", "used", "verdict"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        found = row.get("found", {})
        for step in found.get("trace", {}).get("steps", []):
            cost = "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * step[end] for end in ("cost", "low", "high")))
            first = [f"{row['seed']}", f"{100 * found['threshold']:.1f}", f"{found['dual']['lambda']:.3g}"]
            used = "yes" if step["multiplier"] == found["lambda"] else ""
            verdict = f"{found['status']}, budget {'kept' if found['kept_the_budget'] else 'broken'}"
            cells = [*first, f"{step['multiplier']:.3g}", cost, used, verdict]
            lines.append(f"| {' | '.join(cells)} |")
    return lines if len(lines) > 2 else []


def matching(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The others of the same seeds."""
    seeds = {row["seed"] for row in rows}
    return [other for other in others if other["seed"] in seeds]


def plot(rows: Sequence[Row], path: Path) -> None:
    """What each model changed of the base's harm and helpfulness, with 95 % ellipses; one marker a family.

    Changes are paired, so that models which different judges measured can be in one picture. `refuse-all` is left out:
    it lies far from all others.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Polygon

    mpl.rcParams["svg.hashsalt"] = "sacpo"
    figure = Figure(figsize=(7.2, 4.8), layout="constrained")
    axes = figure.add_subplot()
    markers = iter("osD^vP*Xd<>")
    looks: dict[str, tuple[str, str]] = {}
    for at, judged in enumerate(by_judge([row for row in rows if row["model"] not in ("base", "refuse-all")])):
        base = [row for row in rows if row["model"] == "base" and row.get("judge") == judged[0].get("judge")]
        for name, of in by_model(judged).items():
            family = name.rpartition("-")[0] if name.rpartition("-")[0] in FAMILIES else name
            label = None if family in looks else FAMILIES.get(family, family)
            if family not in looks:
                looks[family] = (next(markers), f"C{len(looks) % 10}")
            marker, colour = looks[family]
            where = place(of, matching(of, base))
            x, y = where.centre_2
            filled = colour if at == 0 else "none"
            axes.plot(x, y, marker, color=colour, markerfacecolor=filled, label=label, markersize=7)
            axes.add_patch(Polygon(where.outline(), fill=False, edgecolor=colour, alpha=0.35))
            if family in FAMILIES:
                axes.annotate(name.rpartition("-")[2], (x, y), textcoords="offset points", xytext=(6, 4), fontsize=8)
    axes.plot(0, 0, "k+", label="base", markersize=10)
    axes.set_xlabel("harm − base's: points of unsafe answers, judged (left is better)")
    axes.set_ylabel("helpfulness − base's, where it may be asked (up is better)")
    axes.grid(alpha=0.2)
    axes.legend(fontsize=8, frameon=False, title="hollow: judges trained again" if at else None)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})


def place(rows: Sequence[Row], base: Sequence[Row], resamples: int = 2_000) -> Ellipse:
    """Mean change of harm and helpfulness, in points of 100, and where it would lie with other scenarios."""
    changes = [
        100 * np.subtract(*(np.array([scenarios(row, name) for row in each]).mean(axis=0) for each in (rows, base)))
        for name in ("harm", "helpfulness")
    ]
    drawn_RN = np.random.default_rng(SEED).integers(0, len(changes[0]), size=(resamples, len(changes[0])))
    drawn_R2 = np.array([np.nanmean(each_N[drawn_RN], axis=1) for each_N in changes]).T
    return ellipse([np.nanmean(each_N) for each_N in changes], drawn_R2)
