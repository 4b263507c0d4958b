"""Stepwise alignment: helpful first, then safe, each stage from the policy that the one before made."""

from lawgiver.align.stages.recipe import Data, Stage, StagesRecipe, read_stages

__all__ = ["Data", "Stage", "StagesRecipe", "read_stages"]
