"""The report on preference data, in short: what was read, what was set aside, and what may mislead."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.blocks import Block, Cell, Group, Row, Table
from lawgiver.report.games.parts import Part
from lawgiver.report.stages.material import StagesMaterial
from lawgiver.report.words import clean, number, percent


def build(material: StagesMaterial) -> dict[str, Any]:
    """Sources and objectives of every part of the recipe's data."""
    parts = material.data.part("data").children()
    if not parts:
        return {"missing": "What was read is not recorded in this run."}
    blocks: list[Block] = []
    sources = [Row(clean(name), _source(each), clean(each.text("source"))) for name, each in _each(parts, "sources")]
    if sources:
        columns = ["Rows", "Records", "Set aside", "Used"]
        caption = "A row may make no record, one, or one per objective; records at odds with another are set aside."
        blocks.append(Table("Sources", caption, "Data", columns, [Group(sources)]))
    objectives = [
        Row(clean(name), _objective(each), f"{clean(each.text('objective'))}, {clean(each.text('form'))}")
        for name, each in _each(parts, "objectives")
    ]
    if objectives:
        columns = ["Used", "Groups", "Safety of the answers", "Chosen is longer", "Near-duplicate prompts"]
        caption = (
            "Before a stage takes its part. Where the chosen answer is nearly always the longer one, a policy learns "
            "length; pairs with both answers unsafe teach which is less so."
        )
        blocks.append(Table("Records", caption, "Data", columns, [Group(objectives)]))
    return {"blocks": blocks}


def _each(parts: dict[str, Part], key: str) -> list[tuple[str, Part]]:
    return [(name, each) for name, part in parts.items() for each in part.parts(key)]


def _source(source: Part) -> list[Cell]:
    aside = source.parts("aside")
    reasons = [f"{part.whole('count')} {clean(part.text('reason')).replace('_', ' ')}" for part in aside]
    return [
        Cell(str(source.whole("rows"))),
        Cell(str(source.whole("made"))),
        Cell(str(sum(part.whole("count") for part in aside)), "; ".join(reasons)),
        Cell(str(source.whole("used"))),
    ]


def _objective(objective: Part) -> list[Cell]:
    flags = objective.part("flags")
    said = [f"{flags.whole(name)} {clean(name).replace('_', ' ')}" for name in flags.content if flags.whole(name)]
    longer = objective.part("length").part("longer")
    ends = f"[{percent(longer.number('low'))}, {percent(longer.number('high'))}]" if longer else ""
    return [
        Cell(str(objective.whole("n"))),
        Cell(str(objective.whole("groups"))),
        Cell("; ".join(said) or number(None)),
        Cell(percent(longer.number("estimate")), ends),
        Cell(str(objective.part("near").whole("pairs"))),
    ]
