"""A recipe of a guard made concrete: examples read, backbone loaded and cut down, windows laid."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from lawgiver.guard.classifier.data import GuardExamples, epoch, prepare_examples
from lawgiver.guard.classifier.heads import OUTPUTS, targets_of
from lawgiver.guard.classifier.settings import ClassifierSettings, GuardRecipe
from lawgiver.guard.example import ASSISTANT, USER, Example
from lawgiver.models.classifier.backbone import Backbone, drop_out, freeze, load_backbone
from lawgiver.models.classifier.card import ClassifierCard
from lawgiver.models.classifier.module import ClassifierModule
from lawgiver.models.classifier.predict import Classifier, classifier_of, open_parts
from lawgiver.models.classifier.vocabulary import prune, shrink
from lawgiver.models.classifier.windows import Window
from lawgiver.models.load import device
from lawgiver.outcome import ConfigurationError

Say = Callable[[str], None]


@dataclass
class GuardPlan:
    """Everything that training needs."""

    recipe: GuardRecipe
    examples: GuardExamples
    backbone: Backbone
    classifier: Classifier
    """Untrained, on the GPU if there is one; training changes it in place."""
    windows: list[list[Window]]
    """Of each of the N examples of an epoch."""
    targets_NO: npt.NDArray[np.float32]
    weights_N: npt.NDArray[np.float32]


def prepare(
    recipe: GuardRecipe,
    more: Iterable[Example] = (),
    on_message: Say = lambda _: None,
    *,
    load: Callable[[str], Backbone] | None = None,
) -> GuardPlan:
    """Read the examples and build an untrained classifier; the head is drawn by the recipe's seed.

    Args:
        recipe: what is asked for.
        more: examples beside those in the recipe's files.
        on_message: told what takes time.
        load: from a name to a backbone; None takes `load_backbone`.

    Raises:
        ConfigurationError: for whatever of it is wrong.
        DownloadError: if the backbone has to be fetched and cannot be.
    """
    examples = prepare_examples(recipe.data, more)
    return plan_of(recipe, examples, epoch(examples.train, recipe.data), on_message, load=load)


def plan_of(
    recipe: GuardRecipe,
    examples: GuardExamples,
    seen: list[Example],
    on_message: Say = lambda _: None,
    *,
    load: Callable[[str], Backbone] | None = None,
) -> GuardPlan:
    """As `prepare`, of examples that were read already.

    Args:
        recipe: its `classifier` says how; what its `data` names is not read.
        examples: what is held out, and what the vocabulary is made for.
        seen: what an epoch is made of.
        on_message: told what takes time.
        load: from a name to a backbone; None takes `load_backbone`.
    """
    settings = recipe.classifier
    backbone = load(settings.backbone) if load else load_backbone(settings.backbone, on_message)
    if settings.prune:
        on_message("cutting the vocabulary down to what the training texts use")
        texts = [settings.prefix.strip(), *(example.scored for example in examples.train)]
        backbone.tokenizer, kept_K = prune(
            backbone.tokenizer, texts, least=settings.prune_least, commonest=settings.prune_commonest
        )
        shrink(backbone.model, kept_K)
    _settle(backbone, settings)
    torch.manual_seed(settings.seed)
    module = ClassifierModule(backbone.model, backbone.pooling, len(OUTPUTS), dropout=settings.dropout)
    if device().type == "cpu":
        backbone.model.set_attn_implementation("eager")  # the fused kernel's backward pass is slow there
    card = ClassifierCard(
        backbone=settings.backbone,
        outputs=OUTPUTS,
        pooling=backbone.pooling,
        window=settings.window,
        overlap=settings.overlap,
        prefix=settings.prefix,
        user=USER,
        assistant=ASSISTANT,
        languages=tuple(sorted({example.language for example in seen} - {""})),
        data_sha256=examples.sha256,
    )
    classifier = classifier_of(card, backbone, module.to(device()))
    return _laid(recipe, examples, seen, backbone, classifier, on_message)


def plan_on(
    recipe: GuardRecipe,
    examples: GuardExamples,
    seen: list[Example],
    start: Path,
    on_message: Say = lambda _: None,
) -> GuardPlan:
    """As `plan_of`, but training goes on from a guard: head, vocabulary and windows are its, whatever the recipe says.

    Raises:
        ConfigurationError: if there is no guard in `start`.
    """
    settings = recipe.classifier
    card, backbone, module = open_parts(start, dropout=settings.dropout)
    if card.outputs != OUTPUTS:
        raise ConfigurationError(f"{start}: its outputs are not those of a guard")
    _settle(backbone, settings)
    torch.manual_seed(settings.seed)
    if device().type == "cpu":
        backbone.model.set_attn_implementation("eager")
    languages = {*card.languages, *(example.language for example in seen)} - {""}
    card = card.model_copy(update={"languages": tuple(sorted(languages)), "data_sha256": examples.sha256})
    classifier = classifier_of(card, backbone, module.to(device()))
    return _laid(recipe, examples, seen, backbone, classifier, on_message)


def _settle(backbone: Backbone, settings: ClassifierSettings) -> None:
    freeze(backbone.model, settings.freeze, embeddings=settings.freeze_embeddings)
    if settings.backbone_dropout is not None:
        drop_out(backbone.model, settings.backbone_dropout)


def _laid(
    recipe: GuardRecipe,
    examples: GuardExamples,
    seen: list[Example],
    backbone: Backbone,
    classifier: Classifier,
    on_message: Say,
) -> GuardPlan:
    on_message(f"cutting {len(seen)} texts into windows")
    kept, windows = _with_tokens(seen, classifier, recipe.classifier.train_windows)
    if not kept:
        raise ConfigurationError("data: no text has a token that the backbone knows")
    weights_N = np.array([example.weight for example in kept], dtype=np.float32)
    return GuardPlan(recipe, examples, backbone, classifier, windows, targets_of(kept), weights_N)


def _with_tokens(
    examples: list[Example], classifier: Classifier, most: int
) -> tuple[list[Example], list[list[Window]]]:
    """The examples that the model can read, and at most so many windows of each."""
    found = classifier.windower([example.scored for example in examples])
    read = [(example, windows[:most]) for example, windows in zip(examples, found, strict=True) if windows]
    return [example for example, _ in read], [windows for _, windows in read]
