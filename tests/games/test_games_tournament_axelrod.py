"""Strategies of the Axelrod library, met here and in the library's own matches.

Importing the library takes several seconds, the matches themselves well under one.
"""

from __future__ import annotations

import pytest

from lawgiver.games.catalogue import game
from lawgiver.games.opponents import opponent
from lawgiver.games.tournament import round_robin

NAMES = ("TitForTat", "Grudger", "WinStayLoseShift", "TitFor2Tats", "Alternator", "Gradual", "Defector", "Punisher")


def test_deterministic_matches_are_equal():
    axelrod = pytest.importorskip("axelrod")
    members = [opponent(f"axelrod:{name}") for name in NAMES]
    ours_KK = round_robin(game("ipd"), members, rounds=40, repetitions=1).score_KK
    stage = axelrod.Game(r=3, s=0, t=4, p=1)
    for i, row in enumerate(NAMES):
        for j, column in enumerate(NAMES[:i]):
            match = axelrod.Match((getattr(axelrod, row)(), getattr(axelrod, column)()), turns=40, game=stage)
            match.play()
            assert [ours_KK[i, j], ours_KK[j, i]] == [score / 40 for score in match.final_score()], (row, column)
