"""The sections of a page, in reading order; each says from the material what its template shows, or why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lawgiver.report.material import Material
from lawgiver.report.sections import (
    asked,
    examples,
    headline,
    provenance,
    results,
    scopes,
    slices,
    training,
)


class Section(NamedTuple):
    """One section; its template is `templates/sections/<name>.html.j2`."""

    name: str
    """Anchor and template."""
    title: str
    build: Callable[[Material], dict[str, Any] | None]
    """What the template is given; `{"missing": sentence}` where there is nothing to show; None to say nothing."""


SECTIONS = (
    Section("headline", "Result", headline.build),
    Section("results", "Every metric", results.build),
    Section("asked", "What was asked", asked.build),
    Section("training", "Training, step by step", training.build),
    Section("scopes", "Where answers went", scopes.build),
    Section("examples", "Before and after", examples.build),
    Section("slices", "By kind of prompt", slices.build),
    Section("provenance", "Provenance", provenance.build),
)

__all__ = ["SECTIONS", "Section"]
