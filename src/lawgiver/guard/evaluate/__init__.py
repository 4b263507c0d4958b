"""Measuring a guard on published sets. Importing this is light; a guard's own code comes when it is opened."""

from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.evaluate.plan import Plan, prepare
from lawgiver.guard.evaluate.run import evaluate_guard

__all__ = ["GuardEvaluateConfig", "Plan", "evaluate_guard", "prepare"]
