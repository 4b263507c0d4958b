"""A recipe of stages made concrete: data read, split, described and cut, before any model is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.align.stages.oneshot import check
from lawgiver.align.stages.recipe import Data, StagesRecipe
from lawgiver.align.stages.rows import Rows, rows_of
from lawgiver.charter import Charter
from lawgiver.data import sha256_file
from lawgiver.data.preference import DataReport, Record, describe, read_preferences, split_by_group
from lawgiver.models.load import load_tokenizer
from lawgiver.models.prompt import encode
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True)
class Plan:
    """Everything that training needs besides the model."""

    recipe: StagesRecipe
    charter: Charter
    rows: dict[str, Rows]
    """What each stage trains on."""
    reports: dict[str, DataReport]
    """What was read, by the names under `data`."""


def prepare(recipe: StagesRecipe) -> Plan:
    """Read what every stage learns from, and make its rows; needs the tokenizer, but no model.

    Raises:
        ConfigurationError: for whatever of it is wrong.
        DownloadError: if the tokenizer has to be fetched and cannot be.
    """
    charter = Charter.open(recipe.charter).for_training()
    if recipe.find is not None:
        charter.scenarios(recipe.find.split)
        names = [constraint.name for constraint in charter.spec.constraints]
        for name in recipe.find.constraints:
            if name not in names:
                raise ConfigurationError(
                    f"find.constraint: {name!r} is none of the charter's: {', '.join(names) or 'none'}"
                )
    for stage in recipe.stages:
        if stage.method == "can":
            check(stage, charter)
    tokenizer = load_tokenizer(recipe.model)
    prompt = charter.spec.system_prompt if recipe.system_prompt else None
    records: dict[str, list[Record]] = {}
    reports: dict[str, DataReport] = {}
    for name, data in recipe.data.items():
        read = read_preferences(data.sources, refuse=recipe.refuse)
        reports[name] = describe(read)
        records[name] = part_of(name, data, read.records, recipe.seed)
    rows = {
        stage.name: rows_of(stage, records[stage.data], prompt, lambda messages: len(encode(tokenizer, messages)))
        for stage in recipe.stages
    }
    return Plan(recipe, charter, rows, reports)


def part_of(name: str, data: Data, records: Sequence[Record], seed: int) -> list[Record]:
    """The part of what was read that `data` asks for.

    Args:
        name: of the data in the recipe, for messages.
        data: which part, and how much of it.
        records: everything that was read.
        seed: draws, where there is more than `data.most`.

    Raises:
        ConfigurationError: if nothing is in that part.
    """
    if data.part != "all":
        records = getattr(split_by_group(records), data.part)
    if not records:
        raise ConfigurationError(f"data.{name}: no records in part {data.part}; add data, or set part: all")
    if data.most is None or len(records) <= data.most:
        return list(records)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(records))[: data.most])
    return [records[int(index)] for index in drawn]


def files_read(data: Iterable[Data]) -> dict[str, str]:
    """Local file → sha256 of every source that is one."""
    paths = [source.source for each in data for source in each.sources if Path(source.source).is_file()]
    return {path: sha256_file(Path(path)) for path in paths}


def data_document(plan: Plan) -> dict[str, Any]:
    """What was read, from which files exactly, and what each stage has of it."""
    stages = {
        stage.name: {"rows": len(plan.rows[stage.name].rows), "left_out": dict(+plan.rows[stage.name].left_out)}
        for stage in plan.recipe.stages
    }
    return {
        "data": {name: report.to_json() for name, report in plan.reports.items()},
        "files": files_read(plan.recipe.data.values()),
        "stages": stages,
    }
