"""Lexical scorers by name. The fitted and the LLM judge need a charter, which makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lawgiver.data import Exchange
from lawgiver.evidence import disclaimer, length, referral, refusal, repetition
from lawgiver.evidence.base import Scorer
from lawgiver.evidence.lexical import LexicalScorer

LEXICAL: dict[str, LexicalScorer] = {
    scorer.name: scorer
    for scorer in (refusal.SCORER, referral.SCORER, disclaimer.SCORER, length.SCORER, repetition.SCORER)
}


def collect(exchanges: Sequence[Exchange], scorers: Sequence[Scorer]) -> list[dict[str, dict[str, Any]]]:
    """The evidence of N exchanges: field → outcome with scorer and version, ready for a policy."""
    evidence: list[dict[str, dict[str, Any]]] = [{} for _ in exchanges]
    for scorer in scorers:
        for fields, scores in zip(evidence, scorer.score(exchanges), strict=True):
            for name, score in scores.items():
                fields[name] = score.to_json()
    return evidence
