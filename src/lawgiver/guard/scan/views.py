"""What is scored of a row: the text as written, as it is seen, without disguises, and what stood encoded in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lawgiver.evidence.normalise import VIEWS, Normalised, normalise
from lawgiver.guard.example import ASSISTANT, USER, Example

WRITTEN, SEEN, PLAIN = "as_written", "as_seen", "normalised"


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a row."""

    name: str
    """`as_written`, `as_seen`, `normalised`, or `decoded_` and an encoding."""
    example: Example
    counts: bool = True
    """Whether the decision rests on it; a text as written counts only if a reader sees it so (`Normalised.seen`)."""


@dataclass(frozen=True, slots=True)
class Views:
    """All readings of a row."""

    views: tuple[View, ...]
    """The one as written first."""
    changed: dict[str, Any]
    """Field → what normalising did to it; empty if nothing."""
    deeper: bool
    """Whether something lies encoded below what is looked at."""


def written(example: Example) -> View:
    """A row as it came."""
    return View(WRITTEN, example)


def all_views(example: Example) -> Views:
    """The readings of a row, each different from all before it; at most `VIEWS` + 3 for each field."""
    fields = {"text": example.text} | ({} if example.response is None else {"response": example.response})
    found = {name: normalise(text) for name, text in fields.items()}
    made = [View(SEEN, example.model_copy(update={name: each.seen for name, each in found.items()}))]
    made += [View(PLAIN, example.model_copy(update={name: each.text for name, each in found.items()}))]
    for name, each in found.items():
        # what was hidden in an answer was said by the assistant
        mode = "response" if name == "response" or example.mode == "response" else "prompt"
        alone = {"response": None, "mode": mode}
        made += [View(kind, example.model_copy(update={**alone, "text": text})) for kind, text in _decoded(each)]
    first = View(WRITTEN, example, counts=made[0].example.scored == example.scored)
    seen, kept = {example.scored}, [first]
    for view in made:
        if view.example.scored not in seen:
            seen.add(view.example.scored)
            kept.append(view)
    changed = {name: _said(each) for name, each in found.items() if each.changes or each.decoded}
    return Views(tuple(kept), changed, any(each.deeper for each in found.values()))


def places(example: Example, span: tuple[int, int]) -> dict[str, list[int]]:
    """A window of `Example.scored` in characters of the fields it lies in: field → first, and first after the last."""
    if example.mode == "conversation":
        start = len(USER) + len(example.text) + 1 + len(ASSISTANT)
        offsets = {"text": (len(USER), len(example.text)), "response": (start, len(example.response or ""))}
    elif example.mode == "response":
        offsets = {"response": (len(ASSISTANT), len(example.text))}
    else:
        offsets = {"text": (0, len(example.text))}
    cut = {name: [min(max(end - offset, 0), length) for end in span] for name, (offset, length) in offsets.items()}
    return {name: [first, last] for name, (first, last) in cut.items() if last > first}


def _decoded(found: Normalised) -> list[tuple[str, str]]:
    parts = [(f"decoded_{part.encoding}", part.text) for part in found.decoded]
    # further ones share a view, so that nobody can hide one behind many
    rest = [("decoded_rest", "\n".join(text for _, text in parts[VIEWS:]))] if len(parts) > VIEWS else []
    return parts[:VIEWS] + rest


def _said(found: Normalised) -> dict[str, Any]:
    return {
        "counts": dict(found.counts),
        "first": [
            {"kind": change.kind, "at": change.at, "before": change.before, "after": change.after}
            for change in found.changes
        ],
    }
