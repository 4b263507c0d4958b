"""The charter: rules as one versioned directory, and `judge`, the only door to them."""

from lawgiver.charter.charter import Charter, shipped_folder
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.spec import CharterSpec, Constraint, EvidenceField, Monitor, Principle

__all__ = [
    "Charter",
    "CharterSpec",
    "Constraint",
    "EvidenceField",
    "Judgement",
    "Monitor",
    "Principle",
    "shipped_folder",
]
