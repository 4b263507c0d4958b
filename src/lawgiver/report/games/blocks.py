"""What the sections of a page on games are made of; `templates/sections/games_blocks.html.j2` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from lawgiver.report.games.parts import real

if TYPE_CHECKING:
    from markupsafe import Markup

State = Literal["", "good", "bad", "open"]


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str
    quiet: bool = False
    kind: ClassVar[str] = "prose"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Plot:
    """A picture, and one line that says what to see in it."""

    title: str
    caption: str
    svg: Markup | None


@dataclass(frozen=True)
class Plots:
    """Pictures side by side; those without anything to draw are left out."""

    plots: Sequence[Plot]
    size: Literal["grid", "small", "wide"] = "grid"
    kind: ClassVar[str] = "plots"

    @property
    def drawn(self) -> list[Plot]:
        """The pictures that there are."""
        return [plot for plot in self.plots if plot.svg is not None]


@dataclass(frozen=True)
class Swatch:
    """One entry of a legend."""

    name: str
    meaning: str
    series: int
    """Colour of the page, from 1; 0 is the muted one."""
    strength: float = 1.0
    """Opacity."""


@dataclass(frozen=True)
class Legend:
    """Colours in the order in which they are stacked, top first."""

    swatches: Sequence[Swatch]
    kind: ClassVar[str] = "legend"


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    detail: str = ""
    """A second, smaller line."""
    share: float | None = None
    """How strongly the cell is coloured, 0 to 1; None leaves it blank."""
    state: State = ""
    """A verdict, which is also put in a sign."""
    verdict: str = ""
    """What the verdict is called."""


@dataclass(frozen=True)
class Row:
    """One row of a table."""

    head: str
    cells: Sequence[Cell]
    about: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Group:
    """Rows that belong together."""

    rows: Sequence[Row]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """A table; with `heat`, one whose cells are coloured by their number, which stands in them."""

    title: str
    caption: str
    first: str
    columns: Sequence[str]
    groups: Sequence[Group]
    heat: bool = False
    abouts: Sequence[str] = field(default_factory=tuple)
    """A second line under each column's heading; empty for none."""
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Facts:
    """Pairs of a word and a value."""

    facts: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Fold:
    """Blocks that are shown on request, and in print."""

    summary: str
    blocks: Sequence[Block]
    kind: ClassVar[str] = "fold"


@dataclass(frozen=True)
class Beside:
    """Blocks next to each other where there is room."""

    blocks: Sequence[Block]
    kind: ClassVar[str] = "beside"


Block: TypeAlias = Prose | Heading | Plots | Legend | Table | Facts | Fold | Beside


def scale(value: float | None, low: float, high: float) -> float | None:
    """How strongly to colour a number of a range; a range without width is coloured half."""
    number = real(value)
    if number is None:
        return None
    return 0.5 if high <= low else min(1.0, max(0.0, (number - low) / (high - low)))
