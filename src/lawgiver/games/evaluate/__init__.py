"""What a policy does in games: scored exactly over a grid of prompts, measured, and compared with baselines."""

from lawgiver.games.evaluate.config import PARTS, EvaluateGames, configure
from lawgiver.games.evaluate.plan import Plan, prepare
from lawgiver.games.evaluate.policies import Table, encoder
from lawgiver.games.evaluate.run import evaluate_games, size
from lawgiver.games.evaluate.subject import Subject, subject
from lawgiver.games.evaluate.summary import summarise

__all__ = [
    "PARTS",
    "EvaluateGames",
    "Plan",
    "Subject",
    "Table",
    "configure",
    "encoder",
    "evaluate_games",
    "prepare",
    "size",
    "subject",
    "summarise",
]
