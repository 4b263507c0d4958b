"""Training under a charter. Importing this is light; the trainers are loaded when a run starts."""

from lawgiver.align.recipe import LoraSettings, Recipe, read_recipe
from lawgiver.align.train import train

__all__ = ["LoraSettings", "Recipe", "read_recipe", "train"]
