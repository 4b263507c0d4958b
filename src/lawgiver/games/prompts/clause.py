"""Clauses that more than one phrasing needs: who does what, and payoffs in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lawgiver.games.prompts.scene import Cell, number

_UNITS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_SMALL = _UNITS + _TEENS
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True)
class Voice:
    """How a phrasing speaks of choosing."""

    many: str
    """The verb after `you` and after several: `pick`."""
    single: str
    """The verb after one other: `picks`."""
    one: str = "the other"
    """The other player, where there is one."""
    group: str = "others"
    """The other players, where there are more."""
    say: Callable[[float], str] = number
    """Numbers of people."""

    def you(self, cell: Cell) -> str:
        """`you pick red`."""
        return f"you {self.many} {cell.own}"

    def they(self, cell: Cell, many: int) -> str:
        """`the other picks blue`; among N players `2 of the 3 others pick red`, `all 3 …`, `none of the 3 …`."""
        if not many:
            return f"{self.one} {self.single} {cell.other}"
        verb = self.single if cell.count == 1 else self.many
        takers = {0: "none of the ", many: "all "}.get(cell.count, f"{self.say(cell.count)} of the ")
        return f"{takers}{self.say(many)} {self.group} {verb} {cell.other}"


def units(value: float, one: str, several: str) -> str:
    """A payoff with its unit, in words: `three coins`, `one coin`, `minus two point five coins`, `no coins`."""
    return f"{spelt(value)} {one if number(value) in ('1', '-1') else several}"


def spelt(value: float) -> str:
    """A number in words; zero is `no`, since a unit follows. From a million on the figures stay."""
    text = number(value)
    sign, text = ("minus ", text[1:]) if text.startswith("-") else ("", text)
    whole, _, decimals = text.partition(".")
    if len(whole) > 6:
        return sign + text
    if not decimals:
        return sign + _whole(int(whole))
    digits = " ".join(_digit(digit) for digit in decimals)
    return f"{sign}{_whole(int(whole)) if int(whole) else 'nought'} point {digits}"


def _whole(value: int) -> str:
    if value < 20:
        return _SMALL[value]
    if value < 100:
        return _TENS[value // 10] + (f"-{_SMALL[value % 10]}" if value % 10 else "")
    size, name, glue = (1000, "thousand", " ") if value >= 1000 else (100, "hundred", " and ")
    rest = value % size
    if size == 1000 and rest < 100:
        glue = " and "
    return f"{_whole(value // size)} {name}" + (glue + _whole(rest) if rest else "")


def _digit(digit: str) -> str:
    return "nought" if digit == "0" else _SMALL[int(digit)]
