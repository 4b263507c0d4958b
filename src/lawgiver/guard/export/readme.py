"""`README.md` of an export: what people want to know before they use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lawgiver.models.classifier.exported import ExportCard

README = "README.md"


def readme(card: ExportCard, folder: Path) -> str:
    """The card in words.

    Args:
        card: with the files but the README itself.
        folder: where these lie.
    """
    size = sum((folder / name).stat().st_size for name in card.files) / 1e6
    weights = "8-bit integers" if card.precision == "int8" else "32-bit numbers"
    return "\n".join(
        [
            f"# {card.source.name}",
            "",
            f"A guard that says how likely a text is unsafe, and of which kinds, for onnxruntime: {size:.0f} MB, "
            f"weights in {weights}. It grew from {card.source.backbone}, whose licence applies to the weights.",
            "",
            *_facts(card),
            "",
            "```sh",
            "pip install 'lawgiver[guard-run]'      # neither torch nor transformers",
            "lawgiver guard scan FOLDER texts.jsonl",
            "```",
            "",
            *_measured(card),
            "## Files",
            "",
            "| file | sha256 |",
            "|---|---|",
            *(f"| {name} | `{sha256}` |" for name, sha256 in card.files.items()),
            "",
            "`card.json` names these and the hash of this file. Whoever opens the folder checks them.",
            "",
        ]
    )


def _facts(card: ExportCard) -> list[str]:
    languages = ", ".join(card.languages) or "not stated"
    fitted = card.calibration
    if fitted is None:
        thresholds = "none: a text is flagged where its probability is above ½"
    else:
        own = ", ".join(fitted["languages"]) or "none"
        made = "the guard that was exported" if fitted["guard_sha256"] == card.source.sha256 else "this very export"
        thresholds = (
            f"fitted to {made}, to flag at most {fitted['fpr']:.0%} of safe texts; "
            f"languages with their own numbers: {own}"
        )
    return [
        "| | |",
        "|---|---|",
        f"| made from | {card.source.name}, sha256 `{card.source.sha256}` |",
        f"| outputs | {', '.join(card.outputs)} |",
        f"| trained on languages | {languages} |",
        f"| vocabulary | {card.vocabulary} tokens |",
        f"| windows | {card.window} tokens, {card.overlap} of them shared; the highest window of a text counts |",
        f"| thresholds | {thresholds} |",
    ]


def _measured(card: ExportCard) -> list[str]:
    """What quantising changed; nothing if it was not measured."""
    if card.measured is None:
        return ["What exporting changed was not measured: no labelled rows were given.", ""]
    rows = [
        f"| {row['language'] or 'all'} | {row['n']} | "
        + " | ".join(_range(row[part][name]) for name, part in _COLUMNS)
        + " |"
        for row in card.measured["rows"]
    ]
    return [
        "## What exporting changed",
        "",
        "On rows that were given, at the stored thresholds, with 95 % intervals.",
        "",
        "| language | texts | FPR before | FPR after | recall before | recall after |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]


_COLUMNS = (("fpr", "before"), ("fpr", "after"), ("recall", "before"), ("recall", "after"))


def _range(share: dict[str, Any] | None) -> str:
    return "–" if share is None else f"{share['estimate']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"
