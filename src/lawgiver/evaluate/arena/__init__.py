"""Several models over the same scenarios: who wins, by how much, at what cost, and what was lost on the way."""

from lawgiver.evaluate.arena.config import ArenaConfig
from lawgiver.evaluate.arena.entrants import Entrant, Field, open_field
from lawgiver.evaluate.arena.prepare import Prepared, prepare
from lawgiver.evaluate.arena.run import run_arena

__all__ = ["ArenaConfig", "Entrant", "Field", "Prepared", "open_field", "prepare", "run_arena"]
