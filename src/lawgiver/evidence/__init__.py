"""Scorers: what is measured of an exchange, before any rule says what it is worth."""

from lawgiver.evidence.base import FieldScore, Scorer
from lawgiver.evidence.fitted import FittedJudge
from lawgiver.evidence.registry import LEXICAL, collect

__all__ = ["LEXICAL", "FieldScore", "FittedJudge", "Scorer", "collect"]
