"""Rows of a data set on the Hugging Face hub, or of a folder laid out like one, by way of `datasets`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lawgiver.data.preference.source import Placed, optional_module
from lawgiver.outcome import ConfigurationError

_NAME = r"[A-Za-z0-9][\w.-]{0,95}"
_HUB = re.compile(
    rf"(?P<name>{_NAME}/{_NAME})(?:/(?P<folder>[\w./-]+))?(?:@(?P<revision>[\w.-]+))?(?::(?P<split>[\w.-]+))?", re.ASCII
)
_FOLDER = re.compile(r"(?P<name>.+?)(?::(?P<split>[\w.-]+))?")

PLAIN = frozenset({"json", "parquet", "csv", "arrow"})
"""The kinds of files taken; others hold no text, or once were unpickled."""


class HubSource(NamedTuple):
    """A data set and the part of it that is wanted."""

    name: str
    folder: str | None
    """A folder inside the data set, which some use for their parts."""
    revision: str | None
    split: str


def hub_source(source: str) -> HubSource | None:
    """Read `owner/name[/folder][@revision][:split]`; None if it is nothing of that shape."""
    found = _HUB.fullmatch(source)
    if found is None or ".." in source:
        return None
    return HubSource(found["name"], found["folder"], found["revision"], found["split"] or "train")


def folder_source(source: str) -> HubSource | None:
    """Read `folder[:split]`; None if there is no such folder."""
    if Path(source).is_dir():
        return HubSource(source, None, None, "train")
    found = _FOLDER.fullmatch(source)
    if found is not None and found["split"] and Path(found["name"]).is_dir():
        return HubSource(found["name"], None, None, found["split"])
    return None


def hub_rows(source: HubSource, *, cache: Path | None = None) -> Iterator[Placed]:
    """The rows of one split, one after the other; `HF_HUB_OFFLINE` is obeyed.

    Args:
        source: the data set.
        cache: where `datasets` keeps what it prepared; None for its own place.

    Raises:
        ConfigurationError: if it is neither in the cache nor to be had, has no such split, or holds other files
            than text tables.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    datasets = optional_module("datasets", source.name)
    shown = f"{source.name}:{source.split}"
    try:
        builder = datasets.load_dataset_builder(
            source.name, data_dir=source.folder, revision=source.revision, cache_dir=cache and str(cache)
        )
        kind = type(builder).__module__.rpartition(".")[2]
        if kind not in PLAIN:
            raise ConfigurationError(
                f"{source.name}: its files are of the kind {kind}; this reads {', '.join(sorted(PLAIN))}"
            )
        builder.download_and_prepare()
        splits = sorted(builder.info.splits or {})
        if source.split not in splits:
            raise ConfigurationError(f"{shown}: no such split; there are: {', '.join(splits)}")
        rows = builder.as_dataset(split=source.split)
    except ConfigurationError:
        raise
    except Exception as error:
        # the hub, the network, the cache and the parsers each raise their own; to a user all of them say one thing
        raise ConfigurationError(f"{shown}: {_why(error)}") from None
    for number, row in enumerate(rows):
        yield f"{shown}[{number}]", dict(row)


def _why(error: Exception) -> str:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    hint = (
        "HF_HUB_OFFLINE is set, so only what is in the cache can be had: unset it, or give a file or a folder"
        if offline
        else "check the id and the network, or give a file or a folder"
    )
    return f"the data set cannot be had ({first.rstrip('.')}); {hint}"
