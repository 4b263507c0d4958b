"""How numbers and foreign text are put into words; the same in the page, the plots and the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

NOTHING = "–"
"""Stands where there is no number; never a zero."""

# what HTML and XML forbid: C0 and C1 controls but tab and newline, lone surrogates, non-characters
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# overrides of writing direction can make a line read as what it does not say
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: object) -> str:
    """Any text without what a page, a plot or a terminal must not be given; visible marks stand in."""
    lines = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return _OVERRIDES.sub("\N{REPLACEMENT CHARACTER}", _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", lines))


def finite(value: Any) -> float | None:
    """A finite number, or None for everything else; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def number(value: Any, digits: int = 2) -> str:
    """Two decimals for shares and scores, whole numbers from 10 upwards, a dash for nothing."""
    x = finite(value)
    if x is None:
        return NOTHING
    text = f"{x:.0f}" if abs(x) >= 100 else f"{x:.{1 if abs(x) >= 10 else digits}f}"
    return _minus(text)


def signed(value: Any, digits: int = 2) -> str:
    """A difference: always with its sign, but for what rounds to zero."""
    text = number(value, digits)
    x = finite(value)
    return f"+{text}" if x is not None and x > 0 and text.strip("0.") else text


def _minus(text: str) -> str:
    if not text.startswith("-"):
        return text
    return f"−{text[1:]}" if text.strip("-0.") else text[1:]


def interval_range(interval: Any, *, sign: bool = False) -> str:
    """`[0.51, 0.59]`, or nothing where there is no interval."""
    if not isinstance(interval, dict):
        return ""
    show = signed if sign else number
    return f"[{show(interval.get('low'))}, {show(interval.get('high'))}]"


def p_value(value: Any) -> str:
    """Three decimals, and never `0.000`."""
    x = finite(value)
    if x is None:
        return NOTHING
    return "< 0.001" if x < 0.001 else f"{x:.3f}"


def percent(value: Any) -> str:
    """A share in whole percent, with a no-break space."""
    x = finite(value)
    return NOTHING if x is None else f"{100 * x:.0f}\N{NO-BREAK SPACE}%"


def short_hash(value: Any) -> str:
    """`9f3c21…a1b2` of a hash; the whole of anything short."""
    text = clean(value or NOTHING)
    return text if len(text) <= 14 else f"{text[:8]}…{text[-4:]}"


def short_title(title: Any) -> str:
    """What stands before the colon: `Ahimsa: do no harm` → `Ahimsa`."""
    return clean(title).partition(":")[0].strip()


def brief(text: Any, most: int = 40) -> str:
    """One line of at most so many characters, for a place that cannot grow."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 scenario`, `3 scenarios`."""
    return f"{n:,}".replace(",", "\N{NO-BREAK SPACE}") + f" {one if n == 1 else many or one + 's'}"


def monitor_title(name: str) -> str:
    """A watched evidence field for people."""
    return {"words": "Words an answer"}.get(name, first_upper(clean(name).replace("_", " ")))


def first_upper(text: str) -> str:
    """The same with a capital letter in front."""
    return text[:1].upper() + text[1:]
