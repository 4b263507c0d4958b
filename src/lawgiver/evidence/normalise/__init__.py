"""What a text says once its disguises are off: normalise, then guard."""

from lawgiver.guard.normalise.pipeline import DEPTH, VIEWS, normalise, views
from lawgiver.guard.normalise.result import Change, Decoded, Normalised

__all__ = ["DEPTH", "VIEWS", "Change", "Decoded", "Normalised", "normalise", "views"]
