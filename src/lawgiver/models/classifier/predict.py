"""A trained classifier that reads texts of any length: a probability for each output, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from lawgiver.models.classifier.backbone import Backbone, open_backbone
from lawgiver.models.classifier.card import HEAD, ClassifierCard, find_classifier, read_card, write_card
from lawgiver.models.classifier.module import ClassifierModule, by_size, padded
from lawgiver.models.classifier.reading import MAX_WINDOWS, Prediction, read_texts
from lawgiver.models.classifier.windows import Window, Windower
from lawgiver.models.load import device
from lawgiver.outcome import ConfigurationError, Outcome


@dataclass
class Classifier:
    """A trained classifier."""

    card: ClassifierCard
    module: ClassifierModule
    windower: Windower
    pad: int
    """The id of padding."""

    def predict(
        self,
        texts: Sequence[str],
        *,
        batch_tokens: int = 4096,
        max_windows: int = MAX_WINDOWS,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Outcome[Prediction]]:
        """Read N texts, those of like length together; the order of the answers is that of the texts.

        Args:
            texts: anything; a text that is not valid Unicode, has no known token, or too many windows gets none.
            batch_tokens: tokens read at once, padding included.
            max_windows: the most windows of a text that are read.
            on_progress: told how many more windows are done.
        """
        return read_texts(
            texts,
            self.windower,
            self.card.outputs,
            lambda windows: self.logits(windows, batch_tokens, on_progress).numpy(),
            max_windows,
        )

    def logits(
        self, windows: Sequence[Window], batch_tokens: int = 4096, on_progress: Callable[[int], None] | None = None
    ) -> torch.Tensor:
        """Logits of W windows, (W, O), on the processor."""
        logits_WO = torch.empty(len(windows), len(self.card.outputs))
        where = self.module.head.weight.device
        self.module.eval()
        for group in by_size([len(window.ids) for window in windows], batch_tokens):
            ids_WT, mask_WT = padded([windows[position] for position in group], self.pad)
            with torch.inference_mode():
                logits_WO[group] = self.module(ids_WT.to(where), mask_WT.to(where)).cpu()
            if on_progress:
                on_progress(len(group))
        return logits_WO


def classifier_of(card: ClassifierCard, backbone: Backbone, module: ClassifierModule) -> Classifier:
    """Put the parts together.

    Raises:
        ConfigurationError: if the windows of the card do not fit the backbone.
    """
    limit = getattr(backbone.model.config, "max_position_embeddings", None)
    if limit and card.window > limit:
        raise ConfigurationError(f"window: {card.window} tokens, but {card.backbone} reads {limit} at once")
    windower = Windower(backbone.tokenizer, size=card.window, overlap=card.overlap, prefix=card.prefix)
    pad = backbone.tokenizer.pad_token_id
    return Classifier(card, module, windower, int(pad) if isinstance(pad, int) else 0)


def save_classifier(folder: Path, card: ClassifierCard, backbone: Backbone, module: ClassifierModule) -> None:
    """Write backbone, tokenizer, head and card into a folder; the card last, so that it stands for the others."""
    folder.mkdir(parents=True, exist_ok=True)
    backbone.model.save_pretrained(folder)
    backbone.tokenizer.save_pretrained(folder)
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in module.head.state_dict().items()}, folder / HEAD
    )
    write_card(folder, card)


def open_classifier(path: Path) -> Classifier:
    """Load a classifier from its folder, or from the run that trained it, onto the GPU if there is one.

    Raises:
        ConfigurationError: if there is none, or its parts do not fit each other.
    """
    card, backbone, module = open_parts(path)
    return classifier_of(card, backbone, module.requires_grad_(False).to(device()))


def open_parts(path: Path, *, dropout: float = 0.0) -> tuple[ClassifierCard, Backbone, ClassifierModule]:
    """A classifier's parts, to train it on; errors as `open_classifier`."""
    folder, card = find_classifier(path), read_card(path)
    backbone = open_backbone(folder)
    module = ClassifierModule(backbone.model, card.pooling, len(card.outputs), dropout=dropout)
    try:
        module.head.load_state_dict(load_file(folder / HEAD))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ConfigurationError(f"{folder / HEAD}: does not fit the model: {str(error).splitlines()[0]}") from None
    return card, backbone, module
