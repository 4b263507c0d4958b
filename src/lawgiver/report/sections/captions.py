"""One line under each curve that says what to see in it, made from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lawgiver.report.words import count, finite, listed, number, signed

Lines = Mapping[str, Sequence[float | None]]


def mover(values: Lines) -> str:
    """The value that moved most."""
    ends = {name: e for name, line in values.items() if name != "score" and (e := _ends(line))}
    if not ends:
        return "What the sampled answers earn."
    name, (first, last, size) = max(ends.items(), key=lambda item: abs(item[1][1] - item[1][0]))
    return (
        f"{name} moved most: {number(first)} in the first {count(size, 'step')}, {number(last)} in the last "
        f"({signed(last - first)}). A line that falls while another rises was traded for it."
    )


def against(costs: Lines, thresholds: Mapping[str, float]) -> str:
    """Where each cost ends, against its budget."""
    said = []
    for name, line in costs.items():
        if (ends := _ends(line)) and name in thresholds:
            side = "within" if ends[1] <= thresholds[name] else "over"
            said.append(f"{name} ends at {number(ends[1])}, {side} its budget of {number(thresholds[name])}")
    return f"{'; '.join(said)}." if said else "Higher is worse."


def pressure(multipliers: Lines) -> str:
    """Where each multiplier went."""
    said = [
        f"{name} from {number(ends[0])} to {number(ends[1])}"
        for name, line in multipliers.items()
        if (ends := _ends(line))
    ]
    return f"λ rises while a budget is broken and falls once it is met: {listed(said)}." if said else ""


def drift(line: Sequence[float | None], band: Mapping[str, float]) -> str:
    """Where a watched number went."""
    if not (ends := _ends(line)):
        return "Nothing was measured."
    marks = " Beyond a dashed line it raises an alarm." if band else ""
    return f"Never rewarded; a drift would show gaming. From {number(ends[0])} to {number(ends[1])}.{marks}"


def _ends(line: Sequence[float | None]) -> tuple[float, float, int] | None:
    """Means of the first and the last quarter, and how many steps a quarter has."""
    size = max(1, len(line) // 4)
    ends = []
    for part in (line[:size], line[-size:]):
        known = [x for y in part if (x := finite(y)) is not None]
        if not known:
            return None
        ends.append(sum(known) / len(known))
    return ends[0], ends[1], size
