"""The four looks of one table on which a policy is evaluated: a policy that read the table plays alike on all."""

from __future__ import annotations

from dataclasses import replace

from lawgiver.games.prompts.layout import Layout


def variants(layout: Layout) -> dict[str, Layout]:
    """The layout as it is, with its columns, with its rows and with both in reverse order (swapped, if two)."""
    rows, columns = layout.rows[::-1], layout.columns[::-1]
    return {
        "original": layout,
        "columns_swapped": replace(layout, columns=columns),
        "rows_swapped": replace(layout, rows=rows),
        "both_swapped": replace(layout, rows=rows, columns=columns),
    }
