"""The training loop: ask, estimate, ascend; one learner or two, phase after phase, resumable to the bit.

What an update asks and draws depends on the seed and the update's number alone, so a resumed run needs no random
state, and two runs that differ in one setting ask the same prompts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from lawgiver.games import markov
from lawgiver.games.learn import objective, reasoned
from lawgiver.games.learn.estimators import Asked, Estimator, estimator
from lawgiver.games.learn.plan import Plan, questions
from lawgiver.games.learn.policy import Learner
from lawgiver.games.learn.reached import gap, legal
from lawgiver.games.learn.shaped import shaping_weights
from lawgiver.games.markov import Floats
from lawgiver.games.oracle import solve
from lawgiver.games.problem import Problem
from lawgiver.games.prompts.question import Question

Row = dict[str, Any]


@dataclass
class State:
    """Where training stands, beside the learners' parameters."""

    update: int = 0
    """Updates done, over all phases."""
    phase: int = 0
    done: int = 0
    """Updates done in this phase."""
    streak: int = 0
    """Updates in a row at the optimum."""
    seconds: float = 0.0
    """Spent training."""
    reached: list[float | None] = field(default_factory=list)
    """Per finished phase: the update at which the optimum was first held; None if it was not."""
    estimators: list[dict[str, Any]] = field(default_factory=list)
    """Per seat."""


class Training:
    """Everything in motion; `step` makes one update of every learner."""

    def __init__(self, plan: Plan, learners: Sequence[Learner], state: State | None = None) -> None:
        """Take up training where `state` says, or at the beginning; the learners' parameters are the caller's."""
        self.plan, self.learners = plan, list(learners)
        self.state = state or State()
        recipe = plan.recipe
        self.estimators: list[Estimator] = [
            estimator(
                recipe.estimator,
                samples=recipe.samples,
                rounds=recipe.rounds,
                clip=recipe.clip,
                epochs=recipe.epochs,
                normalise=recipe.normalise,
                temperature=recipe.temperature,
            )
            for _ in self.learners
        ]
        for each, kept in zip(self.estimators, self.state.estimators, strict=False):
            each.restore(kept)

    @property
    def finished(self) -> bool:
        """Whether every phase is done."""
        return self.state.phase >= len(self.plan.recipe.phases)

    def run(self, on_row: Callable[[Row], None]) -> None:
        """Update until every phase is done."""
        while not self.finished:
            on_row(self.step())

    def step(self) -> Row:
        """One update of every learner; returns the line for `metrics.jsonl`, about the policy before the update."""
        started = time.perf_counter()
        state, recipe = self.state, self.plan.recipe
        phase = recipe.phases[state.phase]
        if state.done == 0:
            self._begin(state.phase)
        asked = [self._ask(seat) for seat in range(len(self.learners))]
        rows = [self._reasoned(asked[0])] if recipe.prompts.ask == "reason" else self._scored(asked)
        state.update += 1
        state.done += 1
        state.seconds += time.perf_counter() - started
        row: Row = {
            "step": state.update,
            "phase": state.phase,
            "framework": phase.framework,
            "seconds": round(state.seconds, 3),
            "tokens": sum(int(learner.cost()["tokens"]) for learner in self.learners),
            "learners": rows,
        }
        self._advance(rows, phase.updates)
        return row

    def _scored(self, asked: list[list[Question]]) -> list[Row]:
        """An update of every learner by the exact probabilities of its answers."""
        logps = [learner.forward(asked[seat]) for seat, learner in enumerate(self.learners)]
        tables = [self._table(seat, asked[seat], logps[seat]) for seat in range(len(self.learners))]
        return [
            self._update(
                seat, asked[seat], logps[seat], self._problem(seat, tables), self._shaping(seat, asked, tables)
            )
            for seat in range(len(self.learners))
        ]

    def _reasoned(self, asked: list[Question]) -> Row:
        """An update by sampled answers that give a reason first; what is logged are their frequencies."""
        recipe, problem = self.plan.recipe, self.plan.seats[0].problems[self.state.phase]
        p_NA, norm = reasoned.update(
            cast("reasoned.Speaker", self.learners[0]),
            asked,
            problem,
            credit=recipe.estimator,
            samples=recipe.samples,
            max_new_tokens=recipe.prompts.max_new_tokens,
            seed=recipe.seed * 1_000_003 + self.state.update,
            rate=self._rate(),
        )
        history_N = np.array([question.state for question in asked], dtype=np.int64)
        p_HA = objective.pooled(p_NA, history_N, problem.histories)
        return {
            "objective": problem.value(p_HA),
            "p": p_HA.tolist(),
            "legal": float(p_NA.sum(axis=1).mean()),
            "legal_least": legal(p_NA),
            "gap": gap(p_NA, history_N, solve(problem)),
            "kl": None,
            "gradient_norm": norm,
            "costs": {},
            "lambda": {},
        }

    def snapshot(self) -> State:
        """The state with what estimators remember, for a checkpoint."""
        self.state.estimators = [each.to_json() for each in self.estimators]
        return self.state

    def _advance(self, rows: list[Row], most: int) -> None:
        state, stop = self.state, self.plan.recipe.stop
        bounds = self.plan.seats[0].problems[state.phase].bounds
        there = stop is not None and all(
            row["gap"] <= stop.tolerance
            and row["legal_least"] >= stop.legal
            and all((row["costs"].get(b.name) or 0.0) <= b.limit + stop.tolerance for b in bounds)
            for row in rows
        )
        state.streak = state.streak + 1 if there else 0
        held = stop is not None and state.streak >= stop.patience
        if held or state.done >= most:
            state.reached.append(state.update - state.streak + 1 if held else None)
            state.phase, state.done, state.streak = state.phase + 1, 0, 0

    def _begin(self, phase: int) -> None:
        reset = self.plan.recipe.phases[phase].reset
        for learner, each in zip(self.learners, self.estimators, strict=True):
            learner.begin_phase(reset)
            each.begin_phase("moments" in reset)

    def _ask(self, seat: int) -> list[Question]:
        plan, settings = self.plan, self.plan.recipe.prompts
        rng = np.random.default_rng([plan.recipe.seed, 1, seat, self.state.update])
        # pass after pass over the words, each shuffled anew, so that none waits long
        start = self.state.update * settings.word_sets
        chosen = [self._word(seat, start + k) for k in range(settings.word_sets)]
        return questions(plan, seat, self.state.phase, chosen, rng)

    def _word(self, seat: int, turn: int) -> tuple[str, ...]:
        words = self.plan.words
        order = np.random.default_rng([self.plan.recipe.seed, 2, seat, turn // len(words)]).permutation(len(words))
        chosen = words[int(order[turn % len(words)])]
        flip = np.random.default_rng([self.plan.recipe.seed, 3, seat, turn]).random() < 0.5
        return chosen[::-1] if flip else chosen

    def _table(self, seat: int, asked: list[Question], logp_NA: Floats) -> Floats:
        histories = np.array([question.state for question in asked])
        return objective.pooled(np.exp(logp_NA), histories, self.plan.seats[seat].problems[0].histories)

    def _problem(self, seat: int, tables: list[Floats]) -> Problem:
        own = self.plan.seats[seat].problems[self.state.phase]
        if len(tables) == 1:
            return own
        other_HB = tables[1 - seat]
        legal_H1 = other_HB.sum(axis=1, keepdims=True)
        played_HB = np.where(legal_H1 > 0, other_HB / np.maximum(legal_H1, 1e-300), 1 / other_HB.shape[1])
        return own.against(markov.mirror(played_HB, own.actions))

    def _shaping(self, seat: int, asked: list[list[Question]], tables: list[Floats]) -> Floats | float:
        """What the learner adds to its weights because the other learns too; 0 where it takes the other as it is."""
        lookahead = self.plan.recipe.shaping
        if not lookahead:
            return 0.0
        history_N = np.array([question.state for question in asked[seat]], dtype=np.int64)
        own, other = (self.plan.seats[index].problems[self.state.phase] for index in (seat, 1 - seat))
        return shaping_weights(history_N, tables[seat], tables[1 - seat], own, other, lookahead)

    def _update(
        self, seat: int, asked: list[Question], logp_NA: Floats, problem: Problem, extra_NA: Floats | float
    ) -> Row:
        learner, each, recipe = self.learners[seat], self.estimators[seat], self.plan.recipe
        history_N = np.array([question.state for question in asked], dtype=np.int64)
        reference_NA = learner.reference(asked) if recipe.kl_beta else None
        prices = objective.exact_prices(
            logp_NA,
            history_N,
            problem,
            recipe.temperature,
            cap=recipe.lagrangian.cap,
            beta=recipe.kl_beta,
            reference_NA=reference_NA,
        )
        about = Asked(logp_NA, history_N, problem, prices, recipe.kl_beta, reference_NA)
        drawn = each.draw(about, np.random.default_rng([recipe.seed, 4, seat, self.state.update]))
        rate = self._rate()
        norm = learner.ascend(each.weights(about, drawn, logp_NA) + extra_NA, rate)
        for _ in range(each.epochs - 1):
            norm = learner.ascend(each.weights(about, drawn, learner.forward(asked)), rate)
        p_NA = np.exp(logp_NA)
        p_HA = objective.pooled(p_NA, history_N, problem.histories)
        means = {bound.name: bound.mean(p_HA, problem.share(p_HA)) for bound in problem.bounds}
        return {
            "objective": objective.value(logp_NA, history_N, problem),
            "p": p_HA.tolist(),
            "legal": float(p_NA.sum(axis=1).mean()),
            "legal_least": legal(p_NA),
            "gap": gap(p_NA, history_N, solve(problem)),
            "kl": float(objective.kl(logp_NA, reference_NA).mean()) if reference_NA is not None else None,
            "gradient_norm": norm,
            "costs": {name: None if np.isnan(mean) else mean for name, mean in means.items()},
            "lambda": prices,
        }

    def _rate(self) -> float:
        """The share of the learning rate at this point of the phase."""
        recipe, done = self.plan.recipe, self.state.done
        if recipe.schedule == "constant":
            return 1.0
        return 1.0 - 0.9 * done / recipe.phases[self.state.phase].updates
