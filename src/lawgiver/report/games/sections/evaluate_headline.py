"""How far a policy does what its framework asks, and what speaks against it."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Part
from lawgiver.report.games.sections.evaluate_common import MODEL, label_of, measured, players, ranged
from lawgiver.report.words import clean, count, listed, number, percent


def build(material: GamesMaterial) -> dict[str, Any]:
    """The sentence, and the figures that it rests on."""
    summary = material.summary
    if not summary:
        scored = material.result.scored if material.result else 0
        return {
            "sentence": f"The evaluation is not finished: {count(scored, 'cell')} of its grid are scored; resume it.",
            "figures": [],
        }
    right = summary.part("right")
    game = f"{summary.text('game')} under {summary.text('framework')} against {summary.text('opponent')}"
    sentence = (
        f"{_who(summary)} does what is optimal in {game} with {percent(right.number('estimate'))} of its legal "
        f"answers {_over(summary)}"
    )
    doubts = _doubts(summary)
    if doubts:
        sentence += f"; but {listed(doubts)}"
    return {"sentence": f"{clean(sentence).rstrip()}.", "figures": _figures(summary)}


def _who(summary: Part) -> str:
    label = label_of(summary, MODEL)
    return f"The mean of {label}" if len(summary.texts("models")) > 1 else label


def _over(summary: Part) -> str:
    others = []
    for key, label in players(summary).items():
        if key in ("base", "always C", "tit for tat"):
            found = measured(summary, key).get(summary.text("game"))
            estimate = found.part("right").number("estimate") if found else None
            if estimate is not None:
                others.append(f"{label} {percent(estimate)}")
    return f"({listed(others)})" if others else ""


def _doubts(summary: Part) -> list[str]:
    doubts = []
    right, gap = summary.part("right").number("estimate"), summary.number("gap")
    if right is not None and gap is not None and gap > 0.5:
        doubts.append(f"on some prompt the best action has a probability of only {number(1 - gap)}")
    least = summary.number("legal_least")
    if least is not None and least < 0.95:
        doubts.append(f"on some prompt only {percent(least)} of its answer is legal")
    weak = _weakest(summary)
    if weak and right is not None and weak[1] < right - 0.1:
        doubts.append(f"in “{weak[0]}” it falls to {percent(weak[1])}")
    return doubts


def _words(summary: Part) -> str:
    words = summary.text("words").replace("_", "-")
    return f", {words} words" if words and summary.text("policy") != "table" else ""


def _weakest(summary: Part) -> tuple[str, float] | None:
    """The variation of the main game with the lowest conformity."""
    grid, game = summary.part("grid"), summary.text("game")
    titles = [part.text("title", part.text("id")) for part in grid.parts("variations")]
    right = grid.part("right").numbers(game, len(titles))
    found = [(clean(title), float(value)) for title, value in zip(titles, right, strict=True) if value == value]
    return min(found, key=lambda entry: entry[1], default=None)


def _figures(summary: Part) -> list[dict[str, str]]:
    right, legal = summary.part("right"), summary.part("legal")
    figures = [
        {
            "label": "Plays as the optimum asks",
            "value": percent(right.number("estimate")),
            "detail": f"{ranged(right)} of legal answers{_words(summary)}".strip(),
        },
        {
            "label": "Legal answers",
            "value": percent(legal.number("estimate")),
            "detail": f"least of any prompt {percent(summary.number('legal_least'))}",
        },
    ]
    leak = summary.part("unrelated_by_kind").children()
    if leak:
        worst = max(leak, key=lambda kind: leak[kind].number("change") or 0)
        figures.append({
            "label": "Change where no game is played",
            "value": number(leak[worst].number("change")),
            "detail": f"total variation from the untrained model, {worst.replace('_', ', ')}",
        })  # fmt: skip
    if drift := summary.part("drift"):
        kl = drift.part("kl")
        figures.append({
            "label": "Drift on plain text",
            "value": number(kl.number("estimate"), 3),
            "detail": f"KL, nats a token {ranged(kl)}".strip(),
        })  # fmt: skip
    if len(figures) < 4:
        worst_case = measured(summary, MODEL).get(summary.text("game"))
        shortfall = worst_case.part("exploitability").part("shortfall") if worst_case else Part({}, "")
        figures.append({
            "label": "Exploitable for",
            "value": number(shortfall.number("estimate")),
            "detail": "payoff a round below what it could secure",
        })  # fmt: skip
    return figures
