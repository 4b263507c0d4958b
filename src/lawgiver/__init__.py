"""One charter for a language model, from training to proof."""

__version__ = "0.1.0"
