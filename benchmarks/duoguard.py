"""Guards beside each other on DuoGuard's sets: F1 a set and language, and what the rounds of the game brought.

lawgiver guard evaluate runs/duoguard/iteration-0/classifier --data FOLDER --run runs/eval/seed-only
lawgiver guard evaluate runs/duoguard --data FOLDER --run runs/eval/two-rounds
python benchmarks/duoguard.py seed-only=runs/eval/seed-only two-rounds=runs/eval/two-rounds --data FOLDER [--table]

The first is what the others are compared with. Differences are paired: every resample takes the same rows for both, and
row i of an aligned set together in all languages, since it is the same text. Prints JSON, or with `--table` Markdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.data import read_jsonl
from lawgiver.guard.evaluate import GuardEvaluateConfig
from lawgiver.guard.evaluate.plan import prepare
from lawgiver.guard.published import SETS, TITLES

FOUR = tuple(each.name for each in SETS if each.aligned)
OTHERS = ("fr", "es", "de")
PUBLISHED = {"en": 77.3, "fr": 72.6, "es": 73.6, "de": 71.0}
"""DuoGuard-0.5B on the four sets in full, at threshold ½ (arXiv 2502.05163, main table)."""
AIM = {"en": 74.0, "fr": 70.0, "es": 70.0, "de": 69.0}
SEED, RESAMPLES = 20250206, 2000


def cells(run: Path, data: Path) -> dict[tuple[str, str], tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """(language, set) → which rows are flagged, not scored ones included, and which are unsafe; in file order."""
    lines = {line["id"]: line["outcome"] for line in read_jsonl(run / "scores.jsonl")}
    plan = prepare(GuardEvaluateConfig(model="constant", data=str(data)))
    found: dict[tuple[str, str], tuple[list[bool], list[bool]]] = {}
    for question in plan.questions:
        outcome = lines[question.key]
        flagged, unsafe = found.setdefault((question.row.example.language, question.row.set), ([], []))
        flagged.append(outcome["value"]["unsafe"] > 0.5 if "value" in outcome else True)
        unsafe.append(question.row.example.unsafe)
    return {key: (np.array(flagged), np.array(unsafe)) for key, (flagged, unsafe) in found.items()}


def f1(flagged_BN: NDArray[np.bool_], unsafe_BN: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of B samples, (B,)."""
    hits_B = (flagged_BN & unsafe_BN).sum(-1)
    wrong_B = (flagged_BN ^ unsafe_BN).sum(-1)
    return np.asarray(2 * hits_B / np.maximum(2 * hits_B + wrong_B, 1))


def mean_f1(
    found: Mapping[tuple[str, str], tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    languages: tuple[str, ...],
    drawn: Mapping[str, NDArray[np.int64]] | None = None,
) -> NDArray[np.float64]:
    """The mean over languages and the four sets, of every sample drawn, (B,); of the rows as they are, (1,)."""
    parts = []
    for language in languages:
        for name in FOUR:
            flagged, unsafe = found[language, name]
            at = np.arange(len(flagged))[None] if drawn is None else drawn[name]
            parts.append(f1(flagged[at], unsafe[at]))
    return np.asarray(np.mean(parts, axis=0))


def compared(guards: Mapping[str, Path], data: Path) -> dict[str, Any]:
    """Everything about the guards, the first being what the others are compared with."""
    found = {name: cells(run, data) for name, run in guards.items()}
    first = next(iter(found))
    rng = np.random.default_rng(SEED)
    sizes = {name: len(found[first]["en", name][0]) for name in FOUR}
    drawn = {name: rng.integers(size, size=(RESAMPLES, size)) for name, size in sizes.items()}
    rows = []
    for guard, own in found.items():
        row: dict[str, Any] = {"guard": guard, "f1": {}, "mean": {}}
        for (language, name), (flagged, unsafe) in own.items():
            row["f1"][f"{language}.{name}"] = 100 * float(f1(flagged, unsafe))
        groups = {language: (language,) for language in PUBLISHED} | {"fr, es, de": OTHERS}
        for title, languages in groups.items():
            boot_B = 100 * mean_f1(own, languages, drawn)
            of_first_B = 100 * mean_f1(found[first], languages, drawn)
            estimate = 100 * float(mean_f1(own, languages)[0])
            gain = estimate - 100 * float(mean_f1(found[first], languages)[0])
            row["mean"][title] = {
                "estimate": estimate,
                "interval": np.percentile(boot_B, [2.5, 97.5]).tolist(),
                "gain": gain,
                "gain_interval": np.percentile(boot_B - of_first_B, [2.5, 97.5]).tolist(),
            }
        safe, flagged = ~own["en", "xstest"][1], own["en", "xstest"][0]
        row["xstest_fpr"] = 100 * float(flagged[safe].mean())
        rows.append(row)
    constant = {
        f"{language}.{name}": 100 * float(f1(np.ones_like(unsafe), unsafe))
        for (language, name), (_, unsafe) in found[first].items()
    }
    return {"rows": rows, "sizes": sizes, "constant": constant, "resamples": RESAMPLES, "seed": SEED}


def markdown(document: Mapping[str, Any]) -> str:
    """Means by language with intervals, then every cell."""
    titles = [*PUBLISHED, "fr, es, de"]
    lines = ["| guard | " + " | ".join(titles) + " | XSTest FPR |", "|---" * (len(titles) + 2) + "|"]
    for row in document["rows"]:
        told = [
            f"{m['estimate']:.1f} [{m['interval'][0]:.1f}, {m['interval'][1]:.1f}]"
            for m in (row["mean"][title] for title in titles)
        ]
        lines.append(f"| {row['guard']} | " + " | ".join(told) + f" | {row['xstest_fpr']:.1f} |")
    constant = document["constant"]
    means = [np.mean([constant[f"{language}.{name}"] for name in FOUR]) for language in PUBLISHED]
    lines.append("| constant | " + " | ".join(f"{m:.1f}" for m in [*means, np.mean(means[1:])]) + " | 100 |")
    lines.append("| aim | " + " | ".join(f"{value:g}" for value in AIM.values()) + " | | 12 |")
    lines.append("| DuoGuard-0.5B, published | " + " | ".join(f"{value:g}" for value in PUBLISHED.values()) + " | | |")
    for row in document["rows"][1:]:
        gain = row["mean"]["fr, es, de"]
        low, high = gain["gain_interval"]
        lines.append("")
        lines.append(f"{row['guard']}: {gain['gain']:+.1f} [{low:+.1f}, {high:+.1f}] over Fr, Es and De, paired.")
    lines += ["", "| F1 | " + " | ".join(row["guard"] for row in document["rows"]) + " | constant |"]
    lines.append("|---" * (len(document["rows"]) + 2) + "|")
    for key in document["constant"]:
        language, _, name = key.partition(".")
        told = [f"{row['f1'][key]:.1f}" for row in document["rows"]]
        lines.append(f"| {TITLES[name]} {language} | " + " | ".join(told) + f" | {constant[key]:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Read the runs and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guards", nargs="+", metavar="NAME=RUN", help="runs of `lawgiver guard evaluate`")
    parser.add_argument("--data", type=Path, required=True, help="the folder that they were evaluated on")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    guards = {name: Path(run) for name, _, run in (each.partition("=") for each in options.guards)}
    document = compared(guards, options.data)
    print(markdown(document) if options.table else json.dumps(document))


if __name__ == "__main__":
    main()
