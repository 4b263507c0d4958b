r"""What thresholds cost: F1 on DuoGuard's sets, and XSTest's false positives, by the rate of false positives held out.

python benchmarks/guard_rates.py seed-only=runs/guard two-rounds=runs/duoguard --data FOLDER \
    --held runs/duoguard/held-out.jsonl [--keep FOLDER] [--table]

A guard that was trained for it may be compared with one that was not at a rate that suits only the first. So each is
read without its calibration, and a language's threshold flags at most that share of its harmless held-out rows. The
gain over the first guard is taken at each guard's own best rate, the same for French, Spanish and German; it is
chosen on the rows that it is measured on, for both. How well a set is ranked needs no rate, and stands beside. Prints
JSON, or with `--table` Markdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from duoguard import FOUR, OTHERS, PUBLISHED, RESAMPLES, SEED, f1
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from lawgiver.guard.calibrate.run import prepare
from lawgiver.guard.calibrate.scale import log_odds
from lawgiver.guard.calibrate.threshold import flag_above
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.example import Example
from lawgiver.guard.published import published_files, read_published
from lawgiver.outcome import Value

RATES = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25, 0.30)
HELD = "held-out"


@dataclass(frozen=True)
class Scores:
    """What a guard says of rows, each of a set and a language."""

    log_odds_N: NDArray[np.float64]
    """NaN if it says nothing."""
    set_N: NDArray[np.str_]
    language_N: NDArray[np.str_]
    unsafe_N: NDArray[np.bool_]

    def of(self, name: str, language: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Log-odds and labels; an abstention is above every threshold, as it is flagged."""
        at_N = (self.set_N == name) & (self.language_N == language)
        return np.nan_to_num(self.log_odds_N[at_N], nan=np.inf), self.unsafe_N[at_N]


def scored(guard: Path, held: Path, data: Path) -> Scores:
    """Read all rows by a guard."""
    rows: list[tuple[Example, str, str]] = [(each, HELD, each.language) for each in prepare([held])]
    for (language, name), path in published_files(data, [], list(FOUR)).items():
        rows += [(row.example, name, language) for row in read_published(path, language, name)]
    # long texts among themselves, so that little is read that only fills up
    order = sorted(range(len(rows)), key=lambda at: -len(rows[at][0].scored))
    found_N = np.full(len(rows), np.nan)
    opened = open_guard(guard, calibrated=False)
    for start in range(0, len(order), 256):
        chunk = order[start : start + 256]
        for at, outcome in zip(chunk, opened.score([rows[at][0] for at in chunk]), strict=True):
            if isinstance(outcome, Value):
                found_N[at] = log_odds(np.array([outcome.value.unsafe]))[0]
    return Scores(
        found_N,
        np.array([name for _, name, _ in rows]),
        np.array([language for _, _, language in rows]),
        np.array([bool(example.unsafe) for example, _, _ in rows]),
    )


def kept(path: Path | None, guard: Path, held: Path, data: Path) -> Scores:
    """As `scored`, from a file if it is there."""
    if path is None or not path.exists():
        scores = scored(guard, held, data)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, **vars(scores))
        return scores
    with np.load(path) as arrays:
        return Scores(**{name: arrays[name] for name in Scores.__dataclass_fields__})


def flags(scores: Scores, language: str, rate: float) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Set → which rows are flagged at a rate, and which are unsafe."""
    threshold = flag_above(*scores.of(HELD, language), rate)
    assert threshold is not None, f"{language}: no harmless rows are held out"
    found = {name: scores.of(name, language) for name in FOUR}
    return {name: (score_N > threshold, unsafe_N) for name, (score_N, unsafe_N) in found.items()}


def mean_f1(scores: Scores, languages: tuple[str, ...], rate: float, drawn: Mapping[str, Any] | None) -> Any:
    """The mean over languages and sets, of every sample drawn, (B,); of the rows as they are, (1,)."""
    parts = []
    for language in languages:
        for name, (flagged, unsafe) in flags(scores, language, rate).items():
            at = np.arange(len(flagged))[None] if drawn is None else drawn[name]
            parts.append(f1(flagged[at], unsafe[at]))
    return 100 * np.mean(parts, axis=0)


def rankings(scores: Scores) -> dict[str, dict[str, float]]:
    """Language → set → AUROC."""
    found = {language: {name: scores.of(name, language) for name in FOUR} for language in PUBLISHED}
    return {
        language: {
            name: float(roc_auc_score(unsafe_N, rankdata(score_N))) for name, (score_N, unsafe_N) in sets.items()
        }
        for language, sets in found.items()
    }


def compared(guards: Mapping[str, Scores]) -> dict[str, Any]:
    """F1 by rate and language, and gains over the first guard at the rates that suit each."""
    first = next(iter(guards))
    rng = np.random.default_rng(SEED)
    sizes = {name: len(guards[first].of(name, "en")[0]) for name in FOUR}
    drawn = {name: rng.integers(size, size=(RESAMPLES, size)) for name, size in sizes.items()}
    groups = {language: (language,) for language in PUBLISHED} | {"fr, es, de": OTHERS}
    aurocs = {guard: rankings(scores) for guard, scores in guards.items()}
    document: dict[str, Any] = {"rates": RATES, "auroc": aurocs, "rows": [], "best": []}
    best_B: dict[tuple[str, str], Any] = {}
    for guard, scores in guards.items():
        for rate in RATES:
            false = {}
            for language in PUBLISHED:
                flagged, unsafe = flags(scores, language, rate)["xstest"]
                false[language] = 100 * float(flagged[~unsafe].mean())
            own = {title: float(mean_f1(scores, group, rate, None)[0]) for title, group in groups.items()}
            document["rows"].append({"guard": guard, "rate": rate, "f1": own, "xstest_fpr": false})
        for title, group in groups.items():
            mine = [row for row in document["rows"] if row["guard"] == guard]
            row = max(mine, key=lambda each: each["f1"][title])
            best_B[guard, title] = mean_f1(scores, group, row["rate"], drawn)
            gain_B = best_B[guard, title] - best_B[first, title]
            of_first = (
                next(each["f1"] for each in document["best"] if each["languages"] == title) if guard != first else 0
            )
            document["best"].append(
                {
                    **{"guard": guard, "languages": title, "rate": row["rate"], "f1": row["f1"][title]},
                    "gain": row["f1"][title] - of_first if guard != first else 0.0,
                    "gain_interval": np.percentile(gain_B, [2.5, 97.5]).tolist(),
                }
            )
    return document


def markdown(document: Mapping[str, Any]) -> str:
    """F1 by rate, with XSTest's false positives; each guard at its best rate; how well it ranks."""
    titles = [*PUBLISHED, "fr, es, de"]
    lines = ["| guard | rate | " + " | ".join(titles) + " | XSTest FPR, " + ", ".join(PUBLISHED) + " |"]
    lines.append("|---" * (len(titles) + 3) + "|")
    for row in document["rows"]:
        told = " | ".join(f"{row['f1'][title]:.1f}" for title in titles)
        false = ", ".join(f"{row['xstest_fpr'][language]:.0f}" for language in PUBLISHED)
        lines.append(f"| {row['guard']} | {row['rate']:g} | {told} | {false} |")
    lines += ["", "| guard | languages | best rate | F1 | gain |", "|---|---|---|---|---|"]
    for best in document["best"]:
        low, high = best["gain_interval"]
        gain = f"{best['gain']:+.1f} [{low:+.1f}, {high:+.1f}]"
        lines.append(f"| {best['guard']} | {best['languages']} | {best['rate']:g} | {best['f1']:.1f} | {gain} |")
    lines += ["", "| AUROC | language | " + " | ".join(FOUR) + " |", "|---" * (len(FOUR) + 2) + "|"]
    for guard, languages in document["auroc"].items():
        for language, sets in languages.items():
            lines.append(f"| {guard} | {language} | " + " | ".join(f"{sets[name]:.3f}" for name in FOUR) + " |")
    return "\n".join(lines)


def main() -> None:
    """Score the rows and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guards", nargs="+", metavar="NAME=GUARD", help="trained or exported")
    parser.add_argument("--held", type=Path, required=True, help="labelled rows that none of them learned from")
    parser.add_argument("--data", type=Path, required=True, help="the folder of DuoGuard's sets")
    parser.add_argument("--keep", type=Path, help="where scores are kept, and taken from if they are there")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    guards = {}
    for each in options.guards:
        name, _, guard = each.partition("=")
        path = None if options.keep is None else options.keep / f"{name}.npz"
        guards[name] = kept(path, Path(guard), options.held, options.data)
    document = compared(guards)
    print(markdown(document) if options.table else json.dumps(document))


if __name__ == "__main__":
    main()
