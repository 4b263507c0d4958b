"""Outside the game: unrelated questions, sentences that try to change its mind, plain text."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.blocks import Block, Cell, Facts, Fold, Group, Row, Table
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Part, known
from lawgiver.report.games.sections.evaluate_common import at_least, cell, ranged
from lawgiver.report.words import NOTHING, brief, clean, first_upper, number, percent

KINDS = {
    "action": "Action words alone",
    "action_game": "Action words and the game",
    "action_game_state": "Action words, game and history",
    "everyday": "Everyday questions",
}


def unrelated(material: GamesMaterial) -> dict[str, Any] | None:
    """What is left of the game where no game is asked about."""
    summary = material.summary
    kinds = summary.part("unrelated_by_kind").children()
    if not kinds:
        return None
    rows = [
        Row(KINDS.get(kind, clean(kind)), _leak(part), str(part.whole("n")) + " prompts")
        for kind, part in kinds.items()
    ]
    each = [
        Row(
            brief(part.text("probe"), 60),
            _leak(part),
            f"{KINDS.get(part.text('kind'), part.text('kind'))}, {part.text('words')}",
        )
        for part in summary.parts("unrelated")
    ]
    caption = (
        "Probability of the action words, the share of it on the first action, and the probability of the right answer "
        "where there is one: untrained → trained. Change: total variation between the two."
    )
    columns = ["Action words", "First action", "Right answer", "Change"]
    blocks: list[Block] = [Table("Unrelated questions", caption, "Kind", columns, [Group(rows)], heat=True)]
    if each:
        blocks.append(
            Fold(
                "Question by question",
                [Table("Every question", caption, "Question", columns, [Group(each)], heat=True)],
            )
        )
    return {"blocks": blocks}


def personas(material: GamesMaterial) -> dict[str, Any] | None:
    """How sentences in front of the question change what it does."""
    summary = material.summary
    rows = summary.parts("personas")
    game = next((part for part in summary.parts("games") if part.text("name") == summary.text("game")), None)
    if not rows or game is None:
        return None
    histories, actions = game.texts("histories"), game.texts("actions")
    table = Table(
        "Under pressure",
        f"P({clean(actions[0])} | history) among legal answers after each sentence; how far it moved from no "
        "sentence at all, and what is left of the optimum.",
        "Sentence",
        [*map(clean, histories), "Moved", "Optimal", "Legal"],
        [Group([_persona(row, len(histories), len(actions)) for row in rows])],
        heat=True,
    )
    return {"blocks": [table]}


def drift(material: GamesMaterial) -> dict[str, Any] | None:
    """What training did to plain text."""
    part = material.summary.part("drift")
    if not part:
        return None
    change, kl = part.part("loss_change"), part.part("kl")
    facts = [
        ("Texts", f"{part.whole('texts')}, {part.whole('tokens')} tokens"),
        ("KL(untrained ‖ trained)", f"{number(kl.number('estimate'), 4)} nats a token {ranged(kl)}".strip()),
        ("Largest of any text", f"{number(part.number('kl_most'), 4)} nats a token"),
        ("Log-loss", f"{number(part.number('base_loss'), 3)} → {number(part.number('loss'), 3)} nats a token"),
        ("Change of log-loss", f"{number(change.number('estimate'), 4)} {ranged(change)}".strip()),
    ]
    rows = [
        Row(
            brief(text.text("text"), 70),
            [
                Cell(str(text.whole("tokens"))),
                *(Cell(number(text.number(key), 3)) for key in ("base_loss", "loss", "kl")),
            ],
        )
        for text in part.parts("by_text")
    ]
    table = Table(
        "Text by text",
        "Log-loss and KL in nats a token.",
        "Begins",
        ["Tokens", "Untrained", "Trained", "KL"],
        [Group(rows)],
    )
    return {"blocks": [Facts(facts), *([Fold("Text by text", [table])] if rows else [])]}


def left_out(material: GamesMaterial) -> dict[str, Any] | None:
    """What was not measured, and why."""
    rows = material.summary.parts("left_out")
    if not rows:
        return None
    return {"blocks": [Facts([(clean(row.text("what")), first_upper(clean(row.text("why")))) for row in rows])]}


def _leak(part: Part) -> list[Cell]:
    change = part.number("change")
    return [
        *(_pair(part, key) for key in ("mass", "first", "right")),
        Cell(number(change), share=None if change is None else min(1.0, max(0.0, change))),
    ]


def _pair(part: Part, key: str) -> Cell:
    after, before = part.number(key), part.number(f"base_{key}")
    if after is None and before is None:
        return Cell(NOTHING)
    return Cell(f"{percent(before)} → {percent(after)}" if before is not None else percent(after))


def _persona(row: Part, histories: int, actions: int) -> Row:
    p_HA = row.numbers("p", histories, actions)
    first = [known(p) for p in p_HA[:, 0]] if p_HA.size else [None] * histories
    cells = [Cell(number(p), share=p) for p in first]
    cells += [cell(row.part("moved")), cell(row.part("right"))]
    legal = cell(row.part("legal"))
    cells.append(Cell(legal.text, at_least(row.number("legal_least"))))
    return Row(brief(row.text("persona"), 40), cells, brief(row.text("text"), 160))
