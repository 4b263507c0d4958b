"""Many training runs side by side: what was reached, how fast, and the curves of action types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Block, Cell, Fold, Group, Heading, Plot, Plots, Prose, Row, State, Table
from lawgiver.report.games.material import Answers, GamesMaterial, Seat, TrainRun
from lawgiver.report.games.parts import Floats, known
from lawgiver.report.games.sections.train_headline import close
from lawgiver.report.games.stacks import stack
from lawgiver.report.games.types import ended, phases, type_curves, type_legend, type_looks
from lawgiver.report.words import NOTHING, clean, count, first_upper, listed, number, percent

SMALL = (230.0, 150.0)


@dataclass(frozen=True, eq=False)
class Entry:
    """One learner of one run."""

    run: TrainRun
    index: int

    @property
    def seat(self) -> Seat | None:
        """What it ended with; None if the run is not finished."""
        return self.run.seats[self.index] if self.index < len(self.run.seats) else None

    @property
    def opponent(self) -> str:
        """Whom it learned against."""
        if len(self.run.learners) > 1:
            return f"a second learner ({self.run.seat_name(self.index)} seat)"
        return self.run.opponent

    @property
    def reached(self) -> float | None:
        """The update from which the last phase's optimum was held."""
        return self.run.reached[-1] if self.run.reached and self.run.finished else None

    @property
    def seconds(self) -> float | None:
        """Training time up to there, or up to the end."""
        to_reach = self.run.summary.numbers("seconds_to_reach", None)
        found = known(to_reach[-1]) if len(to_reach) else None
        return found if found is not None else self.run.summary.number("seconds")


Cells = dict[tuple[str, str, str], list[Entry]]
"""(game, opponent, framework) → its seeds."""


def headline(material: GamesMaterial) -> dict[str, Any]:
    """How many runs reached their optimum, and how they do on words they never saw."""
    entries = _entries(material.train)
    finished = [entry for entry in entries if entry.run.finished]
    there = [entry for entry in finished if entry.reached is not None]
    updates = [entry.reached for entry in there if entry.reached is not None]
    seconds = [entry.seconds for entry in there if entry.seconds is not None]
    who = "run" if len(entries) == len(material.train) else "learner"
    sentence = f"{len(there)} of {count(len(entries), who)} reached the exact optimum of their framework and held it"
    if updates:
        sentence += f", the median from update {median(updates):g} on"
    if seconds:
        sentence += f" ({number(median(seconds), 1)}\N{NO-BREAK SPACE}s)"
    unfinished = len({id(entry.run) for entry in entries if not entry.run.finished})
    if unfinished:
        sentence += f"; {count(unfinished, 'run')} {'is' if unfinished == 1 else 'are'} not finished"
    held = [e for e in finished if e.seat and e.seat.held_out and e.seat.held_out.gap is not None]
    kept = [e for e in held if e.seat and e.seat.held_out and close(e.seat.held_out.gap, e.run)]
    least = [a.legal_least for e in finished if e.seat and (a := e.seat.held_out or e.seat.trained) and a.legal_least]
    figures = [
        {"label": "At the optimum", "value": f"{len(there)} of {len(entries)}", "detail": "held on trained words"},
        {
            "label": "The same, held-out words",
            "value": f"{len(kept)} of {len(held)}",
            "detail": "close on every prompt",
        },
        {"label": "Legal answers, least of any run", "value": percent(min(least, default=None)), "detail": ""},
        {
            "label": "Training time",
            "value": f"{number(sum(seconds), 1)} s" if sum(seconds) < 120 else f"{sum(seconds) / 60:.1f} min",
            "detail": f"of {count(len(there), who)}, until the optimum was held",
        },
    ]
    return {"sentence": f"{sentence}.", "figures": figures}


def results(material: GamesMaterial) -> dict[str, Any]:
    """A row for each framework and opponent, and on request one for each run."""
    cells = _cells(material.train)
    tables = [
        _table(game, group, [_summed(key, seeds) for key, seeds in group.items()]) for game, group in _by_game(cells)
    ]
    each = [
        _table(game, group, [_single(entry) for seeds in group.values() for entry in seeds], seeds=True)
        for game, group in _by_game(cells)
    ]
    legend = (
        "P(C | history) among legal answers, trained words first, then held-out words; ✓ where every run plays the "
        "one optimal action with at least 0.9. Optimum: = any action is optimal, ~ only a mixture keeps the limit, · "
        "the history cannot occur."
    )
    return {"blocks": [Prose(legend), *tables, Fold(f"All {count(len(material.train), 'run')}, one by one", each)]}


def curves(material: GamesMaterial) -> dict[str, Any]:
    """Action types over updates, one small picture for each framework and opponent."""
    blocks: list[Block] = [
        Prose(
            "Stacked shares of action types at each update, the mean over seeds; every history that can occur is "
            "weighed alike. A seed that stopped at its optimum stays in the mean with its last policy."
        )
    ]
    cells = _cells(material.train)
    drawn = 0
    for game, group in _by_game(cells):
        first = next(iter(group.values()))[0].run
        blocks += [Heading(clean(game)), type_legend(first.names)]
        for opponent in dict.fromkeys(key[1] for key in group):
            plots = []
            for key, seeds in group.items():
                if key[1] == opponent:
                    plots.append(_small(seeds, f"small-{drawn}", key[2]))
                    drawn += 1
            blocks += [Prose(f"Against {clean(opponent)}"), Plots(plots, "small")]
    return {"blocks": blocks} if drawn else {"missing": "No update has been logged yet, so there are no curves."}


def _entries(runs: Iterable[TrainRun]) -> list[Entry]:
    return [Entry(run, seat) for run in runs for seat in range(max(len(run.learners), len(run.seats), 1))]


def _cells(runs: Iterable[TrainRun]) -> Cells:
    cells: Cells = {}
    for entry in _entries(runs):
        cells.setdefault((entry.run.game, entry.opponent, entry.run.framework), []).append(entry)
    return cells


def _by_game(cells: Cells) -> list[tuple[str, Cells]]:
    """Runs of one game, as far as their histories and actions have the same names."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Cells] = {}
    for key, seeds in cells.items():
        names = seeds[0].run.names
        groups.setdefault((key[0], names.histories, names.actions), {})[key] = seeds
    return [(game, group) for (game, _, _), group in groups.items()]


def _table(game: str, group: Cells, rows: Sequence[tuple[str, Row]], *, seeds: bool = False) -> Table:
    names = next(iter(group.values()))[0].run.names
    several = len(names.histories) <= 16
    columns = ["Optimum", "Reached", "Update", "Seconds"]
    columns += [clean(name) for name in names.histories] if several else []
    columns += ["Distance", "Legal, least"]
    grouped: dict[str, list[Row]] = {}
    for opponent, row in rows:
        grouped.setdefault(opponent, []).append(row)
    caption = f"P({clean(names.actions[0])} | history) in the middle columns."
    if seeds:
        caption += " Seconds until the optimum was held, or until the end."
    else:
        caption += " Update and seconds: median of the runs that reached the optimum; all else: mean over seeds."
    return Table(
        f"{first_upper(clean(game))}{', run by run' if seeds else ''}",
        caption,
        "Framework",
        columns,
        [Group(rows, f"Against {clean(opponent)}") for opponent, rows in grouped.items()],
        heat=True,
    )


def _summed(key: tuple[str, str, str], seeds: list[Entry]) -> tuple[str, Row]:
    there = [entry for entry in seeds if entry.reached is not None]
    fine: State = "good" if len(there) == len(seeds) else "open" if there else "bad"
    words = {"good": "all" if len(seeds) > 1 else "yes", "open": "some", "bad": "none" if len(seeds) > 1 else "no"}
    head = [
        Cell(_same(entry.seat.visited or entry.seat.oracle for entry in seeds if entry.seat)),
        Cell(f"{len(there)} of {len(seeds)}", state=fine, verdict=words[fine]),
        Cell(_median(entry.reached for entry in there)),
        Cell(_median((entry.seconds for entry in there), 1)),
    ]
    return key[1], Row(clean(key[2]), [*head, *_middle(seeds), *_end(seeds)], count(len(seeds), "seed"))


def _single(entry: Entry) -> tuple[str, Row]:
    seat, run = entry.seat, entry.run
    done = "yes" if entry.reached is not None else "no" if run.finished else "not finished"
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
    if len(names.histories) > 16:
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
    from lawgiver.report.games.naming import words_of

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


def _small(seeds: list[Entry], name: str, title: str) -> Plot:
    """The mean over seeds of the shares of action types."""
    lines = [type_curves(entry.run, entry.index) for entry in seeds if entry.run.learners]
    if not lines:
        return Plot(clean(title), "", None)
    shares_TX = _mean(lines)
    names = seeds[0].run.names
    caption = ended(shares_TX, names, 2)
    marks = phases(max((entry.run for entry in seeds), key=lambda run: len(run.steps)))
    marks = [phase._replace(reached=None) for phase in marks]
    steps_T = np.arange(1, len(shares_TX) + 1, dtype=np.float64)
    svg = stack(name, title, caption, steps_T, shares_TX, names.types, type_looks(names), phases=marks, size=SMALL)
    return Plot(clean(title), caption, svg)


def _mean(lines: list[Floats]) -> Floats:
    """Of curves of unequal length, the shorter ones continued with their last values."""
    longest = max(len(line) for line in lines)
    padded = [np.concatenate([line, np.repeat(line[-1:], longest - len(line), axis=0)]) for line in lines]
    average: Floats = np.mean(padded, axis=0)
    return average


def _median(values: Iterable[float | None], digits: int = 0) -> str:
    known_values = [value for value in values if value is not None]
    return number(median(known_values), digits) if known_values else NOTHING


def _same(texts: Iterable[str]) -> str:
    found = list(dict.fromkeys(texts))
    return listed([clean(text) for text in found[:3]], "or") or NOTHING
