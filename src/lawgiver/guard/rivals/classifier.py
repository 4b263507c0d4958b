"""A sequence classifier from the hub or a folder as a guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, PreTrainedModel, PreTrainedTokenizerBase

from lawgiver.guard.example import Example
from lawgiver.guard.rivals.labels import mapped, to_score
from lawgiver.guard.rivals.spec import ClassifierSpec
from lawgiver.guard.scorer import GuardScore, readable, silent
from lawgiver.models.load import default_dtype, device, load_tokenizer
from lawgiver.models.resolve import resolve
from lawgiver.outcome import Abstained, ConfigurationError, Outcome, Value


@dataclass(frozen=True)
class Classifier:
    """A loaded classifier."""

    spec: ClassifierSpec
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    meanings: tuple[str, ...]
    """What each output means."""
    exclusive: bool
    """Whether outputs are a softmax."""
    version: str

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.spec.name or self.spec.model

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """One outcome for each text; of a long one, the window that is worst."""
        found: list[Outcome[GuardScore]] = [silent(each) or Abstained("not scored") for each in examples]
        legible = [i for i, each in enumerate(examples) if not silent(each)]
        windows = [(i, ids) for i in legible for ids in self._cut(examples[i])]
        windows.sort(key=lambda window: -len(window[1]))  # windows of like length pad little
        worst: dict[int, GuardScore] = {}
        for start in range(0, len(windows), self.spec.batch_size):
            batch = windows[start : start + self.spec.batch_size]
            for (i, _), p_L in zip(batch, self._probabilities([ids for _, ids in batch]), strict=True):
                score = to_score(p_L, self.meanings, exclusive=self.exclusive)
                worst[i] = _worse(worst[i], score) if i in worst else score
        for i, score in worst.items():
            found[i] = Value(score)
        return found

    def _cut(self, example: Example) -> list[list[int]]:
        """The text in windows of token ids."""
        encoded = self.tokenizer(
            readable(example.scored),
            truncation=True,
            max_length=self.spec.max_length,
            stride=min(self.spec.overlap, self.spec.max_length // 2),
            return_overflowing_tokens=self.spec.long == "windows",
        )
        ids: Any = encoded["input_ids"]
        return list(ids) if ids and isinstance(ids[0], list) else [ids]

    def _probabilities(self, rows: list[list[int]]) -> list[list[float]]:
        batch = self.tokenizer.pad({"input_ids": rows}, padding_side="right", return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            logits_BL = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.float()
        p_BL = logits_BL.softmax(-1) if self.exclusive else logits_BL.sigmoid()
        rows_L: list[list[float]] = p_BL.tolist()
        return rows_L


def open_classifier(spec: ClassifierSpec) -> Classifier:
    """Load a classifier.

    Raises:
        ConfigurationError: if it cannot be loaded, or what its labels mean cannot be told.
        DownloadError: if it has to be fetched and cannot be.
    """
    resolved = resolve(spec.model)
    tokenizer = load_tokenizer(spec.tokenizer or spec.model)
    try:
        model = AutoModelForSequenceClassification.from_pretrained(
            resolved.path, dtype=default_dtype(), use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ConfigurationError(f"{spec.model}: no classifier can be loaded from there: {first}") from None
    config = model.config
    if config.pad_token_id is None:
        config.pad_token_id = tokenizer.pad_token_id
    own = [str(config.id2label[index]) for index in range(config.num_labels)]
    meanings = mapped(own, spec.labels, spec.model)
    unnamed = own == [f"LABEL_{index}" for index in range(12)]
    multi = config.problem_type == "multi_label_classification" or len(own) == 1 or unnamed
    exclusive = spec.activation == "softmax" or (spec.activation == "auto" and not multi)
    ready = torch.nn.Module.to(model, device=device()).train(False)
    return Classifier(spec, ready, tokenizer, tuple(meanings), exclusive, resolved.fingerprint())


def _worse(one: GuardScore, other: GuardScore) -> GuardScore:
    """The higher of each probability."""
    categories = {name: max(p, other.categories[name]) for name, p in one.categories.items()}
    return GuardScore(max(one.unsafe, other.unsafe), categories)
