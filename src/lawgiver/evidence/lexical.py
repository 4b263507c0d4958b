"""A scorer made from a function of the response alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lawgiver.data import Exchange
from lawgiver.evidence.base import FieldScore, one_by_one
from lawgiver.outcome import Value


@dataclass(frozen=True, slots=True)
class LexicalScorer:
    """Measures one field with a pure function; it never abstains, for a text always has such a property."""

    field: str
    """The evidence field it yields."""
    measure: Callable[[str], bool | int | float | str]
    """Response → value."""
    version: str
    """Raised by hand whenever `measure` changes what it says of any text."""

    @property
    def name(self) -> str:
        """`lexical.` and the module that measures."""
        return f"lexical.{self.measure.__module__.rpartition('.')[2]}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def score(self, exchanges: Sequence[Exchange]) -> list[dict[str, FieldScore]]:
        """Measure each response; one that cannot be measured is `Failed` and leaves the others alone."""
        name = self.name
        return one_by_one(
            self,
            exchanges,
            lambda exchange: {self.field: FieldScore(Value(self.measure(exchange.response)), name, self.version)},
        )
