"""The largest gains and the largest losses, both answers side by side with the rules that fired."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import Document, Material
from lawgiver.report.words import number, signed

LONG = 700
"""Characters of an answer that are shown before it has to be unfolded."""


def build(material: Material) -> dict[str, Any] | None:
    """Gains and losses of the main comparison."""
    main = material.main
    if main is None:
        if material.kind not in ("demo", "comparison"):
            return None
        return {"missing": "The two runs were not compared, so there are no examples."}
    before, after = material.before, material.after
    labels = (before.label if before else "", after.label if after else "")
    groups = [
        ("Largest gains", "No scenario gained.", main.get("gains") or []),
        ("Largest losses", "No scenario lost.", main.get("losses") or []),
    ]
    return {
        "groups": [
            {"title": title, "none": none, "examples": [_example(e, labels) for e in examples]}
            for title, none, examples in groups
        ]
    }


def _example(example: Document, labels: tuple[str, str]) -> Document:
    return {
        "id": example.get("id"),
        "change": signed(example.get("change")),
        "prompt": folded(example.get("prompt", "")),
        "sides": [_side(example.get(key) or {}, label) for key, label in zip(("before", "after"), labels, strict=True)],
    }


def _side(side: Document, label: str) -> Document:
    return {
        "label": label,
        "response": folded(side.get("response", "")),
        "score": number(side.get("score")),
        "action": side.get("action", ""),
        "violations": side.get("violations") or [],
    }


def folded(text: Any) -> dict[str, str]:
    """A text as what is shown at once and what is shown on demand."""
    whole = str(text if text is not None else "")
    if len(whole) <= LONG:
        return {"head": whole, "rest": ""}
    # break where a reader would, if there is such a place near
    cut = whole.rfind(" ", LONG - 60, LONG)
    cut = cut if cut > 0 else LONG
    return {"head": whole[:cut], "rest": whole[cut:]}
