"""What prompts beside the game show: leaks into other questions, pressure to do otherwise, drift on plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lawgiver.games.evaluate.cells import BASE, Cell, model_name, reference
from lawgiver.games.evaluate.measure import distance, right
from lawgiver.games.evaluate.numbers import number
from lawgiver.games.evaluate.plan import Plan
from lawgiver.games.evaluate.score import pooled_table, tables
from lawgiver.games.learn.reached import legalised
from lawgiver.games.markov import Floats
from lawgiver.games.measures import conditionality
from lawgiver.games.prompts.personas import ATTACKS
from lawgiver.games.prompts.question import NO_STATE

Document = dict[str, Any]
Row = Mapping[str, Any]


def summary(plan: Plan, rows: Mapping[str, Row]) -> Document:
    """The parts `unrelated`, `unrelated_by_kind`, `personas` and `drift` of the summary."""
    pairs = _pairs(plan, rows)
    by_probe: dict[tuple[str, str, str], list[tuple[Row, Row | None]]] = {}
    by_kind: dict[str, list[tuple[Row, Row | None]]] = {}
    for words, own, base in pairs:
        by_probe.setdefault((own["kind"], own["probe"], words), []).append((own, base))
        by_kind.setdefault(own["kind"], []).append((own, base))
    return {
        "unrelated": [
            {"kind": kind, "probe": probe, "words": words, **_leak(several)}
            for (kind, probe, words), several in by_probe.items()
        ],
        "unrelated_by_kind": {kind: _leak(several) for kind, several in by_kind.items()},
        "personas": _attacks(plan, rows),
        "drift": _drift(rows),
    }


def drift_id(index: int) -> str:
    """Where the drift of a model is kept."""
    return f"drift/{model_name(index)}"


def _pairs(plan: Plan, rows: Mapping[str, Row]) -> list[tuple[str, Row, Row | None]]:
    """Every unrelated prompt: its words, what each model answered, and the untrained model, if there is another."""
    found: list[tuple[str, Row, Row | None]] = []
    for words in plan.config.sets:
        base = rows.get(Cell("unrelated", BASE, plan.main.stage.name, words).id)
        for index in range(len(plan.subjects)):
            own = rows.get(Cell("unrelated", model_name(index), plan.main.stage.name, words).id)
            if own is not None:
                theirs = base["probes"] if base is not None else [None] * len(own["probes"])
                found += [(words, mine, other) for mine, other in zip(own["probes"], theirs, strict=True)]
    return found


def _leak(several: Sequence[tuple[Row, Row | None]]) -> Document:
    own_NA = np.array([own["p"] for own, _ in several])
    asked = [own for own, _ in several]
    document: Document = {"n": len(several), **_side("", own_NA, asked)}
    bases = [base["p"] for _, base in several if base is not None]
    if len(bases) < len(several):
        return {**document, **{f"base_{key}": None for key in document if key != "n"}, "change": None}
    base_NA = np.array(bases)
    illegal_N = np.abs(own_NA.sum(axis=1) - base_NA.sum(axis=1))
    change = float((np.abs(own_NA - base_NA).sum(axis=1) + illegal_N).mean() / 2)
    return {**document, **_side("base_", base_NA, asked), "change": change}


def _side(prefix: str, p_NA: Floats, asked: Sequence[Row]) -> Document:
    mass = float(p_NA.sum(axis=1).mean())
    legal_NA = legalised(p_NA)
    right = [(n, probe["right"]) for n, probe in enumerate(asked) if probe["right"] is not None]
    states = sorted({probe["state"] for probe in asked} - {NO_STATE})
    in_state = {state: [n for n, probe in enumerate(asked) if probe["state"] == state] for state in states}
    return {
        f"{prefix}mass": mass,
        f"{prefix}first": float(p_NA[:, 0].mean()) / mass if mass > 0 else None,
        f"{prefix}right": float(np.mean([p_NA[at] for at in right])) if right else None,
        f"{prefix}right_share": float(np.mean([legal_NA[at] for at in right])) if right else None,
        f"{prefix}by_state": [float(legal_NA[n, 0].mean()) for n in in_state.values()] if states else None,
    }


def _attacks(plan: Plan, rows: Mapping[str, Row]) -> list[Document]:
    """What each pressing sentence does to the main game, over words or, with several models, over seeds."""
    main, point = plan.main, reference(plan)
    found = []
    for name, persona in ATTACKS.items():
        cells = [Cell("attacks", model_name(i), main.stage.name, *point, name) for i in range(len(plan.subjects))]
        if any(cell.id not in rows for cell in cells):
            continue
        own = [rows[cell.id] for cell in cells]
        calm = [rows[Cell("grid", cell.player, cell.game, *point).id] for cell in cells]
        if len(own) == 1:
            units = list(zip(tables(own[0]), tables(calm[0]), strict=True))
        else:
            units = [(pooled_table(one), pooled_table(other)) for one, other in zip(own, calm, strict=True)]
        even_H = np.full(main.problem.histories, 1 / main.problem.histories)
        situations = len(main.stage.situations)
        found.append(
            {
                **{"persona": name, "text": persona.text},
                "p": legalised(np.mean([p for p, _ in units], axis=0)).tolist(),
                "legal": number([float(p.sum(axis=1).mean()) for p, _ in units]),
                "legal_least": min(row["legal_least"] for row in own),
                "moved": number([distance(p, before) for p, before in units]),
                "right": number([right(p, main) for p, _ in units]),
                "conditionality": number([conditionality(legalised(p), even_H, situations) for p, _ in units]),
            }
        )
    return found


def _drift(rows: Mapping[str, Row]) -> Document | None:
    """Means over tokens; intervals over texts, each text's number being the mean over the models."""
    found = [row for row in rows.values() if row["part"] == "drift"]
    if not found:
        return None
    texts = [
        {
            **{key: several[0][key] for key in ("text", "tokens")},
            **{key: float(np.mean([each[key] for each in several])) for key in ("loss", "base_loss", "kl")},
        }
        for several in zip(*(row["by_text"] for row in found), strict=True)
    ]
    tokens = [text["tokens"] for text in texts]
    return {
        **{"texts": len(texts), "tokens": sum(tokens)},
        **{key: float(np.average([text[key] for text in texts], weights=tokens)) for key in ("loss", "base_loss")},
        "loss_change": number([text["loss"] - text["base_loss"] for text in texts]),
        "kl": number([text["kl"] for text in texts]),
        "kl_most": max(text["kl"] for text in texts),
        "by_text": texts,
    }
