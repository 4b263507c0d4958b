"""What each source teaches a guard: a linear probe on the frozen backbone, without the source and with three times it.

    python benchmarks/guard_sources.py recipes/guard.yaml --data FOLDER --states states.npz --set data.folder=DIR

FOLDER holds DuoGuard's sets. All texts are read once, which takes half an hour on two cores and is kept in `--states`;
then a source takes seconds, where training a guard for each would take days. What helps a probe need not help a guard
that is trained, and what is chosen by these sets is chosen for them. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lawgiver.data.files import sha256_bytes
from lawgiver.data.rundir import environment
from lawgiver.guard.classifier.data import epoch, prepare_examples
from lawgiver.guard.classifier.settings import read_guard_recipe
from lawgiver.guard.example import Example
from lawgiver.guard.metrics.ranking import auroc
from lawgiver.guard.metrics.tally import tally
from lawgiver.guard.published import published_files, read_published
from lawgiver.models.classifier.backbone import load_backbone
from lawgiver.models.classifier.states import states

Floats = NDArray[np.float64]
SETS, LANGUAGES = ("xstest", "openai", "toxicchat", "beavertails"), ("en", "fr", "es", "de")
WINDOW, DECAY, THRESHOLDS, RESAMPLES, SEED = 96, 1e-2, 60, 500, 0


def scaled_states(texts: list[str], backbone: str, prefix: str, kept: Path | None, learned: int) -> torch.Tensor:
    """States of N texts, (N, H), with mean 0 and variance 1 over the first `learned` of them; kept in a file."""
    key = sha256_bytes(json.dumps([backbone, prefix, WINDOW, texts]).encode())
    if kept and kept.exists() and (held := np.load(kept))["key"] == key:
        found_NH = held["states"]
    else:
        done = 0

        def tell(more: int) -> None:
            nonlocal done
            done += more
            print(f"\r{done} of {len(texts)} texts read", end="", file=sys.stderr, flush=True)

        found_NH = states(load_backbone(backbone), texts, window=WINDOW, prefix=prefix, on_progress=tell)
        if kept:
            np.savez(kept, states=found_NH.astype(np.float16), key=key)
    state_NH = torch.from_numpy(found_NH.astype(np.float32))
    return (state_NH - state_NH[:learned].mean(0)) / (state_NH[:learned].std(0) + 1e-6)


def probe(state_NH: torch.Tensor, unsafe_N: torch.Tensor, weight_N: torch.Tensor) -> torch.Tensor:
    """Weights and bias, (H + 1,), of the logistic regression of the weighted rows, with a little decay."""
    held = weight_N > 0
    x_MH, y_M, share_M = state_NH[held], unsafe_N[held], weight_N[held] / weight_N.sum()
    line = torch.zeros(state_NH.shape[1] + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=150, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        losses_M = torch.nn.functional.binary_cross_entropy_with_logits(
            x_MH @ line[:-1] + line[-1], y_M, reduction="none"
        )
        value = (losses_M * share_M).sum() + DECAY * (line[:-1] ** 2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return line.detach()


def f1_of(score_N: Floats, unsafe_N: NDArray[np.bool_], threshold: float) -> float:
    """F1 of what is above a threshold."""
    flagged_N = score_N > threshold
    return float(2 * (flagged_N & unsafe_N).sum() / max(1, flagged_N.sum() + unsafe_N.sum()))


def best(cells: list[tuple[Floats, NDArray[np.bool_]]]) -> float:
    """The mean F1 of sets at the one threshold that is best for it."""
    every = np.quantile(np.concatenate([score for score, _ in cells]), np.linspace(0.05, 0.95, THRESHOLDS))
    return max(float(np.mean([f1_of(score, unsafe, at) for score, unsafe in cells])) for at in every)


def ranked(score_N: Floats, unsafe_N: NDArray[np.bool_], drawn_RN: NDArray[np.int64]) -> Floats:
    """AUROC of all rows, then of every resample of them, (1 + R,)."""
    whole = float(auroc(tally(score_N, unsafe_N)))
    return np.array([whole, *(float(auroc(tally(score_N[row], unsafe_N[row]))) for row in drawn_RN)])


def measure(score_E: Floats, asked: list[tuple[str, Example]]) -> dict[str, Any]:
    """By language the best mean F1, by set the AUROC, means over languages; with resamples, rows in all languages."""
    name_E = np.array([name for name, _ in asked])
    language_E = np.array([example.language for _, example in asked])
    unsafe_E = np.array([example.unsafe for _, example in asked])
    rng = np.random.default_rng(SEED)
    rows = {name: int(((name_E == name) & (language_E == "en")).sum()) for name in SETS}
    drawn = {name: rng.integers(0, n, size=(RESAMPLES, n)) for name, n in rows.items()}
    cells = {
        (language, name): (score_E[here], unsafe_E[here])
        for language in LANGUAGES
        for name in SETS
        if (here := (language_E == language) & (name_E == name)).any()
    }
    return {
        "f1": {language: round(best([cells[language, name] for name in SETS]), 4) for language in LANGUAGES},
        "auroc": {name: np.mean([ranked(*cells[lang, name], drawn[name]) for lang in LANGUAGES], 0) for name in SETS},
    }


def told(found: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Numbers of one mix, and what they gain over the recipe's, with 95 % intervals."""
    mean_R = np.mean(list(found["auroc"].values()), axis=0)
    line = {"f1": found["f1"], "auroc": {name: round(float(each[0]), 4) for name, each in found["auroc"].items()}}
    if before is None:
        return line
    gain_R = mean_R - np.mean(list(before["auroc"].values()), axis=0)
    low, high = np.nanquantile(gain_R[1:], [0.025, 0.975])
    gain = {"estimate": gain_R[0], "low": low, "high": high}  # a resample of few rows may lack a label
    f1 = np.mean(list(found["f1"].values())) - np.mean(list(before["f1"].values()))
    return line | {
        "f1_gain": round(float(f1), 4),
        "auroc_gain": {end: round(float(value), 4) for end, value in gain.items()},
    }


def main() -> None:
    """Read everything, then probe the recipe's mix and every change of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="a folder with DuoGuard's sets")
    parser.add_argument("--states", type=Path, help="where states are kept")
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    options = parser.parse_args()
    recipe = read_guard_recipe(options.recipe, options.overrides)
    seen = epoch(prepare_examples(recipe.data).train, recipe.data)
    times: dict[str, float] = {}
    for example in seen:
        times[example.scored] = times.get(example.scored, 0) + 1
    rows = list({example.scored: example for example in seen}.values())
    asked = [
        (name, row.example)
        for (language, name), path in published_files(options.data, LANGUAGES, SETS).items()
        for row in read_published(path, language, name)
    ]
    texts = [example.scored for example in (*rows, *(example for _, example in asked))]
    settings = recipe.classifier
    state_NH = scaled_states(texts, settings.backbone, settings.prefix, options.states, len(rows))
    unsafe_N = torch.tensor([float(example.unsafe) for example in rows])
    often_N = torch.tensor([times[example.scored] for example in rows], dtype=torch.float32)
    source_N = np.array([example.source.partition("/")[0] for example in rows])

    def mix(source: str = "", factor: float = 1.0) -> dict[str, Any]:
        share_N = torch.where(torch.from_numpy(source_N == source), often_N * factor, often_N)
        line = probe(state_NH[: len(rows)], unsafe_N, share_N)
        return measure((state_NH[len(rows) :] @ line[:-1] + line[-1]).double().numpy(), asked)

    whole = mix()
    lines = [{"source": None, **told(whole, None)}]
    for source in sorted(set(source_N.tolist())):
        held = source_N == source
        about = {"source": source, "rows": int(held.sum()), "unsafe": int(unsafe_N[torch.from_numpy(held)].sum())}
        lines += [{**about, "times": factor, **told(mix(source, factor), whole)} for factor in (0.0, 3.0)]
        print(f"\n{lines[-2]}\n{lines[-1]}", file=sys.stderr, flush=True)
    about = environment()
    print(json.dumps({"rows": lines, "commit": about["commit"], "machine": about["machine"], "seed": SEED}))


if __name__ == "__main__":
    main()
