"""The policies behind the players, loaded when the first of their cells is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lawgiver.games.evaluate.cells import BASE, Cell, grown
from lawgiver.games.evaluate.plan import Plan
from lawgiver.games.evaluate.subject import Subject, read_table
from lawgiver.games.evaluate.words import Encode
from lawgiver.games.learn.policy import Policy
from lawgiver.games.markov import Floats
from lawgiver.games.prompts.question import Question

if TYPE_CHECKING:
    from lawgiver.games.lm.policy import LMPolicy

Say = Callable[[str], None]


class Table:
    """A policy that is written down; it knows the state of a question and nothing else of it."""

    def __init__(self, p_HA: Floats) -> None:
        """Take a table, `(H, A)`; illegal mass is what rows lack to 1."""
        self.p_HA = p_HA

    def action_logprobs(self, questions: Sequence[Question]) -> Floats:
        """See `Policy`."""
        with np.errstate(divide="ignore"):  # what never happens has the log-probability −∞
            logp_HA: Floats = np.log(self.p_HA)
        return logp_HA[[question.state for question in questions]]


class Policies:
    """Models and tables of an evaluation, at most one model beside the untrained one in memory."""

    def __init__(self, plan: Plan, say: Say = lambda _: None) -> None:
        """Load nothing yet; `say` is told what takes time."""
        self.plan, self.say = plan, say
        self._base: LMPolicy | None = None
        self._model: tuple[str, LMPolicy] | None = None

    def of(self, cell: Cell) -> Policy:
        """Who answers a cell."""
        subject = self._subject(cell.player)
        if subject is not None and subject.table is not None:
            return Table(read_table(subject.table, self.plan.setups[cell.game].stage, self.plan.config.history))
        return self.model(cell.player)

    def model(self, player: str) -> LMPolicy:
        """The language model that a player is."""
        subject = self._subject(player)
        if subject is None:
            return self.base()
        if self._model is None or self._model[0] != subject.label:
            self._model = None  # room for the next one
            if "drift" in self.plan.config.skip:
                self._base = None  # its own prompts are done
            self.say(f"loading {subject.label}")
            self._model = subject.label, _load(subject)
        return self._model[1]

    def base(self) -> LMPolicy:
        """The untrained model."""
        if self._base is None:
            name = self.plan.config.base or ""
            self.say(f"loading {name}")
            self._base = _load(Subject(name, "lm", name))
        return self._base

    def _subject(self, player: str) -> Subject | None:
        """The subject that answers for a player; None for the untrained model, if it is another one."""
        if player.startswith(BASE):
            return None if grown(self.plan) else self.plan.subjects[0]
        return self.plan.subjects[int(player.removeprefix("model "))]


def encoder(subject: Subject, say: Say = lambda _: None) -> Encode | None:
    """The tokenizer by which a subject's words are checked, its weights left alone; None for a table.

    Raises:
        ConfigurationError: if there is no such model.
        DownloadError: if it has to be fetched and cannot be.
    """
    if subject.kind == "table":
        return None
    from lawgiver.models.load import load_tokenizer
    from lawgiver.models.prompt import encode

    tokenizer = load_tokenizer(subject.model, say)
    encode(tokenizer, [{"role": "user", "content": "?"}])  # a model without a chat template is found out here

    def ids(word: str) -> list[int]:
        found: list[int] = tokenizer(word, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return found

    return ids


def _load(subject: Subject) -> LMPolicy:
    from lawgiver.games.lm.policy import LMPolicy
    from lawgiver.models.load import load

    return LMPolicy(load(subject.model, adapter=subject.adapter))
