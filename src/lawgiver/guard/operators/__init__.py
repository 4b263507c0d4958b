"""Ways to write a text differently that leave its label as it was, one file each."""

from lawgiver.guard.operators.operator import Operator
from lawgiver.guard.operators.registry import OBFUSCATIONS, OPERATORS, apply, operator

__all__ = ["OBFUSCATIONS", "OPERATORS", "Operator", "apply", "operator"]
