"""Libraries that speak only when they fail."""

from __future__ import annotations

from transformers.utils import logging


def quiet() -> None:
    """Silence transformers' warnings and progress bars: progress is shown by whoever asked, and in one voice."""
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
