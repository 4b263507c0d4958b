"""The cells of an evaluation: which prompts are scored together, for whom, and what to call them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from lawgiver.games.evaluate.plan import Plan
from lawgiver.games.prompts.layout import layouts
from lawgiver.games.prompts.personas import ATTACKS, Persona, persona
from lawgiver.games.prompts.question import Question
from lawgiver.games.prompts.render import grid
from lawgiver.games.prompts.unrelated import unrelated
from lawgiver.games.prompts.variants import variants
from lawgiver.outcome import ConfigurationError

BASE = "base"


@dataclass(frozen=True)
class Cell:
    """Prompts that are alike in all but state, words of one pool and order of the answers."""

    part: str
    """One of PARTS; `grid` for every cell of the model itself."""
    player: str
    """`model 0`, `base`, `base as de`."""
    game: str
    words: str
    """The pool."""
    permutation: str = "original"
    phrasing: str = "table"
    persona: str = ""

    @property
    def id(self) -> str:
        """What it is found by."""
        return "/".join(
            (self.part, self.player, self.game, self.words, self.permutation, self.phrasing, self.persona or "-")
        )


def model_name(index: int) -> str:
    """The player that the given model is."""
    return f"model {index}"


def cells(plan: Plan, player: str) -> list[Cell]:
    """Everything that is scored for one player, the most telling first."""
    config = plan.config
    skip = config.skip
    who = player.removeprefix(f"{BASE} as ") if player.startswith(f"{BASE} as ") else ""
    is_model = player.startswith("model")
    main, point = plan.main.stage.name, reference(plan)
    found: list[Cell] = []
    if is_model or "baselines" not in skip:
        found += [Cell("grid" if is_model else "baselines", player, game, *point, who) for game in plan.setups]
    if plan.tables:
        return found
    if "flip" not in skip and found and not who:
        found += [
            Cell("flip", player, game, *point) for game, setup in plan.setups.items() if setup.flipped is not None
        ]
    if "attacks" not in skip and is_model:
        found += [Cell("attacks", player, main, *point, attack) for attack in ATTACKS]
    if "unrelated" not in skip and not who:
        pools = [name for name in plan.main.words if name in ("trained", "held_out")] or [point[0]]
        found += [Cell("unrelated", player, main, name) for name in pools]
    if "grid" not in skip and is_model:
        found += [cell for cell in _grid(plan, player) if cell not in found]
    return found


def reference(plan: Plan) -> tuple[str, str, str]:
    """Words, permutation and phrasing that all is compared with."""
    config = plan.config
    return config.sets[0], config.permutations[0], config.phrasings[0]


def questions(plan: Plan, cell: Cell) -> dict[str, list[Question]]:
    """The prompts of a cell, by the words that they are asked with (`red/blue`).

    Raises:
        ConfigurationError: if the phrasing cannot tell the game.
    """
    setup, config = plan.setups[cell.game], plan.config
    if cell.part == "unrelated":
        words = setup.words[cell.words][0]
        return {"/".join(words): unrelated(setup.stage, words)}
    stage = setup.flipped if cell.part == "flip" else setup.stage
    assert stage is not None
    chosen = [variants(layout)[cell.permutation] for layout in layouts(stage, config.orders, config.history)]
    return {
        "/".join(words): grid(stage, [words], chosen, cell.phrasing, who(cell.persona))
        for words in setup.words[cell.words]
    }


def who(name: str) -> Persona | None:
    """The persona of a cell."""
    return persona(name) if name else None


def players(plan: Plan) -> dict[str, list[Cell]]:
    """Player → what is scored for it; what a phrasing cannot tell goes to the plan's `left_out`.

    Raises:
        ConfigurationError: if it is the reference that cannot be told.
    """
    models = [model_name(index) for index in range(len(plan.subjects))]
    prompted = (
        [] if plan.tables or "baselines" in plan.config.skip else [f"{BASE} as {p}" for p in plan.config.personas]
    )
    # what shares a model stands together, so that each is loaded once
    names = [BASE, *prompted, *models] if grown(plan) else [*models, *prompted]
    return {name: [cell for cell in cells(plan, name) if _can_be_told(plan, cell)] for name in names}


def _can_be_told(plan: Plan, cell: Cell) -> bool:
    try:
        questions(plan, cell)
    except ConfigurationError as error:
        if (cell.words, cell.permutation, cell.phrasing) == reference(plan):
            raise
        entry = {"what": f"{cell.phrasing} × {cell.game}", "why": str(error)}
        if entry not in plan.left_out:
            plan.left_out.append(entry)
        return False
    return True


def grown(plan: Plan) -> bool:
    """Whether there is an untrained model to compare with, other than what is evaluated."""
    subject = plan.subjects[0]
    return subject.kind == "lm" and (subject.adapter is not None or plan.config.base != subject.model)


def _grid(plan: Plan, player: str) -> Iterator[Cell]:
    config = plan.config
    if "grid" in config.skip:
        return
    for game, setup in plan.setups.items():
        for point in product(config.sets, config.permutations, config.phrasings):
            departures = sum(ours != theirs for ours, theirs in zip(point, reference(plan), strict=True))
            if point[0] in setup.words and (config.full or departures <= 1):
                yield Cell("grid", player, game, *point)
