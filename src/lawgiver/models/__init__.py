"""Names, weights on disk, loading, decoding. Importing this is light; `load` and `generate` bring torch."""

from typing import TYPE_CHECKING

from lawgiver.models.cache import cache_folder
from lawgiver.models.catalogue import catalogue
from lawgiver.models.resolve import ResolvedModel, resolve

if TYPE_CHECKING:
    from lawgiver.models.load import LoadedModel

__all__ = ["LoadedModel", "ResolvedModel", "cache_folder", "catalogue", "resolve"]
