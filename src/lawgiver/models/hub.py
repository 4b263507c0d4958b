"""A model from the Hugging Face hub, with the hub's own client, cache and settings."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lawgiver.outcome import DownloadError

HUB_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]  # never pickled weights, never code


def is_hub_id(name: str) -> bool:
    """Whether a name has the shape `owner/name`."""
    return HUB_ID.fullmatch(name) is not None and not name.startswith(".")


def from_hub(hub_id: str) -> Path:
    """The folder of a model in the hub's cache, downloaded if need be; `HF_HUB_OFFLINE` is obeyed.

    Raises:
        DownloadError: if it is neither there nor to be had.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise DownloadError(f"{hub_id}: the hub's client is missing; pip install 'lawgiver[train]'") from None
    try:
        return Path(snapshot_download(hub_id, allow_patterns=PATTERNS, etag_timeout=5))
    except (OSError, ValueError) as error:  # the hub's errors are all one or the other
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise DownloadError(
            f"{hub_id}: cannot be had from the Hugging Face hub ({first.rstrip('.')}); check the id, the network and "
            "HF_HUB_OFFLINE, or give a folder"
        ) from None
