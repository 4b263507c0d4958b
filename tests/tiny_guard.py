"""A guard with random weights and the twelve categories, made in a moment."""

from pathlib import Path

import torch

from lawgiver.guard.classifier.heads import OUTPUTS
from lawgiver.guard.example import ASSISTANT, USER
from lawgiver.models.classifier.backbone import open_backbone
from lawgiver.models.classifier.card import ClassifierCard
from lawgiver.models.classifier.module import ClassifierModule
from lawgiver.models.classifier.predict import save_classifier
from tiny_encoder import save_tiny_encoder


def save_tiny_guard(folder: Path) -> Path:
    """Write a guard into a folder, the same every time."""
    backbone = open_backbone(save_tiny_encoder(folder.with_name(folder.name + "-encoder")))
    card = ClassifierCard(
        backbone="tiny", outputs=OUTPUTS, pooling="mean", window=24, overlap=6, user=USER, assistant=ASSISTANT
    )
    torch.manual_seed(0)
    save_classifier(folder, card, backbone, ClassifierModule(backbone.model, "mean", len(OUTPUTS)))
    return folder
