"""One reward function per principle and per cost, all fed by one `judge` call a batch.

TRL calls the functions one after the other with the same completions; the first call judges, the rest read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lawgiver.charter import Charter, Judgement
from lawgiver.data import Scenario
from lawgiver.outcome import TooManyFailuresError
from lawgiver.reward import neutralise

RewardFunction = Callable[..., list[float | None]]


class SharedJudge:
    """Judges each batch of completions once and hands every reward function its column."""

    def __init__(self, charter: Charter, scenarios: Sequence[Scenario], *, generations: int, neutral: bool) -> None:
        """Prepare for one training run.

        Args:
            charter: the rules.
            scenarios: everything a completion may belong to.
            generations: G, completions of one prompt that stand side by side in a batch.
            neutral: give an unscored completion its group's mean (`neutralise`); wanted where rewards are
                summed before they are normalised.
        """
        self.charter = charter
        self.judgements: list[Judgement] = []
        """The newest batch of this process."""
        self._scenarios = {scenario.id: scenario for scenario in scenarios}
        self._generations = generations
        self._neutral = neutral
        self._key: tuple[str, ...] = ()

    def functions(self) -> list[RewardFunction]:
        """The reward functions, principles first, each named for its principle or constraint."""
        spec = self.charter.spec
        values = [self._function(p.name, partial(Judgement.reward, principle=p.name)) for p in spec.principles]
        costs = [self._function(c.name, partial(Judgement.cost, constraint=c.name)) for c in spec.constraints]
        return values + costs

    def judge(self, scenario_ids: Sequence[str], responses: Sequence[str]) -> list[Judgement]:
        """Judge a batch, or return the judgements if it is the one judged last.

        Raises:
            TooManyFailuresError: if more exchanges failed than the charter allows.
        """
        key = (*scenario_ids, *responses)
        if key != self._key:
            pairs = zip(scenario_ids, responses, strict=True)
            exchanges = [self._scenarios[name].exchange(response) for name, response in pairs]
            self.judgements = self.charter.judge(exchanges)
            self._key = key
            self._stop_if_failing()
        return self.judgements

    def _stop_if_failing(self) -> None:
        failed = [judgement for judgement in self.judgements if judgement.failed()]
        allowed = self.charter.spec.max_failed
        if len(failed) > allowed * len(self.judgements):
            raise TooManyFailuresError(
                f"{len(failed)} of {len(self.judgements)} exchanges could not be scored, more than "
                f"charter.yaml:max_failed ({allowed:.0%}) allows; the first: {first_failure(failed[0])}"
            )

    def _function(self, name: str, column: Callable[[Judgement], float | None]) -> RewardFunction:
        def reward(
            completions: Sequence[Sequence[Mapping[str, str]]], scenario_id: Sequence[str], **_: Any
        ) -> list[float | None]:
            responses = [completion[0]["content"] for completion in completions]
            scores = [column(judgement) for judgement in self.judge(scenario_id, responses)]
            return self._neutralised(scores) if self._neutral else scores

        reward.__name__ = name
        return reward

    def _neutralised(self, scores: list[float | None]) -> list[float | None]:
        scores_PG = np.array([np.nan if score is None else score for score in scores])
        flat = neutralise(scores_PG.reshape(-1, self._generations)).ravel()
        return [None if np.isnan(score) else float(score) for score in flat]


def first_failure(judgement: Judgement) -> str:
    """The first error inside a judgement."""
    document = judgement.to_json()
    scores = [document["score"], *document["values"].values(), *document["costs"].values()]
    return next((str(score["failed"]) for score in scores if "failed" in score), "")
