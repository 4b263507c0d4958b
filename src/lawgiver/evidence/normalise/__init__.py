"""What a text says once its disguises are off: normalise, then guard."""

from lawgiver.evidence.normalise.pipeline import DEPTH, VIEWS, normalise, views
from lawgiver.evidence.normalise.result import Change, Decoded, Normalised

__all__ = ["DEPTH", "VIEWS", "Change", "Decoded", "Normalised", "normalise", "views"]
