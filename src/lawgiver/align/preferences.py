"""Preferences from the charter: of several answers to one prompt, which the charter would rather have had.

A helpful pair prefers the answer of the higher charter score, or of the higher value of one principle; a pair for
a constraint prefers the answer of the lower cost. What abstained or failed is in no pair: it has no score to
compare, least of all 0.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lawgiver.charter import Judgement
from lawgiver.data import Exchange
from lawgiver.data.preference import HELPFUL, Pair
from lawgiver.data.preference.fields import ROLES
from lawgiver.data.preference.record import group_of, prompt_key, same
from lawgiver.data.preference.schemas.base import made_id
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Outcome, Value


class PreferenceSettings(BaseModel):
    """How judgements become pairs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    margin: float = Field(default=0.1, gt=0, le=1)
    """The least difference of charter score, or of the principle's value, for a helpful pair."""
    cost_margin: float = Field(default=1e-9, gt=0)
    """The least difference of cost for a pair of a constraint; as it is, any difference."""
    helpful: str | None = None
    """The principle whose value decides what is more helpful; None takes the charter's score."""
    constraints: list[str] | None = None
    """The constraints to form pairs for; None takes all."""
    pairs_per_prompt: int = Field(default=2, ge=1)
    """At most so many of each objective, drawn at random among those that qualify."""
    seed: int = 0
    """The same seed draws the same pairs of a prompt, whatever other prompts there are."""


@dataclass(frozen=True, slots=True)
class ObjectiveCount:
    """What became of the answers and of their pairings, for one objective."""

    objective: str
    answers: int
    """Answers judged: `scored + abstained + failed + unusable`."""
    scored: int
    abstained: int
    failed: int
    unusable: int
    """Empty answers, and copies of an answer to the same prompt."""
    near: int
    """Pairings of two scored answers that lie closer than the margin; ties are among them."""
    apart: int
    """Pairings that lie apart by the margin or more."""
    pairs: int
    """Pairs formed of these."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class CharterPreferences:
    """Pairs that the charter's judgements give, and the account of them."""

    pairs: tuple[Pair, ...]
    counts: tuple[ObjectiveCount, ...]
    """Helpful first, then one per constraint."""

    def to_json(self) -> dict[str, Any]:
        """The account, for programs; the pairs have a `to_json` of their own."""
        return {"counts": [count.to_json() for count in self.counts]}


def preferences_from(judgements: Sequence[Judgement], settings: PreferenceSettings | None = None) -> CharterPreferences:
    """Form pairs of the answers to the same prompt.

    Args:
        judgements: of K answers to each of P prompts, in any order; answers to one prompt are those whose messages,
            labels and context are equal.
        settings: how; None takes the defaults.

    Returns:
        Pairs of the objective `helpful` and of each constraint, by its name. An answer is flagged safe in a pair
        of a constraint if its cost there is 0, in a helpful pair if every cost is 0; where that was not scored, the
        flag is None. The margin is the difference of score or cost.

    Raises:
        ConfigurationError: for no judgements, or a principle or constraint that the charter does not have.
    """
    if not judgements:
        raise ConfigurationError("no judgements to form preferences of: sample and judge some answers first")
    settings = settings or PreferenceSettings()
    constraints = _known(judgements[0], settings)
    prompts: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        prompts[_asked(judgement.exchange)].append(judgement)
    pairs: list[Pair] = []
    counts: list[ObjectiveCount] = []
    for objective in (None, *constraints):
        count: Counter[str] = Counter()
        formed: list[Pair] = []
        for key, answers in prompts.items():
            rng = random.Random(f"{settings.seed}\0{objective}\0{key}")  # a text seeds it alike on every machine
            formed += _of_prompt(answers, objective, settings, rng, count)
        pairs += formed
        numbers = {name: count[name] for name in ("scored", "abstained", "failed", "unusable", "near", "apart")}
        counts.append(ObjectiveCount(objective or HELPFUL, len(judgements), **numbers, pairs=len(formed)))
    return CharterPreferences(tuple(pairs), tuple(counts))


def _known(judgement: Judgement, settings: PreferenceSettings) -> list[str]:
    """The constraints wanted; the names in the settings are checked against what was judged."""
    if settings.helpful is not None and settings.helpful not in judgement.values:
        names = ", ".join(judgement.values)
        raise ConfigurationError(f"helpful: the charter has no principle {settings.helpful!r}; it has {names}")
    wanted = list(judgement.costs) if settings.constraints is None else settings.constraints
    for name in wanted:
        if name not in judgement.costs:
            names = ", ".join(judgement.costs) or "none"
            raise ConfigurationError(f"constraints: the charter has no constraint {name!r}; it has {names}")
    return wanted


def _asked(exchange: Exchange) -> str:
    """What was asked and what a policy knew of it; scores are comparable only where both are the same."""
    known = json.dumps([exchange.labels, exchange.context], sort_keys=True, default=str)
    return f"{prompt_key(exchange.messages)}\n{known}"


def _of_prompt(
    answers: Sequence[Judgement],
    constraint: str | None,
    settings: PreferenceSettings,
    rng: random.Random,
    count: Counter[str],
) -> list[Pair]:
    """Pairs of one prompt for one objective; `count` is added to."""
    scored: list[tuple[float, Judgement]] = []
    seen: set[str] = set()
    # sorted, so that the pairs do not depend on the order in which answers were sampled or judged
    for judgement in sorted(answers, key=lambda judgement: judgement.exchange.response):
        text = same(judgement.exchange.response)
        if not text or text in seen:
            count["unusable"] += 1
            continue
        seen.add(text)
        match _score(judgement, constraint, settings):
            case Value(value):
                count["scored"] += 1
                scored.append((value, judgement))
            case Abstained():
                count["abstained"] += 1
            case Failed():
                count["failed"] += 1
    margin = settings.margin if constraint is None else settings.cost_margin
    candidates = list(combinations(scored, 2))
    # 1e-12: .8 - .7 is a hair below .1
    apart = [(a, b) for a, b in candidates if abs(a[0] - b[0]) >= margin - 1e-12 and a[0] != b[0]]
    count["near"] += len(candidates) - len(apart)
    count["apart"] += len(apart)
    drawn = rng.sample(apart, min(settings.pairs_per_prompt, len(apart)))
    return [_pair(max(two, key=_first), min(two, key=_first), constraint) for two in drawn]


def _score(judgement: Judgement, constraint: str | None, settings: PreferenceSettings) -> Outcome[float]:
    """What is compared, the higher the better."""
    if constraint is None:
        return judgement.score if settings.helpful is None else judgement.values[settings.helpful]
    match judgement.costs[constraint]:
        case Value(cost):
            return Value(-cost)
        case unscored:
            return unscored


def _pair(better: tuple[float, Judgement], worse: tuple[float, Judgement], constraint: str | None) -> Pair:
    chosen, rejected = better[1].exchange, worse[1].exchange
    prompt = tuple({"role": ROLES.get(m["role"], m["role"]), "content": m["content"]} for m in chosen.messages)
    return Pair(
        objective=constraint or HELPFUL,
        prompt=prompt,
        chosen=chosen.response,
        rejected=rejected.response,
        id=made_id(f"charter:{chosen.id}" if chosen.id else "charter", prompt, chosen.response, rejected.response),
        group=group_of(prompt),
        chosen_safe=_safe(better[1].costs, constraint),
        rejected_safe=_safe(worse[1].costs, constraint),
        margin=better[0] - worse[0],
        meta={"charter": dict(better[1].charter), "input_sha256": [better[1].input_sha256, worse[1].input_sha256]},
    )


def _safe(costs: Mapping[str, Outcome[float]], constraint: str | None) -> bool | None:
    """Whether a cost is 0, or all of them are; None where it hangs on one that was not scored."""
    wanted = list(costs.values()) if constraint is None else [costs[constraint]]
    if any(isinstance(cost, Value) and cost.value > 0 for cost in wanted):
        return False
    return True if wanted and all(isinstance(cost, Value) for cost in wanted) else None


def _first(scored: tuple[float, Judgement]) -> float:
    return scored[0]
