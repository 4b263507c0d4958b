"""Pure functions from outcomes to what an optimiser needs: scores, weights, multipliers, advantages."""

from lawgiver.reward.advantage import lagrangian_advantages, neutralise, signed_weights
from lawgiver.reward.aggregate import charter_score
from lawgiver.reward.lagrangian import LagrangianConfig, Multipliers
from lawgiver.reward.weighting import Weighting, WeightingConfig, adaptive_weights, with_floor

__all__ = [
    "LagrangianConfig",
    "Multipliers",
    "Weighting",
    "WeightingConfig",
    "adaptive_weights",
    "charter_score",
    "lagrangian_advantages",
    "neutralise",
    "signed_weights",
    "with_floor",
]
