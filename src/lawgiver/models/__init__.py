"""Names, weights on disk, loading, decoding. Importing this is light; `load` and `generate` bring torch."""

from typing import TYPE_CHECKING

from lawgiver.models.catalogue import catalogue
from lawgiver.models.resolve import ResolvedModel, cache_folder, resolve

if TYPE_CHECKING:
    from lawgiver.models.load import LoadedModel

__all__ = ["LoadedModel", "ResolvedModel", "cache_folder", "catalogue", "resolve"]
