"""Constraints in stepwise alignment: what λ should be, by computation and then by measurement. Never needs torch."""

from lawgiver.align.constraint.diagnosis import Diagnosis
from lawgiver.align.constraint.dual import DualPoint, dual, minimise
from lawgiver.align.constraint.judged import Column, column_scores, scores_of
from lawgiver.align.constraint.labels import draw_preferences, preference_probability
from lawgiver.align.constraint.rounds import (
    Move,
    Round,
    Rounds,
    best_round,
    excess,
    explained,
    read_rounds,
    search_rounds,
)
from lawgiver.align.constraint.scoped import solve_scoped
from lawgiver.align.constraint.scores import Scores
from lawgiver.align.constraint.search import Measurement, Proposal, propose, search
from lawgiver.align.constraint.settings import SearchSettings
from lawgiver.align.constraint.slater import best_slack
from lawgiver.align.constraint.solution import DualSettings, DualSolution, solve_dual
from lawgiver.align.constraint.trace import Beside, Step, Trace, read_trace
from lawgiver.align.constraint.uncertainty import bootstrap_lambda
from lawgiver.align.constraint.verdict import Status, Verdict

__all__ = [
    "Beside",
    "Column",
    "Diagnosis",
    "DualPoint",
    "DualSettings",
    "DualSolution",
    "Measurement",
    "Move",
    "Proposal",
    "Round",
    "Rounds",
    "Scores",
    "SearchSettings",
    "Status",
    "Step",
    "Trace",
    "Verdict",
    "best_round",
    "best_slack",
    "bootstrap_lambda",
    "column_scores",
    "draw_preferences",
    "dual",
    "excess",
    "explained",
    "minimise",
    "preference_probability",
    "propose",
    "read_rounds",
    "read_trace",
    "scores_of",
    "search",
    "search_rounds",
    "solve_dual",
    "solve_scoped",
]
