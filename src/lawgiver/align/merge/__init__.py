"""Merging models. Importing this is light; tensors are touched by `plan_merge` and `merge`, which bring torch."""

from lawgiver.align.merge.config import MergeConfig, MergeModel, merge_config
from lawgiver.align.merge.mergekit_yaml import read_mergekit
from lawgiver.align.merge.settings import Filtered, Setting

__all__ = ["Filtered", "MergeConfig", "MergeModel", "Setting", "merge_config", "read_mergekit"]
