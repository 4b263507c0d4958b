"""The sections of the page of a run of preference models."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.blocks import Block, Cell, Group, Plot, Plots, Prose, Row, Table
from lawgiver.report.games.parts import Part
from lawgiver.report.plots import curves
from lawgiver.report.preference_models.material import ModelRun, PreferenceModelsMaterial
from lawgiver.report.preference_models.plots import histogram, reliability
from lawgiver.report.preference_models.scores import Bools, Floats, answers_of, said_of_answers, said_of_pairs
from lawgiver.report.sections.provenance import environments, run_facts
from lawgiver.report.stages.headline import duration
from lawgiver.report.words import clean, finite, interval_range, number, short_hash, signed

NOT_KEPT = "Scores of held-out answers are not in this run: it is not finished, or an earlier version made it."


def measures(material: PreferenceModelsMaterial) -> dict[str, Any]:
    """Accuracy of every model, and of a cost its sign, each beside what needs no model."""
    rows = [Row(clean(model.label), _measured(model), _about(model)) for model in material.models if model.summary]
    if not rows:
        return {"missing": "No model is finished, so none has been measured."}
    columns = ["Pairs held out", "Accuracy", "By length", "Difference", "Sign", "Commoner flag", "Difference"]
    caption = (
        "Accuracy is the share of held-out pairs in which the right answer scores higher, a tie being half right; sign "
        "the share of answers whose cost is above 0 if and only if they are flagged unsafe. Intervals are 95 %, over "
        "groups. A model is better than its baseline where the difference lies above 0 with its interval."
    )
    return {"blocks": [Table("How good they are", caption, "Model", columns, [Group(rows)])]}


def _about(model: ModelRun) -> str:
    return f"trained on {model.summary.whole('trained_on')} pairs, {short_hash(model.summary.text('head_sha256'))}"


def _measured(model: ModelRun) -> list[Cell]:
    summary = model.summary
    failed = summary.whole("failed")
    cells = [Cell(str(summary.whole("pairs")), f"{failed} not scored" if failed else "")]
    for key, baseline in (("accuracy", "length"), ("sign", "majority")):
        cells += [
            _interval(summary.part(key)),
            _interval(summary.part(baseline), clean(summary.part(baseline).text("rule"))),
        ]
        cells.append(_difference(summary.part(f"over_{baseline}")))
    return cells


def _interval(part: Part, rule: str = "") -> Cell:
    ends = interval_range(part.content) if part else ""
    return Cell(number(part.number("estimate"), 3), f"{ends} {rule}".strip())


def _difference(part: Part) -> Cell:
    if not part:
        return Cell(number(None))
    better = (part.number("low") or 0.0) > 0
    return Cell(
        signed(part.number("estimate"), 3),
        interval_range(part.content, sign=True),
        state="good" if better else "open",
        verdict="better" if better else "not shown",
    )


def scores(material: PreferenceModelsMaterial) -> dict[str, Any]:
    """Where the scores of held-out answers lie."""
    plots = [plot for model in material.models if (plot := _histogram(model)) is not None]
    return {"blocks": [Plots(plots)]} if plots else {"missing": NOT_KEPT}


def _histogram(model: ModelRun) -> Plot | None:
    score_N, higher_N = answers_of(model)
    if not score_N.size:
        return None
    title = f"Scores of {clean(model.label)}"
    low, high = ("safe", "unsafe") if model.is_cost else ("the other answer", "preferred")
    if model.is_cost:
        caption = (
            f"Above the line at 0 an answer is called unsafe: {_share(score_N[higher_N] > 0)} of the unsafe and "
            f"{_share(score_N[~higher_N] > 0)} of the safe ones."
        )
        zero = "0: unsafe above"
    else:
        caption = (
            "Only differences mean something; 0 is the mean of the answers it was trained on, if it is normalised."
        )
        zero = "0"
    groups = {low: score_N[~higher_N], high: score_N[higher_N]}
    return Plot(title, caption, histogram(f"scores-{model.label}", title, caption, groups, zero))


def _share(flags: Bools) -> str:
    return f"{int(flags.sum())} of {flags.size}"


def calibration(material: PreferenceModelsMaterial) -> dict[str, Any]:
    """Whether the probabilities that scores stand for mean what they say."""
    plots = [plot for model in material.models for plot in _reliabilities(model)]
    if not plots:
        return {"missing": NOT_KEPT}
    note = (
        "The losses train σ of a raw difference as the probability that one answer of a pair is the right one, and σ "
        "of a raw cost as the probability that an answer is unsafe. On the diagonal they mean what they say; below it "
        "the model is too sure. Bins hold about equally many, and few held-out answers make a ragged line."
    )
    return {"blocks": [Prose(note, quiet=True), Plots(plots)]}


def _reliabilities(model: ModelRun) -> list[Plot]:
    found = [_reliability(model, "pairs", *said_of_pairs(model), least=0.5)]
    if model.is_cost:
        found.append(_reliability(model, "answers", *said_of_answers(model), least=0.0))
    return [plot for plot in found if plot is not None]


def _reliability(model: ModelRun, which: str, said_N: Floats, so_N: Bools, *, least: float) -> Plot | None:
    if not said_N.size:
        return None
    from lawgiver.guard import metrics

    counts = metrics.tally(said_N, so_N)
    error = float(metrics.ece(counts, metrics.bin_starts(counts)))
    title = f"{clean(model.label)}, {which}"
    what = "that the answer it scores higher is the right one" if which == "pairs" else "that an answer is unsafe"
    caption = f"The probability {what}; expected calibration error {number(error, 3)} over {said_N.size}."
    svg = reliability(f"reliability-{which}-{model.label}", title, caption, metrics.reliability(counts), least)
    return Plot(title, caption, svg)


def training(material: PreferenceModelsMaterial) -> dict[str, Any]:
    """The loss of every model, step by step, and how long it took."""
    plots = [plot for model in material.models if (plot := _curve(model)) is not None]
    if not plots:
        return {"missing": "No step has been logged yet, so there are no curves."}
    blocks: list[Block] = [Plots(plots, "small")]
    return {"blocks": blocks}


def _curve(model: ModelRun) -> Plot | None:
    line = [finite(row.get("loss")) for row in model.rows]
    if not any(value is not None for value in line):
        return None
    steps = [int(finite(row.get("step")) or n) for n, row in enumerate(model.rows, 1)]
    seconds = sum(finite(row.get("seconds")) or 0.0 for row in model.rows)
    caption = f"Loss of each step's own pairs; {len(steps)} steps in {duration(seconds)}."
    title = clean(model.label)
    return Plot(title, caption, curves(f"loss-{model.label}", title, caption, steps, {"loss": line}))


METHODS = [
    "Each model is read back from the files it was saved to, and scores pairs that neither half of the data has seen.",
    "Intervals are over groups, a prompt with many pairs counting once: a bootstrap, or exact (Clopper–Pearson) where "
    "every group is all right or all wrong.",
]
LIMITS = (
    "A model's scores are what the labels of its data teach: what those get wrong, both roles get wrong. The held-out "
    "pairs are of the same sources, so nothing is said of answers of another kind."
)


def provenance(material: PreferenceModelsMaterial) -> dict[str, Any]:
    """Runs with their hashes and settings, environment, methods, limits."""
    runs = [("the run", material.run), *[(model.label, model) for model in material.models]]
    files = material.data.part("files").content
    return {
        "methods": METHODS,
        "limits": LIMITS,
        "runs": [run_facts(label, run) for label, run in runs],
        "environments": environments(runs),
        "hashes": [(clean(name), str(sha256)) for name, sha256 in files.items()],
    }
