"""Preference data from anywhere: read, checked, described and split. Nothing here loads a model."""

from lawgiver.data.preference.account import Account, SetAside
from lawgiver.data.preference.adapters import labels_of, to_trl_labelled, to_trl_pairs
from lawgiver.data.preference.aside import Reason
from lawgiver.data.preference.blind import BlindTexts
from lawgiver.data.preference.conflicts import consistent
from lawgiver.data.preference.length import LengthBias, within
from lawgiver.data.preference.load import Preferences, read_preferences
from lawgiver.data.preference.record import HELPFUL, SAFE, Labelled, Pair, Record
from lawgiver.data.preference.report import DataReport, ObjectiveReport, describe
from lawgiver.data.preference.settings import PreferenceSource
from lawgiver.data.preference.split import Apart, Split, held_apart, split_by_group, split_of
from lawgiver.data.preference.table import markdown

__all__ = [
    "HELPFUL",
    "SAFE",
    "Account",
    "Apart",
    "BlindTexts",
    "DataReport",
    "Labelled",
    "LengthBias",
    "ObjectiveReport",
    "Pair",
    "PreferenceSource",
    "Preferences",
    "Reason",
    "Record",
    "SetAside",
    "Split",
    "consistent",
    "describe",
    "held_apart",
    "labels_of",
    "markdown",
    "read_preferences",
    "split_by_group",
    "split_of",
    "to_trl_labelled",
    "to_trl_pairs",
    "within",
]
