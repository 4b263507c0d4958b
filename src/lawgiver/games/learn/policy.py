"""What a learner must be able to do: score its answers, and follow a gradient on those scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from lawgiver.games.markov import Floats
from lawgiver.games.prompts.question import Question

Reset = Literal["optimiser", "moments", "anchor"]


class Policy(Protocol):
    """Anything that answers questions with probabilities that can be read."""

    def action_logprobs(self, questions: Sequence[Question]) -> Floats:
        """`log p(answer | prompt)` of whole answers, `(N, A)`, in nats; what is missing to 1 is illegal."""
        ...


class Learner(Policy, Protocol):
    """A policy with parameters."""

    def forward(self, questions: Sequence[Question]) -> Floats:
        """As `action_logprobs`, remembering what `ascend` needs."""
        ...

    def ascend(self, weights_NA: Floats, rate: float = 1.0) -> float:
        """One optimiser step up `Σ weights · log p` at the last `forward`, at `rate` times the learning rate.

        Returns the gradient's norm before clipping.
        """
        ...

    def reference(self, questions: Sequence[Question]) -> Floats:
        """The log-probabilities of the KL anchor."""
        ...

    def begin_phase(self, reset: Sequence[Reset]) -> None:
        """Forget what a phase is to forget: the optimiser's state; `anchor` makes the present policy the KL anchor."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything that a bit-exact continuation needs into a folder that exists."""
        ...

    def restore(self, folder: Path) -> None:
        """Take up what `save` wrote."""
        ...

    def cost(self) -> dict[str, Any]:
        """What scoring has cost so far: `tokens`, forward tokens of all calls."""
        ...
