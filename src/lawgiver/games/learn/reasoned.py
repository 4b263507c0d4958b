"""Reason first, then act: updates from answers that the model wrote out, when they are too long to enumerate.

The text is sampled, the last line read by `parse_final`, and every sampled answer is credited as a whole. The
opponent's move is not sampled: a legal answer earns its exact expectation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from lawgiver.games.learn.credit import CREDITS
from lawgiver.games.learn.objective import Indices
from lawgiver.games.learn.policy import Learner
from lawgiver.games.markov import Floats
from lawgiver.games.problem import Problem
from lawgiver.games.prompts.parse import parse_final
from lawgiver.games.prompts.question import Question


class Said(NamedTuple):
    """One sampled answer."""

    text: str
    ids: tuple[int, ...]
    """Its tokens as they were drawn."""


class Speaker(Learner, Protocol):
    """A learner that writes answers."""

    def speak(self, questions: Sequence[Question], samples: int, max_new_tokens: int, seed: int) -> list[list[Said]]:
        """`samples` answers to each question, at temperature 1."""
        ...

    def forward_said(self, questions: Sequence[Question], said: Sequence[Sequence[Said]]) -> Floats:
        """`log p` of each sampled answer, `(N, G)`, remembering what `ascend` needs."""
        ...


def actions_of(questions: Sequence[Question], said: Sequence[Sequence[Said]]) -> Indices:
    """The action in each answer, `(N, G)`; A where the answer is illegal."""
    illegal = len(questions[0].answers)
    found = [
        [illegal if (action := parse_final(one.text, question.answers)) is None else action for one in answers]
        for question, answers in zip(questions, said, strict=True)
    ]
    return np.array(found, dtype=np.int64)


def frequencies(action_NG: Indices, actions: int) -> Floats:
    """How often each action was answered, `(N, A)`; what is missing to 1 was illegal."""
    share_NA: Floats = (action_NG[:, :, None] == np.arange(actions)).mean(axis=1)
    return share_NA


def earned(action_NG: Indices, history_N: Indices, problem: Problem) -> Floats:
    """The expected reward of each answer, limits left aside, `(N, G)`."""
    full_HX = np.column_stack([problem.reward_HA, np.full(problem.histories, problem.illegal)])
    reward_NG: Floats = full_HX[history_N[:, None], action_NG]
    return reward_NG


def update(
    learner: Speaker,
    questions: Sequence[Question],
    problem: Problem,
    *,
    credit: str,
    samples: int,
    max_new_tokens: int,
    seed: int,
    rate: float,
) -> tuple[Floats, float]:
    """Sample, read, credit, ascend.

    Returns:
        The share of each action among the answers to each question, `(N, A)`, and the gradient's norm.
    """
    said = learner.speak(questions, samples, max_new_tokens, seed)
    action_NG = actions_of(questions, said)
    history_N = np.array([question.state for question in questions], dtype=np.int64)
    reward_1NG = earned(action_NG, history_N, problem)[None]
    credit_NG = CREDITS[credit](reward_1NG, np.zeros_like(reward_1NG))[0]
    learner.forward_said(questions, said)
    norm = learner.ascend(credit_NG / credit_NG.size, rate)
    return frequencies(action_NG, problem.actions), norm
