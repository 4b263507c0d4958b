"""Whether a constraint is within its budget, in words."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import compared
from lawgiver.report.words import clean, finite, number


def budget(metric: dict[str, Any] | None) -> dict[str, str] | None:
    """The verdict on one cost metric of one run: met when what its scope compares is at most the threshold.

    Returns:
        `state` (`good`, `open` or `bad`), `words` for a cell and `clause` for a sentence; None for a metric
        without a threshold.
    """
    if not metric or (threshold := finite(metric.get("threshold"))) is None:
        return None
    interval = compared(metric)
    what = clean(metric.get("quantity") or "mean")
    mean, high = finite(interval.get("estimate")), finite(interval.get("high"))
    if mean is None:
        return {
            "state": "open",
            "words": "budget not checked: nothing was scored",
            "clause": "could not be checked",
        }
    if mean > threshold:
        figures = f"{number(mean, 3)} > {number(threshold, 3)}" if mean - threshold < 0.005 else ""
        figures = figures or f"{number(mean)} > {number(threshold)}"
        figures = figures if what == "mean" else f"{what} {figures}"
        return {"state": "bad", "words": f"budget broken: {figures}", "clause": f"is broken ({figures})"}
    if high is not None and high > threshold:
        return {
            "state": "open",
            "words": f"budget met by the {what}, interval reaches {number(high)}",
            "clause": f"is met by the {what} only (its interval reaches {number(high)})",
        }
    words = "budget met" if what == "mean" else f"budget met: {what} {number(mean)}"
    return {"state": "good", "words": words, "clause": "is met"}
