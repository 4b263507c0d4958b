"""Phrasing `table`: the payoffs as a Markdown table. Short, and what differs between states comes late."""

from __future__ import annotations

from lawgiver.games.prompts.scene import Cell, Scene, number, slashed


def text(scene: Scene) -> str:
    """The prompt up to the line that asks for the answer."""
    return "\n".join((_introduction(scene), *_table(scene), "Get as many points as you can.", *_past(scene)))


def _introduction(scene: Scene) -> str:
    mine, theirs = slashed(scene.introduced), slashed(scene.offered)
    if scene.many:
        return f"You and {scene.many} others each pick ({mine}). Points (same table for all):"
    if scene.shared:
        return f"You and another player each pick ({mine}). Points (you, other):"
    return f"You pick ({mine}), another player picks ({theirs}). Points (you, other):"


def _table(scene: Scene) -> list[str]:
    across = scene.stage.role != "column"  # the learner's actions are the rows
    heads = [_others(cell, scene.many) if across else f"you={cell.own}" for cell in scene.table[0]]
    lines = [f"| | {' | '.join(heads)} |", "|-" * (len(heads) + 1) + "|"]
    for row in scene.table:
        head = f"you={row[0].own}" if across else _others(row[0], scene.many)
        lines.append(_row(head, [_points(cell, scene.many) for cell in row]))
    return lines


def _past(scene: Scene) -> list[str]:
    rounds = [
        f"you={cell.own}, {_others(cell, scene.many)}, points {_points(cell, scene.many)}." for cell in scene.rounds
    ]
    if len(rounds) == 1:
        return [f"Last round: {rounds[0]}"]
    return [f"Last {len(rounds)} rounds, oldest first:", *rounds]


def _row(head: str, cells: list[str]) -> str:
    return "| " + " | ".join((head, *cells)) + " |"


def _others(cell: Cell, many: int) -> str:
    return f"{cell.count} other{'' if cell.count == 1 else 's'}={cell.other}" if many else f"other={cell.other}"


def _points(cell: Cell, many: int) -> str:
    return number(cell.yours) if many else f"{number(cell.yours)}, {number(cell.theirs)}"
