"""What to know of preference data before training on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from lawgiver.data.duplicates import near_duplicates
from lawgiver.data.preference.account import Account
from lawgiver.data.preference.length import Count, LengthBias, label_bias, pair_bias, size_of, words
from lawgiver.data.preference.load import Preferences
from lawgiver.data.preference.record import Labelled, Pair, Record, prompt_key, spoken
from lawgiver.data.preference.split import unit_interval
from lawgiver.stats import Interval, wilson


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Prompts that nearly repeat one another."""

    pairs: int
    """How many pairs of distinct prompts are nearly the same."""
    compared: int
    """Distinct prompts that were compared."""
    prompts: int
    """Distinct prompts that there are; more than `compared` where a sample was taken."""

    def to_json(self) -> dict[str, int]:
        """For programs."""
        return {"pairs": self.pairs, "compared": self.compared, "prompts": self.prompts}


@dataclass(frozen=True, slots=True)
class ObjectiveReport:
    """The records of one objective and one form that are used."""

    objective: str
    form: str
    """`pairs` or `labelled`."""
    n: int
    groups: int
    flags: Mapping[str, int]
    """Of pairs: `both_safe`, `both_unsafe`, `chosen_safe` (only that one is), `rejected_safe`, `unknown`. Of labelled
    answers: `safe`, `unsafe`, `unknown`.
    """
    balance: Interval | None
    """Share of labelled answers that are desirable; of pairs, the share whose chosen answer stood first in its row,
    None if no row says.
    """
    length: LengthBias
    over_long: int
    """Records longer than the cap: the prompt and the longest answer."""
    near: NearDuplicates

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "objective": self.objective,
            "form": self.form,
            "n": self.n,
            "groups": self.groups,
            "flags": dict(self.flags),
            "balance": self.balance and self.balance.to_json(),
            "length": self.length.to_json(),
            "over_long": self.over_long,
            "near": self.near.to_json(),
        }


@dataclass(frozen=True, slots=True)
class DataReport:
    """Everything about preferences that can be told without a model."""

    accounts: tuple[Account, ...]
    objectives: tuple[ObjectiveReport, ...]
    shared_prompts: Mapping[str, int]
    """`a + b` → how many prompts are in both objectives."""
    cap: int
    """The length past which a record is over-long."""
    unit: str
    """What lengths are counted in."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "sources": [account.to_json() for account in self.accounts],
            "objectives": [part.to_json() for part in self.objectives],
            "shared_prompts": dict(self.shared_prompts),
            "cap": self.cap,
            "unit": self.unit,
        }


def describe(
    preferences: Preferences,
    *,
    cap: int = 512,
    count: Count = words,
    unit: str = "words",
    near_cap: int = 2_000,
    confidence: float = 0.95,
) -> DataReport:
    """Describe what was read.

    Args:
        preferences: what `read_preferences` gave.
        cap: the length past which a record is over-long.
        count: measures a text, e.g. in tokens of the model that is to be trained.
        unit: what `count` counts.
        near_cap: distinct prompts of an objective to compare at most, in time of the order of its square: 2,000 take
            a few seconds. A larger set is sampled by a hash of each prompt.
        confidence: of the intervals.
    """
    parts: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in preferences.records:
        parts[record.objective, "pairs" if isinstance(record, Pair) else "labelled"].append(record)
    prompts: dict[str, set[str]] = defaultdict(set)
    for record in preferences.records:
        prompts[record.objective].add(prompt_key(record.prompt))
    return DataReport(
        accounts=preferences.accounts,
        objectives=tuple(
            _objective(objective, form, records, cap, count, near_cap, confidence)
            for (objective, form), records in parts.items()
        ),
        shared_prompts={f"{a} + {b}": len(prompts[a] & prompts[b]) for a, b in combinations(prompts, 2)},
        cap=cap,
        unit=unit,
    )


def _objective(
    objective: str, form: str, records: Sequence[Record], cap: int, count: Count, near_cap: int, confidence: float
) -> ObjectiveReport:
    pairs = [record for record in records if isinstance(record, Pair)]
    labelled = [record for record in records if isinstance(record, Labelled)]
    if pairs:
        first = [pair.meta["chosen_index"] == 0 for pair in pairs if "chosen_index" in pair.meta]
        bias = pair_bias(pairs, count, confidence=confidence)
    else:
        first = [record.desirable for record in labelled]
        bias = label_bias(labelled, count)
    return ObjectiveReport(
        objective=objective,
        form=form,
        n=len(records),
        groups=len({record.group for record in records}),
        flags=_pair_flags(pairs) if pairs else _label_flags(labelled),
        balance=wilson(sum(first), len(first), confidence) if first else None,
        length=bias,
        over_long=sum(size_of(record, count) > cap for record in records),
        near=_near(records, near_cap),
    )


def _pair_flags(pairs: Sequence[Pair]) -> dict[str, int]:
    names = {
        (True, True): "both_safe",
        (False, False): "both_unsafe",
        (True, False): "chosen_safe",
        (False, True): "rejected_safe",
    }
    counts = dict.fromkeys([*names.values(), "unknown"], 0)
    for pair in pairs:
        known = pair.chosen_safe is not None and pair.rejected_safe is not None
        counts[names[bool(pair.chosen_safe), bool(pair.rejected_safe)] if known else "unknown"] += 1
    return counts


def _label_flags(labelled: Sequence[Labelled]) -> dict[str, int]:
    names = {True: "safe", False: "unsafe", None: "unknown"}
    counts = dict.fromkeys(names.values(), 0)
    for record in labelled:
        counts[names[record.safe]] += 1
    return counts


def _near(records: Sequence[Record], cap: int) -> NearDuplicates:
    texts = sorted({spoken(record.prompt) for record in records}, key=lambda text: unit_interval(text, "near"))
    compared = texts[:cap]
    return NearDuplicates(len(near_duplicates(compared)), len(compared), len(texts))
