"""What a page on games is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lawgiver.report.games.naming import Names
from lawgiver.report.games.parts import Floats, Part
from lawgiver.report.material import Run

GamesKind = Literal["games-train", "games-evaluate", "games-tournament", "games-overview"]


@dataclass(frozen=True, eq=False)
class Curves:
    """One learner over T logged updates; NaN where nothing was recorded."""

    p_THA: Floats
    """Probabilities before each update; what is missing to 1 is illegal."""
    series: dict[str, Floats]
    """`objective`, `legal`, `legal_least`, `gap`, `kl`, `gradient_norm`."""
    costs: dict[str, Floats]
    multipliers: dict[str, Floats]
    reachable: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Answers:
    """A finished policy on one set of words."""

    words: int
    p_HA: Floats
    """Among legal answers."""
    legal: float | None
    legal_least: float | None
    gap: float | None
    """The largest 1 − P(optimal action) over prompts."""


@dataclass(frozen=True, eq=False)
class Seat:
    """What one learner ended with."""

    oracle: str
    """The optimum's text; empty where it is not recorded."""
    visited: str
    unique: tuple[bool, ...]
    reachable: tuple[bool, ...]
    trained: Answers | None
    held_out: Answers | None


@dataclass(frozen=True, eq=False)
class TrainRun(Run):
    """A training run in a game, finished or not."""

    label: str
    game: str
    opponent: str
    phases: tuple[str, ...]
    """The framework of each phase."""
    seed: int
    names: Names
    steps: tuple[int, ...]
    """Numbers of the T logged updates."""
    phase_T: tuple[int, ...]
    seconds_T: Floats
    learners: tuple[Curves, ...]
    tolerance: float | None
    """Distance at which the recipe calls the optimum reached."""
    limits: dict[str, float]
    reached: tuple[float | None, ...]
    """Per finished phase, the update from which the optimum was held."""
    seats: tuple[Seat, ...]
    """Empty if the run is not finished."""
    summary: Part
    """Empty if the run is not finished."""

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.seats)

    @property
    def framework(self) -> str:
        """All phases in order: `game → de`."""
        return " → ".join(self.phases)

    @property
    def title(self) -> str:
        """Game, framework and opponent."""
        other = "a second learner" if len(self.learners) > 1 else self.opponent
        return f"{self.game}, {self.framework}, against {other}"

    def seat_name(self, seat: int) -> str:
        """What tells two learners apart; empty for one."""
        return ("row", "column")[seat % 2] if len(self.learners) > 1 else ""


@dataclass(frozen=True, eq=False)
class SummaryRun(Run):
    """A tournament or an evaluation: all that is shown stands in `summary.json`."""

    label: str
    summary: Part
    """Empty if the run is not finished."""
    scored: int = 0
    """Rows logged so far, of a run that logs them."""


@dataclass(frozen=True, eq=False)
class GamesMaterial:
    """Everything one page on games shows."""

    kind: GamesKind
    title: str
    train: tuple[TrainRun, ...] = ()
    """One run, or all of an overview."""
    result: SummaryRun | None = None
    missing: list[str] = field(default_factory=list)
    """Sentences on what should be there and is not."""

    @property
    def any_run(self) -> Run | None:
        """The run whose charter stands for all; None where several charters were used."""
        runs: list[Run] = [*self.train, *([self.result] if self.result else [])]
        same = len({run.charter.get("sha256") for run in runs}) == 1
        return runs[0] if runs and same else None

    @property
    def only(self) -> TrainRun:
        """The one training run of its page."""
        return self.train[0]

    @property
    def summary(self) -> Part:
        """Of a tournament or an evaluation."""
        return self.result.summary if self.result else Part({}, "summary.json")
