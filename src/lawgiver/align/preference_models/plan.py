"""A recipe of preference models made concrete: data read, halved and cut, before any model is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from lawgiver.align.preference_models.recipe import Head, PreferenceModelsRecipe
from lawgiver.align.preference_models.rows import Rows, rows_of
from lawgiver.align.stages.plan import files_read, part_of
from lawgiver.data.preference import DataReport, Record, describe, held_apart, read_preferences, split_by_group
from lawgiver.models.head_card import Objective, Role
from lawgiver.models.load import load_tokenizer
from lawgiver.outcome import ConfigurationError

GIVES_AWAY = "its prompt, or nearly that, is held out"
_HALVES: dict[Role, str] = {"training": "train", "evaluation": "dev"}


@dataclass(frozen=True)
class Plan:
    """Everything that training needs besides the model."""

    recipe: PreferenceModelsRecipe
    rows: dict[str, Rows]
    """What each model trains on, by its name, e.g. `cost-evaluation`."""
    held_out: dict[Objective, Rows]
    """What the models of an objective are measured by."""
    reports: dict[str, DataReport]
    """What was read, by the names under `data`."""


def prepare(recipe: PreferenceModelsRecipe) -> Plan:
    """Read the pairs, halve them between the roles and make token ids of them; needs the tokenizer, but no model.

    No group is in both halves, nor does one half have a prompt that nearly repeats one of the other.

    Raises:
        ConfigurationError: for whatever of it is wrong.
        DownloadError: if the tokenizer has to be fetched and cannot be.
    """
    tokenizer = load_tokenizer(recipe.model)
    wanted = {name for head in recipe.heads.values() for name in (head.data, head.held_out)}
    records: dict[str, list[Record]] = {}
    reports: dict[str, DataReport] = {}
    for name in (name for name in recipe.data if name in wanted):
        data = recipe.data[name]
        read = read_preferences(data.sources, refuse=recipe.refuse)
        reports[name] = describe(read)
        records[name] = part_of(name, data, read.records, recipe.seed)
    rows: dict[str, Rows] = {}
    held_out: dict[Objective, Rows] = {}
    for objective, head in recipe.heads.items():
        held_out[objective] = rows_of(objective, head, head.held_out, records[head.held_out], tokenizer)
        halves = _halves(objective, head, records, tokenizer)
        rows |= {f"{objective}-{role}": halves[role] for role in recipe.roles}
    return Plan(recipe, rows, held_out, reports)


def _halves(
    objective: Objective, head: Head, records: dict[str, list[Record]], tokenizer: PreTrainedTokenizerBase
) -> dict[Role, Rows]:
    held = records[head.held_out]
    groups = {record.group for record in held}
    apart = held_apart([record for record in records[head.data] if record.group not in groups], held)
    # the split by group with another salt: cut by the very hash of train, dev and test, a half could be empty
    split = split_by_group(apart.kept, dev=0.5, test=0.0, salt="role")
    made: dict[Role, Rows] = {}
    for role, part in _HALVES.items():
        half = getattr(split, part)
        if not half:
            raise ConfigurationError(
                f"heads.{objective}: of data {head.data!r} nothing is left for the role {role}; the data are halved by "
                "group and kept apart from held_out, so add some"
            )
        made[role] = rows_of(objective, head, head.data, half, tokenizer)
        made[role].left_out[GIVES_AWAY] = len(records[head.data]) - len(apart.kept)
    return made


def data_document(plan: Plan) -> dict[str, Any]:
    """What was read, from which files exactly, and what each model has of it."""
    rows = {**plan.rows, **{f"{objective} held out": held for objective, held in plan.held_out.items()}}
    return {
        "data": {name: report.to_json() for name, report in plan.reports.items()},
        "files": files_read(plan.recipe.data.values()),
        "models": {
            name: {"pairs": len(each.pairs), "left_out": dict(+each.left_out), "sha256": each.sha256}
            for name, each in rows.items()
        },
    }
