"""The charter: rules as one versioned directory, and `judge`, the only door to them."""

from lawgiver.charter.charter import Charter
from lawgiver.charter.field import EvidenceField
from lawgiver.charter.find import shipped_folder
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.spec import CharterSpec, Constraint, Monitor, Principle

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
