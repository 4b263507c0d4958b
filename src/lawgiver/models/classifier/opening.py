"""A classifier opened by whatever runs it: onnxruntime if it was exported, else torch."""

from __future__ import annotations

from pathlib import Path

from lawgiver.models.classifier.card import find_classifier, is_exported
from lawgiver.models.classifier.reading import Reader


def open_reader(path: Path) -> Reader:
    """Open a classifier by its folder, or by the run that trained it.

    Raises:
        ConfigurationError: if there is none, its parts do not fit each other, or an exported one was changed.
    """
    if is_exported(find_classifier(path)):
        from lawgiver.models.classifier.onnx_classifier import open_onnx

        return open_onnx(path)
    from lawgiver.models.classifier.predict import open_classifier  # brings torch

    return open_classifier(path)
