"""Players to meet: each as a table of answers for exact learning, and as a live seat in thousands of games at once."""

from lawgiver.games.opponents.base import Opponent, Seat
from lawgiver.games.opponents.registry import OPPONENTS, memory_one_of, opponent
from lawgiver.games.opponents.tabular import Rule, Tabular

__all__ = ["OPPONENTS", "Opponent", "Rule", "Seat", "Tabular", "memory_one_of", "opponent"]
