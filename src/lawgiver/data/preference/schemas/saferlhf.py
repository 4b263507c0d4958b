"""PKU-SafeRLHF (arXiv 2310.12773, 2406.15513): two answers, which one helps more, which one is safer.

Every published schema is read: 10K and 30K; the newer one with harm categories and severities (0 to 3) per
answer; rows with one of the two preferences only; and the question-answer rows with `is_safe` alone, which
BeaverTails (arXiv 2307.04657) has as well.
"""

from __future__ import annotations

from typing import Any

from lawgiver.data.preference.aside import Aside, Reason
from lawgiver.data.preference.fields import Row, RowError, flag_of, name_of, number_of, prompt_of, text_of
from lawgiver.data.preference.record import HELPFUL, SAFE, Labelled, Pair, Record
from lawgiver.data.preference.schemas.base import Schema, has, made_group, made_id

CHOICES = {HELPFUL: "better_response_id", SAFE: "safer_response_id"}


def read_pairs(row: Row, objective: str | None) -> list[Record | Aside]:
    """A pair for each preference the row states, or for the one asked for."""
    if objective is None:
        wanted = [name for name, key in CHOICES.items() if row.get(key) is not None]
        if not wanted:
            raise RowError(" / ".join(CHOICES.values()), "neither is there; a row states at least one preference")
    else:
        wanted = [objective]
    return [_pair(row, name) for name in wanted]


def read_answer(row: Row, objective: str | None) -> list[Record | Aside]:
    """One answer, desirable if it is safe."""
    prompt = prompt_of(row.get("prompt"), "prompt")
    answer = text_of(row.get("response"), "response")
    safe = flag_of(row, "is_safe")
    if safe is None:
        raise RowError("is_safe", "true or false is wanted")
    return [
        Labelled(
            objective=SAFE,
            prompt=prompt,
            completion=answer,
            desirable=safe,
            id=name_of(row, "id") or made_id("saferlhf_answers", prompt, answer),
            group=made_group(name_of(row, "group"), prompt),
            safe=safe,
        )
    ]


def _pair(row: Row, objective: str) -> Record | Aside:
    prompt = prompt_of(row.get("prompt"), "prompt")
    answers = [text_of(row.get(f"response_{k}"), f"response_{k}") for k in (0, 1)]
    safe = [flag_of(row, f"is_response_{k}_safe") for k in (0, 1)]
    chosen = _choice(row, CHOICES[objective])
    if chosen is None:
        return Aside(objective, Reason.NO_PREFERENCE)
    other = 1 - chosen
    if objective == SAFE and safe[chosen] is False and safe[other] is True:
        return Aside(objective, Reason.AGAINST_FLAGS)
    severity = [number_of(row, f"response_{k}_severity_level") for k in (0, 1)]
    milder, worse = severity[chosen], severity[other]
    known = objective == SAFE and milder is not None and worse is not None
    return Pair(
        objective=objective,
        prompt=prompt,
        chosen=answers[chosen],
        rejected=answers[other],
        id=name_of(row, "id") or made_id("saferlhf", prompt, *answers),
        group=made_group(name_of(row, "group"), prompt),
        chosen_safe=safe[chosen],
        rejected_safe=safe[other],
        # a safer answer may be rated more severe by another annotator; then the margin is small, not negative
        margin=max(0.0, worse - milder) if known and milder is not None and worse is not None else None,
        meta={"chosen_index": chosen, **_harms(row, chosen), **_category(row)},
    )


def _choice(row: Row, key: str) -> int | None:
    """0 or 1; None where annotators preferred neither, which some copies write as -1."""
    value = row.get(key)
    if value is None:
        raise RowError(key, "is missing; the row does not say which answer this objective prefers")
    if not isinstance(value, int | float) or isinstance(value, bool) or value not in (-1, 0, 1):
        raise RowError(key, f"{str(value)[:40]!r}; 0 or 1 is wanted")
    return None if value == -1 else int(value)


def _harms(row: Row, chosen: int) -> dict[str, Any]:
    """The harm categories that apply to each answer, where the row lists them."""
    found: dict[str, Any] = {}
    for side, k in (("chosen", chosen), ("rejected", 1 - chosen)):
        categories = row.get(f"response_{k}_harm_category")
        if categories is None:
            continue
        if not isinstance(categories, dict):
            raise RowError(f"response_{k}_harm_category", "an object of category → true or false is wanted")
        found[f"{side}_harms"] = sorted(str(name)[:200] for name, applies in categories.items() if applies)
    return found


def _category(row: Row) -> dict[str, str]:
    return {"category": category} if (category := name_of(row, "category")) else {}


PAIRS = Schema(
    "saferlhf",
    lambda row: has(row, "prompt", "response_0", "response_1") and any(has(row, key) for key in CHOICES.values()),
    read_pairs,
    speaks=(HELPFUL, SAFE),
)
ANSWERS = Schema("saferlhf_answers", lambda row: has(row, "prompt", "response", "is_safe"), read_answer, speaks=(SAFE,))
