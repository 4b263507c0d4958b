"""What came of a training run, in one sentence and four figures."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.material import Answers, GamesMaterial, Seat, TrainRun
from lawgiver.report.games.parts import known
from lawgiver.report.words import clean, count, finite, listed, number, percent

TOLERANCE = 0.03
"""What counts as the optimum where a run does not say; `lawgiver games train` has the same default."""

READABLE = 16
"""With more histories the optimum's text is left to the table."""


def build(material: GamesMaterial) -> dict[str, Any]:
    """The sentence, and the figures that it rests on."""
    run = material.only
    if not run.steps and not run.finished:
        return {"sentence": "No update has been logged yet, so there is nothing to report.", "figures": []}
    if not run.finished:
        return {"sentence": _unfinished(run), "figures": []}
    doubts = _doubts(run)
    sentence = _outcome(run) + (f"; but {listed(doubts)}" if doubts else "")
    return {"sentence": f"{clean(sentence)}.", "figures": _figures(run)}


def close(gap: float | None, run: TrainRun) -> bool:
    """Whether a distance counts as having arrived."""
    return gap is not None and gap <= (run.tolerance or TOLERANCE)


def _unfinished(run: TrainRun) -> str:
    gaps = [known(each.series["gap"][i]) for each in run.learners for i in (0, -1)]
    went = f" The distance to the optimum went from {number(gaps[0])} to {number(gaps[1])}." if len(gaps) == 2 else ""
    return clean(f"This run of {run.title} is not finished: {count(len(run.steps), 'update')} are logged.{went}")


def _outcome(run: TrainRun) -> str:
    game = f"{run.game} under {run.phases[-1]} against {_opponent(run)}"
    texts = list(dict.fromkeys(seat.visited or seat.oracle or "?" for seat in run.seats))
    optimum = listed(texts) if len(run.names.histories) <= READABLE else "behaviour"
    last = run.reached[-1] if run.reached else None
    if not any(decided(seat) for seat in run.seats):
        return f"Every answer is optimal in {game}, so there was nothing to reach but legal answers"
    if last is not None:
        when = _seconds(run)
        return f"The optimal {optimum} of {game} was played on every training prompt from update {last:g}{when} on"
    if all(close(_gap(seat.trained), run) for seat in run.seats):
        return f"The policy ends at the optimal {optimum} of {game}, on every trained prompt where one action is best"
    worst = max((gap for seat in run.seats if (gap := _gap(seat.trained)) is not None), default=None)
    return (
        f"The optimal {optimum} of {game} was not reached in {count(run.summary.whole('updates'), 'update')}: on some "
        f"prompt the best action has a probability of {number(None if worst is None else 1 - worst)} among legal ones"
    )


def _gap(answers: Answers | None) -> float | None:
    return answers.gap if answers else None


def _opponent(run: TrainRun) -> str:
    return "a second learner" if len(run.seats) > 1 else run.opponent


def decided(seat: Seat) -> bool:
    """Whether there is a history that can occur and has one optimal action."""
    return any(a and b for a, b in zip(seat.unique, seat.reachable, strict=True))


def _seconds(run: TrainRun) -> str:
    found = run.summary.numbers("seconds_to_reach", None)
    seconds = known(found[-1]) if len(found) else None
    return f" ({number(seconds, 1)}\N{NO-BREAK SPACE}s)" if seconds is not None else ""


def _doubts(run: TrainRun) -> list[str]:
    doubts = []
    for seat in run.seats:
        own = seat.held_out
        if own is None or not decided(seat):
            continue
        if own.gap is not None and not close(own.gap, run):
            doubts.append(f"on words it was never trained with it is {number(own.gap)} away from it")
        if own.legal_least is not None and own.legal_least < 0.95:
            doubts.append(f"with held-out words as little as {percent(own.legal_least)} of an answer is legal")
    return doubts


def _figures(run: TrainRun) -> list[dict[str, str]]:
    seats = run.seats
    figures = [
        _worst("Distance to the optimum, trained words", [_gap(seat.trained) for seat in seats], run),
        _worst("The same, held-out words", [_gap(seat.held_out) for seat in seats], run),
    ]
    legal = [least for seat in seats if seat.held_out and (least := seat.held_out.legal_least) is not None]
    where = "on held-out words"
    if not legal:
        legal = [least for seat in seats if seat.trained and (least := seat.trained.legal_least) is not None]
        where = "on trained words"
    least = min(legal, default=None)
    figures.append({
        "label": "Legal answers, least of any prompt",
        "value": percent(least),
        "detail": where,
        **_state(None if least is None else least >= 0.95),
    })  # fmt: skip
    seconds, tokens = finite(run.summary.number("seconds")), run.summary.number("tokens")
    figures.append({
        "label": "Time spent training",
        "value": f"{number(seconds, 1)} s" if seconds is None or seconds < 120 else f"{seconds / 60:.1f} min",
        "detail": f"{count(run.summary.whole('updates'), 'update')}"
        + (f", {count(int(tokens), 'token')} forward" if tokens else ""),
    })  # fmt: skip
    return figures


def _worst(label: str, gaps: list[float | None], run: TrainRun) -> dict[str, str]:
    known_gaps = [gap for gap in gaps if gap is not None]
    gap = max(known_gaps, default=None)
    return {
        "label": label,
        "value": number(gap, 3),
        "detail": "not measured" if gap is None else "largest 1 − P(best action) of any prompt",
        **_state(None if gap is None else close(gap, run)),
    }


def _state(good: bool | None) -> dict[str, str]:
    if good is None:
        return {}
    return {"state": "good" if good else "bad", "mark": "✓" if good else "✗"}
