"""Pairs of `can`, labelled anew: which answer is preferred is drawn by its reward and its cost at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lawgiver.align.constraint import draw_preferences, preference_probability
from lawgiver.align.stages.rows import Rows
from lawgiver.align.stages.stage import Stage
from lawgiver.charter import Charter
from lawgiver.charter.judgement import Judgement
from lawgiver.data import Exchange
from lawgiver.data.preference import Pair
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError, Failed, Outcome, TooManyFailuresError, Value

LABELS = "labels.jsonl"
UNSCORED = "an answer's reward abstained"
FAILED = "a score failed"


def check(stage: Stage, charter: Charter) -> None:
    """See that the charter has what a stage of `can` asks it.

    Raises:
        ConfigurationError: if constraint, reward or a label is none of the charter's.
    """
    spec, where = charter.spec, f"stage {stage.name}"
    constraints, principles = [each.name for each in spec.constraints], [each.name for each in spec.principles]
    if stage.constraint not in constraints:
        raise ConfigurationError(
            f"{where}: constraint {stage.constraint!r} is none of the charter's: {', '.join(constraints) or 'none'}"
        )
    if stage.reward is not None and stage.reward not in principles:
        raise ConfigurationError(
            f"{where}: reward {stage.reward!r} is none of the charter's principles: {', '.join(principles)}"
        )
    for name, value in stage.labels.items():
        if value not in spec.taxonomy.get(name, {}):
            raise ConfigurationError(
                f"{where}: labels.{name}: {value!r} is not in the charter's taxonomy: "
                f"{', '.join(spec.taxonomy.get(name, {})) or f'it has no {name}'}"
            )


def rewards_of(stage: Stage, judged_P: Sequence[Sequence[Judgement]], charter: Charter) -> list[list[Outcome[float]]]:
    """The reward of sampled answers, as the stage's labels are drawn by it.

    A principle may abstain on some prompts by their own labels, on which the stage gives it others. So the answers are
    judged once more with the stage's labels, for the reward alone: what they cost is said by the prompts' own.

    Args:
        stage: whose reward it is.
        judged_P: the judgements of the answers to each of P prompts.
        charter: that judged them.
    """
    flat = [judgement for row in judged_P for judgement in row]
    if stage.labels:
        flat = charter.judge([replace(j.exchange, labels={**j.exchange.labels, **stage.labels}) for j in flat])
    rewards = iter([_outcome(stage, judgement) for judgement in flat])
    return [[next(rewards) for _ in row] for row in judged_P]


def relabelled(stage: Stage, rows: Rows, charter: Charter, seed: int, run: RunDirectory) -> Rows:
    """Pairs of which the first answer is kept as the preferred one with probability σ(Δr − λ Δc), drawn by the seed.

    DPO on them at temperature β is, in expectation, the loss `lawgiver.align.losses.can` (CAN, arXiv 2405.19544). How
    the data ranked the answers plays no part. Judgements and labels are kept in `run`, and a run that is resumed trains
    on the labels that it began with.

    Args:
        stage: with λ, its constraint and the reward.
        rows: of N pairs.
        charter: that judges both answers of each.
        seed: of the draw.
        run: the stage's.

    Raises:
        ConfigurationError: if no pair has both its answers scored.
        TooManyFailuresError: if more answers could not be scored than the charter allows.
    """
    if not run.has(LABELS):
        run.write_rows(LABELS, _labels(stage, rows.pairs, charter, seed, run))
    made, left_out = Rows([]), Counter(rows.left_out)
    for row, pair, label in zip(rows.rows, rows.pairs, run.rows(LABELS), strict=True):
        if label["left_out"] is not None:
            left_out[label["left_out"]] += 1
            continue
        made.pairs.append(pair)
        made.rows.append(row if label["kept"] else row | {"chosen": row["rejected"], "rejected": row["chosen"]})
    if not made.rows:
        raise ConfigurationError(
            f"stage {stage.name}: of {len(rows.rows)} pairs none is left to train on: {dict(+left_out)}; see "
            f"{run.path}/judgements.jsonl. A principle may abstain for want of a label: give it under labels"
        )
    made.left_out = left_out
    return made


def _labels(
    stage: Stage, pairs: Sequence[Pair], charter: Charter, seed: int, run: RunDirectory
) -> list[dict[str, Any]]:
    judged = charter.judge([_exchange(stage, pair, text, charter) for pair in pairs for text in pair.answers])
    run.write_rows("judgements.jsonl", (judgement.to_json() for judgement in judged))
    failed = sum(judgement.failed() for judgement in judged)
    if failed > charter.spec.max_failed * len(judged):
        raise TooManyFailuresError(
            f"{failed} of {len(judged)} answers could not be scored: {run.path}/judgements.jsonl"
        )
    both = list(zip(judged[::2], judged[1::2], strict=True))
    reasons = [_unusable(stage, first) or _unusable(stage, second) for first, second in both]
    reward_gap_N = np.array([_reward(stage, first) - _reward(stage, second) for first, second in both])
    cost_gap_N = np.array([_cost(stage, first) - _cost(stage, second) for first, second in both])
    usable_N = np.array([reason is None for reason in reasons])
    probability_N = preference_probability(np.where(usable_N, reward_gap_N, 0.0), cost_gap_N, [stage.multiplier])
    kept_N = draw_preferences(probability_N, seed)
    return [
        {
            "id": pair.id,
            "reward_gap": float(reward_gap_N[n]) if usable_N[n] else None,
            "cost_gap": float(cost_gap_N[n]) if np.isfinite(cost_gap_N[n]) else None,
            "probability": float(probability_N[n]) if usable_N[n] else None,
            "kept": bool(kept_N[n]),
            "left_out": reasons[n],
        }
        for n, pair in enumerate(pairs)
    ]


def _exchange(stage: Stage, pair: Pair, answer: str, charter: Charter) -> Exchange:
    """An answer with the labels that its data give it, where they are the charter's, over those of the stage."""
    known = {name: pair.meta[name] for name, values in charter.spec.taxonomy.items() if pair.meta.get(name) in values}
    return Exchange(messages=pair.prompt, response=answer, labels={**stage.labels, **known}, id=pair.id)


def _unusable(stage: Stage, judgement: Judgement) -> str | None:
    reward = _outcome(stage, judgement)
    if isinstance(reward, Failed) or isinstance(judgement.costs[str(stage.constraint)], Failed):
        return FAILED
    return None if isinstance(reward, Value) else UNSCORED


def _outcome(stage: Stage, judgement: Judgement) -> Outcome[float]:
    return judgement.score if stage.reward is None else judgement.values[stage.reward]


def _reward(stage: Stage, judgement: Judgement) -> float:
    reward = _outcome(stage, judgement)
    return reward.value if isinstance(reward, Value) else np.nan


def _cost(stage: Stage, judgement: Judgement) -> float:
    cost = judgement.cost(str(stage.constraint))
    return np.nan if cost is None else cost
