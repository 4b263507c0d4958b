"""Reward and cost models: trained on preferences, two of each, so that the one that trains never evaluates."""

from lawgiver.align.preference_models.recipe import Head, PreferenceModelsRecipe, read_preference_models

__all__ = ["Head", "PreferenceModelsRecipe", "read_preference_models"]
