"""A softmax table over histories: every algorithm runs on it in milliseconds, without a language model."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.data.files import atomic_write
from lawgiver.games.learn.policy import Reset
from lawgiver.games.markov import Floats
from lawgiver.games.prompts.question import Question

BETAS = (0.9, 0.99)
FILE = "tabular.npz"


class Tabular:
    """Logits over A answers and illegality (the last column) for each of H histories, trained by Adam."""

    def __init__(
        self, histories: int, actions: int, *, learning_rate: float = 0.2, illegal: float = 0.5, seed: int = 0
    ) -> None:
        """Start near indifference.

        Args:
            histories: H.
            actions: A.
            learning_rate: of Adam.
            illegal: probability of an illegal answer to begin with, in (0, 1).
            seed: of the small differences that break ties.
        """
        noise_HX = np.random.default_rng(seed).normal(scale=0.01, size=(histories, actions + 1))
        noise_HX[:, -1] += np.log(actions * illegal / (1 - illegal))
        self.logits_HX: Floats = noise_HX
        self.learning_rate = learning_rate
        self._first = noise_HX.copy()
        self._anchor = noise_HX.copy()
        self._mean, self._square, self._steps = np.zeros_like(noise_HX), np.zeros_like(noise_HX), 0
        self._history_N = np.zeros(0, dtype=np.int64)

    @property
    def p_HA(self) -> Floats:
        """The policy, `(H, A)`; what is missing to 1 is illegal."""
        return np.exp(_log_softmax(self.logits_HX))[:, :-1]

    def action_logprobs(self, questions: Sequence[Question]) -> Floats:
        """See `Policy`."""
        return _log_softmax(self.logits_HX)[_histories(questions), :-1]

    def forward(self, questions: Sequence[Question]) -> Floats:
        """See `Learner`."""
        self._history_N = _histories(questions)
        return self.action_logprobs(questions)

    def ascend(self, weights_NA: Floats, rate: float = 1.0) -> float:
        """See `Learner`."""
        gradient_HX = np.zeros_like(self.logits_HX)
        np.add.at(gradient_HX[:, :-1], self._history_N, weights_NA)
        gradient_HX -= np.exp(_log_softmax(self.logits_HX)) * gradient_HX.sum(axis=1, keepdims=True)
        self._steps += 1
        self._mean = BETAS[0] * self._mean + (1 - BETAS[0]) * gradient_HX
        self._square = BETAS[1] * self._square + (1 - BETAS[1]) * gradient_HX**2
        mean_HX = self._mean / (1 - BETAS[0] ** self._steps)
        square_HX = self._square / (1 - BETAS[1] ** self._steps)
        self.logits_HX = self.logits_HX + rate * self.learning_rate * mean_HX / (np.sqrt(square_HX) + 1e-8)
        return float(np.sqrt((gradient_HX**2).sum()))

    def reference(self, questions: Sequence[Question]) -> Floats:
        """See `Learner`."""
        return _log_softmax(self._anchor)[_histories(questions), :-1]

    def begin_phase(self, reset: Sequence[Reset]) -> None:
        """See `Learner`."""
        if "optimiser" in reset:
            self._mean, self._square, self._steps = np.zeros_like(self._mean), np.zeros_like(self._square), 0
        if "anchor" in reset:
            self._anchor = self.logits_HX.copy()

    def save(self, folder: Path) -> None:
        """See `Learner`."""
        sheet = io.BytesIO()
        np.savez(
            sheet,
            logits=self.logits_HX,
            anchor=self._anchor,
            mean=self._mean,
            square=self._square,
            steps=np.array(self._steps),
        )
        atomic_write(folder / FILE, sheet.getvalue())

    def restore(self, folder: Path) -> None:
        """See `Learner`."""
        with np.load(folder / FILE, allow_pickle=False) as kept:
            self.logits_HX, self._anchor = kept["logits"], kept["anchor"]
            self._mean, self._square, self._steps = kept["mean"], kept["square"], int(kept["steps"])

    def cost(self) -> dict[str, Any]:
        """See `Learner`."""
        return {"tokens": 0}


def _histories(questions: Sequence[Question]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([question.state for question in questions], dtype=np.int64)


def _log_softmax(logits_HX: Floats) -> Floats:
    shifted_HX = logits_HX - logits_HX.max(axis=1, keepdims=True)
    logs_HX: Floats = shifted_HX - np.log(np.exp(shifted_HX).sum(axis=1, keepdims=True))
    return logs_HX
