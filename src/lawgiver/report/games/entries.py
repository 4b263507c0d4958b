"""Learners of many training runs, grouped by game, opponent and framework."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lawgiver.report.games.material import Seat, TrainRun
from lawgiver.report.games.parts import known


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


def entries_of(runs: Iterable[TrainRun]) -> list[Entry]:
    """Every learner of every run."""
    return [Entry(run, seat) for run in runs for seat in range(max(len(run.learners), len(run.seats), 1))]


def cells_of(runs: Iterable[TrainRun]) -> Cells:
    """The learners by game, opponent and framework."""
    cells: Cells = {}
    for entry in entries_of(runs):
        cells.setdefault((entry.run.game, entry.opponent, entry.run.framework), []).append(entry)
    return cells


def by_game(cells: Cells) -> list[tuple[str, Cells]]:
    """Runs of one game, as far as their histories and actions have the same names."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Cells] = {}
    for key, seeds in cells.items():
        names = seeds[0].run.names
        groups.setdefault((key[0], names.histories, names.actions), {})[key] = seeds
    return [(game, group) for (game, _, _), group in groups.items()]
