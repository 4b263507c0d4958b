"""What the policy does in every history, on trained and on held-out words, beside the exact optimum."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Beside, Block, Cell, Group, Prose, Row, State, Table
from lawgiver.report.games.material import Answers, GamesMaterial, Seat
from lawgiver.report.games.naming import Names, words_of
from lawgiver.report.games.parts import known
from lawgiver.report.words import NOTHING, clean, count, first_upper, number

TITLES = ("Trained words", "Held-out words")
SIGNS = (
    "Optimum: = any action is optimal, ~ only a mixture keeps the limit, · the history cannot occur against this "
    "opponent."
)


def build(material: GamesMaterial) -> dict[str, Any]:
    """A table for each learner."""
    run = material.only
    if not run.finished:
        return {"missing": "The run is not finished, so its policy has not been measured yet."}
    tables: list[Block] = [policy_table(run.names, seat, run.seat_name(i)) for i, seat in enumerate(run.seats)]
    return {"blocks": [Beside(tables) if len(tables) > 1 else tables[0], Prose(SIGNS, quiet=True)]}


def policy_table(names: Names, seat: Seat, who: str = "", titles: tuple[str, str] = TITLES) -> Table:
    """A row for each history: the optimum, and what the policy does on each set of words.

    Args:
        names: of histories and actions.
        seat: what the learner ended with.
        who: which of two learners it is.
        titles: what the two sets of words are called.
    """
    words = words_of(seat.visited, len(names.histories))
    columns = zip(titles, (seat.trained, seat.held_out), strict=True)
    shown = [(title, answers) for title, answers in columns if answers]
    several = f" / P({'), P('.join(map(clean, names.actions[1:]))})" if len(names.actions) > 2 else ""
    rows = []
    for h, history in enumerate(names.histories):
        cells = [Cell(clean(words[h]))]
        cells += [_cell(answers, seat, words[h], names, h) for _, answers in shown]
        rows.append(Row(clean(history), cells, "" if seat.reachable[h] else "cannot occur"))
    legal = [Cell(NOTHING), *(Cell(number(a.legal), f"least {number(a.legal_least)}") for _, a in shown)]
    gaps = [Cell(NOTHING), *(Cell(number(a.gap, 3)) for _, a in shown)]
    return Table(
        title=f"{f'{first_upper(who)} learner: ' if who else ''}P({clean(names.actions[0])} | history){several}",
        caption="Among legal answers; own move first, then the other’s. The stronger the colour, the more likely.",
        first="History",
        columns=["Optimum", *(title for title, _ in shown)],
        abouts=["", *(count(answers.words, "pair") if answers.words else "" for _, answers in shown)],
        groups=[Group(rows), Group([Row("Legal", legal), Row("Distance", gaps, "largest of any prompt")])],
        heat=True,
    )


def _cell(answers: Answers, seat: Seat, word: str, names: Names, h: int) -> Cell:
    p_A = answers.p_HA[h]
    first = known(p_A[0])
    text = number(first) if len(p_A) == 2 else " / ".join(number(known(p)) for p in p_A)
    if not (seat.unique[h] and seat.reachable[h]) or word not in names.actions or not np.isfinite(p_A).all():
        return Cell(text, share=first)
    right = float(p_A[names.actions.index(word)])
    state: State = "good" if right >= 0.9 else "open" if right > 0.5 else "bad"
    return Cell(text, share=first, state=state, verdict={"good": "optimal", "open": "leans right"}.get(state, "wrong"))
