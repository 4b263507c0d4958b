"""How λ was found: the dual's diagnosis, every training that was measured, and the picture of them."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.blocks import Block, Cell, Facts, Group, Plot, Plots, Prose, Row, Table
from lawgiver.report.games.parts import Part
from lawgiver.report.stages import chain
from lawgiver.report.stages.material import StagesMaterial
from lawgiver.report.stages.trace_plot import Foretold, Point, trace_plot
from lawgiver.report.words import clean, count, number, percent

CHOSEN_BY = {
    "start": "λ of the dual",
    "newton": "by the dual's slope",
    "proportion": "in proportion to what the first did",
    "secant": "by two measured points",
    "stride": "by a fixed factor",
    "inside": "inside the bracket",
}


def build(material: StagesMaterial) -> dict[str, Any] | None:
    """None where λ was given."""
    if not material.find:
        return None
    if not material.dual:
        return {"missing": "The search has not begun: no answers of the stage's reference have been judged yet."}
    if material.chain:
        return chain.build(material)
    about, steps = decided(material), material.trace.parts("steps")
    blocks: list[Block] = [Prose(clean(material.dual.text("message")))]
    if about:
        blocks.append(Facts(_foretold(material, about)))
    if steps:
        blocks += [_picture(material, about, steps), _table(material, steps)]
    else:
        blocks.append(Prose("No training was measured."))
    return {"blocks": blocks}


def name_of(material: StagesMaterial) -> str:
    """The constraint that decides."""
    wanted = material.find.content.get("constraint")
    return clean(wanted[0] if isinstance(wanted, list) and wanted else wanted)


def quantity_of(material: StagesMaterial) -> str:
    """What of it is held to the threshold; runs of earlier versions know the mean alone."""
    name = name_of(material)
    return clean(material.found.text("quantity") or material.dual.part("quantities").text(name, "mean cost"))


def decided(material: StagesMaterial) -> Part:
    """What the dual says of the constraint that decides, or of its worst category."""
    name = name_of(material)
    return material.dual.part("constraints").part(material.dual.part("decides").text(name, name))


def _foretold(material: StagesMaterial, about: Part) -> list[tuple[str, str]]:
    error = about.number("standard_error")
    facts = [
        ("λ from samples", number(about.number("lambda")) + (f" ± {number(error)}" if error is not None else "")),
        (f"{quantity_of(material).capitalize()} at λ = 0", number(about.number("cost_before"), 3)),
        ("Foretold at that λ", number(about.number("predicted_cost"), 3)),
        ("Budget", number(about.number("threshold"), 3)),
        ("Samples that carry the weight", percent(material.dual.number("effective_share"))),
        ("Room to keep all budgets (slack)", number(material.dual.number("slack"), 3)),
        ("Scenarios", str(material.dual.whole("prompts"))),
    ]
    others = material.dual.part("constraints").children()
    name = material.dual.part("decides").text(name_of(material), name_of(material))
    return facts + [(f"λ of {clean(n)}", number(part.number("lambda"))) for n, part in others.items() if n != name]


def _picture(material: StagesMaterial, about: Part, steps: list[Part]) -> Plots:
    threshold = material.trace.number("threshold") or 0.0
    tolerance = material.find.part("search").number("tolerance") or 0.0
    caption = _caption(material, steps, threshold)
    measured = [[step.number(key) for key in ("multiplier", "cost", "low", "high")] for step in steps]
    points = [Point(*known) for row in measured if len(known := [n for n in row if n is not None]) == len(row)]
    multiplier, cost = about.number("lambda"), about.number("predicted_cost")
    svg = trace_plot(
        points,
        threshold,
        tolerance,
        foretold=Foretold(multiplier, cost) if multiplier and cost is not None else None,
        untrained=about.number("cost_before"),
        chosen=material.found.number("lambda"),
        quantity=quantity_of(material),
        caption=caption,
    )
    return Plots([Plot("The search for λ", caption, svg)], "wide")


def _caption(material: StagesMaterial, steps: list[Part], threshold: float) -> str:
    costs = [cost for step in steps if (cost := step.number("cost")) is not None]
    kept = sum(cost <= threshold for cost in costs)
    return (
        f"λ is found when a dot lies in the band below the dashed budget: of {count(len(costs), 'training')}, numbered "
        f"in order, {kept} kept it. Bars are 95 % intervals over prompts; the filled dot is the result, the "
        "diamond what the dual foretold, the dotted line the policy before the stage."
    )


def _table(material: StagesMaterial, steps: list[Part]) -> Table:
    threshold = material.trace.number("threshold") or 0.0
    chosen = material.found.number("lambda")
    rows = []
    others = list(dict.fromkeys(name for step in steps for name in step.part("beside").content))
    for order, step in enumerate(steps, 1):
        cost = step.number("cost")
        kept = None if cost is None else cost <= threshold
        warm = step.number("warm_from")
        began = f"; begins with the weights of λ = {number(warm)}" if warm is not None else ""
        cells = [
            Cell(number(step.number("temperature"), 4)),
            Cell(CHOSEN_BY.get(step.text("decision"), step.text("decision")), f"{clean(step.text('reason'))}{began}"),
            Cell(
                number(cost, 3),
                f"[{number(step.number('low'), 3)}, {number(step.number('high'), 3)}]"
                + (f" {clean(step.text('note'))}" if step.text("note") else ""),
                state="" if kept is None else "good" if kept else "bad",
                verdict="kept" if kept else "broken",
            ),
            *[_other(step.part("beside").part(name)) for name in others],
        ]
        rows.append(
            Row(f"{order}. λ = {number(step.number('multiplier'))}", cells, chosen=step.number("multiplier") == chosen)
        )
    columns = ["Temperature β/λ", "How λ was chosen", quantity_of(material).capitalize(), *map(clean, others)]
    caption = f"In order; the highlighted one is the result. The budget is {number(threshold, 3)}."
    return Table("Trainings", caption, "Training", columns, [Group(rows)])


def _other(part: Part) -> Cell:
    cost, threshold = part.number("cost"), part.number("threshold")
    if cost is None or threshold is None:
        return Cell(number(None))
    words = f"[{number(part.number('low'), 3)}, {number(part.number('high'), 3)}]"
    return Cell(
        number(cost, 3),
        words,
        state="good" if cost <= threshold else "bad",
        verdict=f"{'kept' if cost <= threshold else 'broken'}: ≤ {number(threshold, 3)}",
    )
