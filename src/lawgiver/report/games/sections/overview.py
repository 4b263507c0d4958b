"""Many training runs side by side: how many reached their optimum, and what each framework led to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Any

from lawgiver.report.games.blocks import Cell, Fold, Group, Prose, Row, State, Table
from lawgiver.report.games.entries import Cells, Entry, by_game, cells_of, entries_of
from lawgiver.report.games.material import Answers, GamesMaterial
from lawgiver.report.games.naming import words_of
from lawgiver.report.games.parts import known
from lawgiver.report.games.sections.train_headline import READABLE, close, decided
from lawgiver.report.words import NOTHING, clean, count, listed, number, percent


def headline(material: GamesMaterial) -> dict[str, Any]:
    """How many runs came to their optimum, and how they do on words they never saw."""
    entries = entries_of(material.train)
    finished = [entry for entry in entries if entry.run.finished]
    there = [entry for entry in finished if _arrived(entry)]
    who = "run" if len(entries) == len(material.train) else "learner"
    sentence = (
        f"{len(there)} of {count(len(entries), who)} ended at the exact optimum of their framework, on every prompt "
        "with trained words"
    )
    updates = [entry.reached for entry in finished if entry.reached is not None]
    if updates:
        passed = "The test of their recipe was passed by" if len(updates) < len(finished) else "All passed their test:"
        sentence += f". {passed} {len(updates)}, at the median from update {median(updates):g} on"
    # two learners of one run share its time
    seconds = list({id(e.run): e.seconds for e in finished if e.seconds is not None}.values())
    unfinished = len({id(entry.run) for entry in entries if not entry.run.finished})
    if unfinished:
        sentence += f"; {count(unfinished, 'run')} {'is' if unfinished == 1 else 'are'} not finished"
    held = [e for e in finished if e.seat and e.seat.held_out and e.seat.held_out.gap is not None]
    kept = [e for e in held if e.seat and e.seat.held_out and close(e.seat.held_out.gap, e.run)]
    least = [a.legal_least for e in finished if e.seat and (a := e.seat.held_out or e.seat.trained) and a.legal_least]
    figures = [
        {
            "label": "At the optimum",
            "value": f"{len(there)} of {len(entries)}",
            "detail": "on every prompt with trained words",
        },
        {
            "label": "The same, held-out words",
            "value": f"{len(kept)} of {len(held)}",
            "detail": "on every prompt",
        },
        {
            "label": "Legal answers, least of any run",
            "value": percent(min(least, default=None)),
            "detail": "on its worst prompt",
        },
        {
            "label": "Training time",
            "value": f"{number(sum(seconds), 1)} s" if sum(seconds) < 120 else f"{sum(seconds) / 60:.1f} min",
            "detail": f"of {count(len(seconds), 'run')}, to the optimum or to the end",
        },
    ]
    return {"sentence": f"{sentence}.", "figures": figures}


def _arrived(entry: Entry) -> bool:
    """Whether the finished policy is at the optimum on every trained prompt; measured, if it was."""
    trained = entry.seat.trained if entry.seat else None
    if trained is None or trained.gap is None:
        return entry.reached is not None
    return close(trained.gap, entry.run)


def results(material: GamesMaterial) -> dict[str, Any]:
    """A row for each framework and opponent, and on request one for each run."""
    cells = cells_of(material.train)
    tables = [
        _table(game, group, [_summed(key, seeds) for key, seeds in group.items()]) for game, group in by_game(cells)
    ]
    each = [
        _table(game, group, [_single(entry) for seeds in group.values() for entry in seeds], seeds=True)
        for game, group in by_game(cells)
    ]
    legend = (
        "P(C | history) among legal answers, trained words first, then held-out words; ✓ where every run plays the "
        "one optimal action with at least 0.9. Optimum: = any action is optimal, ~ only a mixture keeps the limit, · "
        "the history cannot occur. At the optimum: how many seeds are close to it, in the end, on every prompt "
        "with trained words. Update: from which on it was held as the recipe’s test asks; a dash, if it was not."
    )
    return {"blocks": [Prose(legend), *tables, Fold(f"All {count(len(material.train), 'run')}, one by one", each)]}


def _table(game: str, group: Cells, rows: Sequence[tuple[str, Row]], *, seeds: bool = False) -> Table:
    names = next(iter(group.values()))[0].run.names
    several = len(names.histories) <= READABLE
    columns = ["Optimum", "At the optimum", "Update", "Seconds"]
    columns += [clean(name) for name in names.histories] if several else []
    columns += ["Distance", "Legal, least"]
    grouped: dict[str, list[Row]] = {}
    for opponent, row in rows:
        grouped.setdefault(opponent, []).append(row)
    caption = f"P({clean(names.actions[0])} | history) in the middle columns."
    caption += " Seconds of training until the optimum was held, or until the end."
    if not seeds:
        caption += " Update and seconds: median; all else: mean over seeds, worst distance and legality."
    return Table(
        f"{clean(game)}{', run by run' if seeds else ''}",
        caption,
        "Framework",
        columns,
        [Group(rows, f"Against {clean(opponent)}") for opponent, rows in grouped.items()],
        heat=True,
    )


def _summed(key: tuple[str, str, str], seeds: list[Entry]) -> tuple[str, Row]:
    finished = [entry for entry in seeds if entry.run.finished]
    there = sum(map(_arrived, finished))
    state: State = "good" if there == len(seeds) else "open" if there or not finished else "bad"
    words = {"good": "all" if len(seeds) > 1 else "yes", "open": "some" if finished else "not finished", "bad": "no"}
    open_everywhere = bool(finished) and not any(decided(entry.seat) for entry in finished if entry.seat)
    head = [
        Cell(_same(entry.seat.visited or entry.seat.oracle for entry in finished if entry.seat)),
        Cell(f"{there} of {len(seeds)}", state=state, verdict="any will do" if open_everywhere else words[state]),
        Cell(_median(entry.reached for entry in finished)),
        Cell(_median((entry.seconds for entry in finished), 1)),
    ]
    return key[1], Row(clean(key[2]), [*head, *_middle(seeds), *_end(seeds)], count(len(seeds), "seed"))


def _single(entry: Entry) -> tuple[str, Row]:
    seat, run = entry.seat, entry.run
    done = "not finished" if not run.finished else "yes" if _arrived(entry) else "no"
    head = [
        Cell(clean(seat.visited or seat.oracle) if seat else NOTHING),
        Cell(done),
        Cell(f"{entry.reached:g}" if entry.reached is not None else NOTHING),
        Cell(number(entry.seconds, 1)),
    ]
    about = f"seed {run.seed}, {clean(run.label)}"
    return entry.opponent, Row(clean(run.framework), [*head, *_middle([entry]), *_end([entry])], about)


def _middle(seeds: list[Entry]) -> list[Cell]:
    """The chance of the first action in every history: trained words, below them held-out words."""
    names = seeds[0].run.names
    if len(names.histories) > READABLE:
        return []
    return [_history(seeds, h) for h in range(len(names.histories))]


def _history(seeds: list[Entry], h: int) -> Cell:
    seats = [entry.seat for entry in seeds if entry.seat]
    if not seats or not any(seat.reachable[h] for seat in seats):
        return Cell("·" if seats else NOTHING)
    trained, held_out = (_p(answers, h) for answers in ([s.trained for s in seats], [s.held_out for s in seats]))
    first = mean(trained) if trained else None
    state: State = ""
    if all(seat.unique[h] for seat in seats) and all(_right(entry, h) for entry in seeds):
        state = "good"
    return Cell(number(first), number(mean(held_out)) if held_out else "", first, state, "optimal")


def _p(answers: Iterable[Answers | None], h: int) -> list[float]:
    return [p for each in answers if each and (p := known(each.p_HA[h, 0])) is not None]


def _right(entry: Entry, h: int) -> bool:
    """Whether the one optimal action has at least 0.9, on both sets of words."""
    seat, names = entry.seat, entry.run.names
    if seat is None:
        return False
    word = words_of(seat.oracle or seat.visited, len(names.histories))[h]
    answers = [each for each in (seat.trained, seat.held_out) if each]
    return word in names.actions and all(each.p_HA[h, names.actions.index(word)] >= 0.9 for each in answers)


def _end(seeds: list[Entry]) -> list[Cell]:
    trained = [entry.seat.trained for entry in seeds if entry.seat and entry.seat.trained]
    held_out = [entry.seat.held_out for entry in seeds if entry.seat and entry.seat.held_out]
    cells = []
    for key, pick in (("gap", max), ("legal_least", min)):
        first, second = (
            pick([x for each in group if (x := getattr(each, key)) is not None], default=None)
            for group in (trained, held_out)
        )
        cells.append(Cell(number(first), number(second) if second is not None else ""))
    return cells


def _median(values: Iterable[float | None], digits: int = 0) -> str:
    known_values = [value for value in values if value is not None]
    if not known_values:
        return NOTHING
    return number(median(known_values), digits) if digits else f"{median(known_values):g}"


def _same(texts: Iterable[str]) -> str:
    found = list(dict.fromkeys(texts))
    return listed([clean(text) for text in found[:3]], "or") or NOTHING
