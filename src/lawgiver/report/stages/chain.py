"""How several λ were found, one a stage: what the dual said of each, and every round of trainings."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.blocks import Block, Cell, Group, Prose, Row, Table
from lawgiver.report.games.parts import Part
from lawgiver.report.stages.material import StagesMaterial
from lawgiver.report.words import clean, count, number, percent


def build(material: StagesMaterial) -> dict[str, Any]:
    """A table of what samples foretold, and one of what was measured."""
    blocks: list[Block] = [Prose(clean(material.dual.text("message"))), _foretold(material)]
    rounds = material.rounds.parts("rounds")
    blocks.append(_measured(material, rounds) if rounds else Prose("No round was measured."))
    return {"blocks": blocks}


def sentence(material: StagesMaterial) -> str:
    """What came of it, in one sentence."""
    rounds = count(len(material.rounds.parts("rounds")), "round")
    if material.found.content.get("trained") is not True:
        return "No constraint needs a λ: the policy before the chain keeps every budget already."
    if material.found.content.get("kept_the_budget") is not True:
        return f"No round kept every budget, in {rounds}: {clean(material.found.text('message'))}."
    used = material.found.part("lambda")
    told = ", ".join(f"{clean(name)} λ = {number(used.number(name))}" for name in material.chain)
    return f"Every budget is kept with {told}, after {rounds}."


def figures(material: StagesMaterial) -> list[dict[str, str]]:
    """λ of every constraint."""
    used, kept = material.found.part("lambda"), material.found.content.get("kept_the_budget") is True
    return [
        {
            "label": f"λ of {clean(name)}",
            "value": number(used.number(name) or 0.0),
            "detail": f"the dual said {number(_decided(material, name).number('lambda'))}",
            "state": "good" if kept else "bad",
            "mark": "✓" if kept else "✗",
        }
        for name in material.chain
    ]


def _decided(material: StagesMaterial, name: str) -> Part:
    return material.dual.part("constraints").part(material.dual.part("decides").text(name, name))


def _foretold(material: StagesMaterial) -> Table:
    rows = []
    for name, stage in material.chain.items():
        about = _decided(material, name)
        error = about.number("standard_error")
        rows.append(
            Row(
                clean(name),
                [
                    Cell(number(about.number("lambda")), f"± {number(error)}" if error is not None else ""),
                    Cell(number(about.number("cost_before"), 3)),
                    Cell(number(about.number("predicted_cost"), 3)),
                    Cell(number(about.number("threshold"), 3)),
                ],
                f"stage {clean(stage)}",
            )
        )
    caption = (
        "All λ at once, from answers of the policy that the chain starts from; "
        f"{percent(material.dual.number('effective_share'))} of the samples carry the weight. λ = 0 needs no stage."
    )
    columns = ["λ from samples", "Cost at λ = 0", "Foretold", "Budget"]
    return Table("What samples foretell", caption, "Constraint", columns, [Group(rows)])


def _measured(material: StagesMaterial, rounds: list[Part]) -> Table:
    chosen = material.found.text("result")
    rows = [
        Row(
            f"Round {order}",
            [_cell(each.part("moves").part(name), each.part("costs").part(name)) for name in material.chain],
            chosen=bool(chosen) and each.text("run") == chosen,
        )
        for order, each in enumerate(rounds, 1)
    ]
    caption = (
        "Each round trains the stages one after the other, those before a λ that changed not again; costs are of "
        "answers of the last one, with 95 % intervals over prompts. The highlighted round is the result."
    )
    return Table("Rounds", caption, "Round", [clean(name) for name in material.chain], [Group(rows)])


def _cell(move: Part, cost: Part) -> Cell:
    held, threshold = cost.number("cost"), cost.number("threshold")
    ends = f"[{number(cost.number('low'), 3)}, {number(cost.number('high'), 3)}]"
    words = f"{number(held, 3)} {ends}, at most {number(threshold, 3)}; {clean(move.text('reason'))}"
    if held is None or threshold is None:
        return Cell(f"λ = {number(move.number('multiplier'))}", words)
    kept = held <= threshold
    return Cell(
        f"λ = {number(move.number('multiplier'))}",
        words,
        state="good" if kept else "bad",
        verdict="kept" if kept else "broken",
    )
