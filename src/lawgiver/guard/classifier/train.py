"""Training of the guard's classifier: a plain loop that an interruption does not change by a bit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch

from lawgiver.data.rundir import RunDirectory
from lawgiver.guard.classifier import checkpoint
from lawgiver.guard.classifier.batches import batch_at, passes_of, rate_at, steps_of
from lawgiver.guard.classifier.data import HELD_OUT
from lawgiver.guard.classifier.heads import OUTPUTS, UNSAFE
from lawgiver.guard.classifier.losses import bce, bootstrapped, gce, smoothed, split_known, zlpr
from lawgiver.guard.classifier.measure import watch
from lawgiver.guard.classifier.plan import GuardPlan
from lawgiver.guard.classifier.settings import ClassifierSettings
from lawgiver.models.classifier.card import INSIDE, classifier_sha256
from lawgiver.models.classifier.module import highest, padded
from lawgiver.models.classifier.predict import save_classifier
from lawgiver.models.load import default_dtype

OnStep = Callable[[dict[str, Any]], None]


def train_classifier(
    plan: GuardPlan, folder: Path, on_step: OnStep = lambda _: None, *, resume: bool = False
) -> dict[str, Any]:
    """Train the plan's classifier in place and save it in `folder/guard`; returns the run's summary.

    Weights are in fp32; where the processor or GPU multiplies in bf16, so does the backbone.

    Args:
        plan: what `prepare` made of a recipe; a plan is trained once.
        folder: the run directory.
        on_step: told every line of `metrics.jsonl`.
        resume: go on with the run in `folder`, bit for bit as if it had never stopped.

    Raises:
        ConfigurationError: if `folder` holds another run.
    """
    settings, module = plan.recipe.classifier, plan.classifier.module
    document = plan.recipe.model_dump(mode="json") | {"data_sha256": plan.examples.sha256}
    run = RunDirectory.create(folder, document, {}, resume=resume)
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    run.write("data.json", plan.examples.to_json())
    run.write_rows(HELD_OUT, (example.model_dump(mode="json") for example in plan.examples.dev))
    steps = steps_of(len(plan.windows), settings.batch, settings.epochs)
    optimiser = _optimiser(plan)
    states = folder / "checkpoints"
    done = checkpoint.newest_step(states)
    if done:
        checkpoint.restore(states, done, module, optimiser)
    run.rewind_metrics(done)
    for step in range(done, steps):
        row = _step(plan, optimiser, step, steps)
        number = step + 1
        if number % settings.measure_every == 0 or number == steps:
            row |= {f"dev_{name}": value for name, value in measured(plan, settings.measure_most).items()}
        run.log(row)
        on_step(row)
        if number % settings.save_every == 0 and number < steps:
            checkpoint.save(states, number, module, optimiser, settings.keep_checkpoints)
    save_classifier(folder / INSIDE, plan.classifier.card, plan.backbone, module)
    parameters = [(p.numel(), p.requires_grad) for p in module.parameters()]
    summary = {
        "kind": "guard-classifier",
        "steps": steps,
        "examples": len(plan.windows),
        "parameters": sum(number for number, _ in parameters),
        "trained_parameters": sum(number for number, trained in parameters if trained),
        "vocabulary": plan.backbone.model.config.vocab_size,
        "dev": measured(plan, len(plan.examples.dev)),
        "seconds": sum(row["seconds"] for row in run.metrics()),
        "guard_sha256": classifier_sha256(folder),
    }
    run.write("summary.json", summary)
    return summary


def measured(plan: GuardPlan, most: int) -> dict[str, float | int]:
    """Numbers over the first so many of the examples held out, which are in no order."""
    examples = sorted(plan.examples.dev, key=lambda example: example.group)[:most]
    attention = plan.backbone.model.config._attn_implementation
    plan.backbone.model.set_attn_implementation("sdpa")  # faster where nothing is learned
    try:
        outcomes = plan.classifier.predict([example.scored for example in examples])
    finally:
        plan.backbone.model.set_attn_implementation(attention)
    return watch(examples, outcomes)


def _step(plan: GuardPlan, optimiser: torch.optim.Optimizer, step: int, steps: int) -> dict[str, Any]:
    began = time.perf_counter()
    settings, module = plan.recipe.classifier, plan.classifier.module
    module.train()
    chosen = batch_at(step, len(plan.windows), settings.batch, settings.seed)
    lengths = {at: [len(window.ids) for window in plan.windows[at]] for at in chosen}
    weight = float(plan.weights_N[chosen].sum())
    share = rate_at(step, steps, settings.warmup, settings.schedule)
    for parameters in optimiser.param_groups:
        parameters["lr"] = parameters["peak"] * share
    total, tokens = 0.0, 0
    for group in passes_of(chosen, lengths, settings.micro_tokens):
        loss = _loss(plan, group) / weight
        loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
        tokens += sum(sum(lengths[at]) for at in group)
    trained = [p for p in module.parameters() if p.requires_grad]
    norm = torch.nn.utils.clip_grad_norm_(trained, settings.max_grad_norm)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return {
        "step": step + 1,
        "of": steps,
        "loss": total,
        "gradient_norm": float(norm),
        "learning_rate": settings.learning_rate * share,
        "tokens": tokens,
        "seconds": round(time.perf_counter() - began, 4),
    }


def _loss(plan: GuardPlan, group: Sequence[int]) -> torch.Tensor:
    """The weighted sum of the losses of a group of examples."""
    where = plan.classifier.module.head.weight.device
    windows = [window for at in group for window in plan.windows[at]]
    owner_W = torch.tensor([place for place, at in enumerate(group) for _ in plan.windows[at]], device=where)
    ids_WT, mask_WT = padded(windows, plan.classifier.pad)
    with autocast(where):
        logits_WO = plan.classifier.module(ids_WT.to(where), mask_WT.to(where))
    labels_BO = torch.from_numpy(plan.targets_NO[list(group)]).to(where)
    losses_B = losses_of(highest(logits_WO, owner_W, len(group)), labels_BO, plan.recipe.classifier)
    return (losses_B * torch.from_numpy(plan.weights_N[list(group)]).to(where)).sum()


def losses_of(logits_BO: torch.Tensor, labels_BO: torch.Tensor, settings: ClassifierSettings) -> torch.Tensor:
    """The loss of each of B examples, (B,), as the settings say; labels are NaN where nothing is known."""
    targets_BO, known_BO = split_known(labels_BO)
    targets_BO = smoothed(targets_BO, settings.smoothing)
    targets_BO = bootstrapped(targets_BO, logits_BO, settings.bootstrap)
    weights_O = torch.tensor([1.0 if name == UNSAFE else settings.category_weight for name in OUTPUTS])
    weights_O = weights_O.to(logits_BO.device)
    if settings.loss == "gce":
        return gce(logits_BO, targets_BO, known_BO, weights_O, q=settings.gce_q)
    return (bce if settings.loss == "bce" else zlpr)(logits_BO, targets_BO, known_BO, weights_O)


def autocast(where: torch.device) -> AbstractContextManager[Any]:
    """In which a backbone multiplies in bf16, if that is fast there."""
    if default_dtype() == torch.bfloat16:
        return torch.autocast(where.type, torch.bfloat16)
    return nullcontext()


def _optimiser(plan: GuardPlan) -> torch.optim.Optimizer:
    """AdamW; biases and norms do not decay, and the head learns at a rate of its own."""
    settings, module = plan.recipe.classifier, plan.classifier.module
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            peak = settings.head_learning_rate if name.startswith("head.") else settings.learning_rate
            decay = settings.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((peak, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "lr": peak, "peak": peak, "weight_decay": decay}
            for (peak, decay), parameters in groups.items()
        ]
    )
