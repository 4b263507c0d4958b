"""Tournaments of trained and scripted players, and what becomes of populations made of them."""

from lawgiver.games.tournament.config import SCRIPTED, Tournament, TournamentConfig, prepare
from lawgiver.games.tournament.memoryone import MemoryOne, expected_counts, played_counts
from lawgiver.games.tournament.moran import MoranRuns, even_start, fixation, simulate
from lawgiver.games.tournament.replicator import Trajectory, replicator
from lawgiver.games.tournament.roundrobin import Scores, round_robin
from lawgiver.games.tournament.run import play, tournament_run

__all__ = [
    "SCRIPTED",
    "MemoryOne",
    "MoranRuns",
    "Scores",
    "Tournament",
    "TournamentConfig",
    "Trajectory",
    "even_start",
    "expected_counts",
    "fixation",
    "play",
    "played_counts",
    "prepare",
    "replicator",
    "round_robin",
    "simulate",
    "tournament_run",
]
