"""Model × charter × split → run directory; two run directories → what changed."""

from lawgiver.evaluate.compare import StoredRun, compare_runs
from lawgiver.evaluate.respond import REFUSE, model_responder, responder_for
from lawgiver.evaluate.run import Answer, EvaluateConfig, Responder, refuse_everything
from lawgiver.evaluate.run import evaluate as evaluate_run
from lawgiver.evaluate.summary import summarise_run

__all__ = [
    "REFUSE",
    "Answer",
    "EvaluateConfig",
    "Responder",
    "StoredRun",
    "compare_runs",
    "evaluate_run",
    "model_responder",
    "refuse_everything",
    "responder_for",
    "summarise_run",
]
