"""Shared prefixes against a plain padded batch: the same log-probabilities, in how much less time?"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from lawgiver.games.learn.plan import Plan, questions
from lawgiver.games.lm.learner import LMLearner
from lawgiver.games.lm.policy import LMPolicy
from lawgiver.games.prompts import Question, grid, layouts
from lawgiver.games.prompts.words import PAPER_TRAINING
from lawgiver.models.load import LoadedModel, default_dtype, load

TARGET_SPEED_UP = 1.7
TARGET_DIFFERENCE = 1e-3
"""Of a log-probability, in nats, in fp32."""
BATCH_ROWS = (4, 8, 1000)
"""The plain way is timed with each, and its quickest counts."""


class Rows(NamedTuple):
    """R prompts, padded on the left so that all end together, and what follows each, padded on the right."""

    ids_RT: torch.Tensor
    mask_RT: torch.Tensor
    answers_RK: torch.Tensor
    said_RK: torch.Tensor
    """Whether a token of `answers_RK` is the answer's, not padding."""

    @property
    def forward(self) -> dict[str, Any]:
        """Arguments of a forward pass that returns the K + 1 logits from the prompts' last tokens on."""
        positions_RT = (self.mask_RT.cumsum(-1) - 1).clamp(min=0)
        return {
            "input_ids": self.ids_RT,
            "attention_mask": self.mask_RT,
            "position_ids": positions_RT,
            "logits_to_keep": self.answers_RK.shape[1] + 1,
        }


def padded(prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], pad: int, device: Any) -> Rows:
    """Put token sequences into one batch."""
    left, right = max(map(len, prompts)), max(map(len, answers))
    ids = [[pad] * (left - len(p)) + [*p, *a] + [pad] * (right - len(a)) for p, a in zip(prompts, answers, strict=True)]
    mask = [
        [0] * (left - len(p)) + [1] * (len(p) + len(a)) + [0] * (right - len(a))
        for p, a in zip(prompts, answers, strict=True)
    ]
    ids_RT, mask_RT = torch.tensor(ids, device=device), torch.tensor(mask, device=device)
    return Rows(ids_RT, mask_RT, ids_RT[:, left:], mask_RT[:, left:].bool())


def plain(policy: LMPolicy, asked: Sequence[Question], rows: int) -> torch.Tensor:
    """Every prompt with every answer as a row of its own, rows of like length together: `log p`, `(N, A)`."""
    prompts = [policy.prompt(question) for question in asked for _ in question.answers]
    answers = [policy.answer(word) for question in asked for word in question.answers]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]) + len(answers[i]))
    model, pad = policy.loaded.model, int(policy.loaded.tokenizer.pad_token_id)
    totals: dict[int, torch.Tensor] = {}
    for start in range(0, len(order), rows):
        chosen = order[start : start + rows]
        batch = padded([prompts[i] for i in chosen], [answers[i] for i in chosen], pad, model.device)
        logs_RKV = model(**batch.forward, use_cache=False).logits[:, :-1].float().log_softmax(-1)
        logs_RK = logs_RKV.gather(-1, batch.answers_RK[..., None])[..., 0]
        totals |= dict(zip(chosen, (logs_RK * batch.said_RK).sum(-1), strict=True))
    return torch.stack([totals[i] for i in range(len(prompts))]).view(len(asked), -1)


def timed(ways: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each way, all ways in turns, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            if turn:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def compare(policy: LMPolicy, asked: Sequence[Question], repeats: int, *, gradient: bool) -> dict[str, Any]:
    """Time both ways, and how far apart their results are."""
    model = policy.loaded.model

    def run(score: Callable[[], torch.Tensor]) -> Any:
        if not gradient:
            with torch.inference_mode():
                return score()
        score().mean().backward()  # type: ignore[no-untyped-call]
        return model.zero_grad(set_to_none=True)

    model.train(gradient)
    count = len(asked) * len(asked[0].answers)
    ways: dict[str, Callable[[], Any]] = {"shared": lambda: run(lambda: policy.scores(asked))}
    for rows in sorted({min(rows, count) for rows in BATCH_ROWS}):
        ways[f"plain, {rows} rows"] = lambda rows=rows: run(lambda: plain(policy, asked, rows))  # type: ignore[misc]
    before = policy.cost()
    seconds = timed(ways, repeats)
    model.train(False)
    after = policy.cost()
    median = {name: statistics.median(times) for name, times in seconds.items()}
    best = min((name for name in ways if name != "shared"), key=lambda name: median[name])
    with torch.inference_mode():
        both = [logs.double().numpy(force=True) for logs in (policy.scores(asked), plain(policy, asked, count))]
    return {
        "prompts": len(asked),
        "rows": count,
        "tokens": {key: (after[key] - before[key]) // (repeats + 1) for key in after},
        "seconds": {name: {"median": median[name], "least": min(t), "most": max(t)} for name, t in seconds.items()},
        "plain_counted": best,
        "speed_up": median[best] / median["shared"],
        "largest_difference": float(np.abs(both[0] - both[1]).max()),
        "largest_difference_of_probability": float(np.abs(np.exp(both[0]) - np.exp(both[1])).max()),
    }


def bench(plan: Plan, repeats: int, seed: int, load_as: Callable[..., LoadedModel] = load) -> dict[str, Any]:
    """The 16 prompts of the paper, and the prompts of one update as the recipe asks them, scored and learned from."""
    stage, recipe = plan.seats[0].stage, plan.recipe
    sixteen = grid(stage, [PAPER_TRAINING], layouts(stage, ("introduction", "final")))
    rng = np.random.default_rng(seed)
    words = [plan.words[int(k)] for k in rng.permutation(len(plan.words))[: recipe.prompts.word_sets]]
    update = questions(plan, 0, 0, words, rng)
    report: dict[str, Any] = {"counts": str(default_dtype()).removeprefix("torch."), "target": TARGET_SPEED_UP}
    for dtype in (torch.float32, torch.bfloat16):
        name = str(dtype).removeprefix("torch.")
        policy = LMPolicy(load_as(recipe.model, dtype=dtype))
        report[name] = {
            "16 prompts": compare(policy, sixteen, repeats, gradient=False),
            "update": compare(policy, update, repeats, gradient=False),
        }
        if name == report["counts"]:
            adapter = recipe.lora
            learner = LMLearner(policy.loaded, learning_rate=1e-3, rank=adapter.rank, alpha=adapter.alpha, seed=seed)
            report[name]["update, with gradient"] = compare(learner, update, repeats, gradient=True)
    counted = report[report["counts"]]
    report["met"] = {name: case["speed_up"] >= TARGET_SPEED_UP for name, case in counted.items()}
    report["exact"] = all(case["largest_difference"] <= TARGET_DIFFERENCE for case in report["float32"].values())
    return report
