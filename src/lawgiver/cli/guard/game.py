"""`lawgiver guard train` for a recipe of type duoguard: two players."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lawgiver.cli.console import Format, print_json, progress, stderr

if TYPE_CHECKING:
    from lawgiver.guard.players.settings import DuoRecipe


def dry_run(recipe: DuoRecipe, folder: Path, output: Format) -> None:
    """Read the data, make the candidates of the first round that need no model, and say how many there are."""
    from lawgiver.guard.classifier.data import prepare_examples
    from lawgiver.guard.players.candidates import draw_seeds, joined, rewritten
    from lawgiver.guard.players.translator import check_translator, translator_seeds
    from lawgiver.guard.registry import check_name
    from lawgiver.models.classifier.card import read_card

    found = prepare_examples(recipe.guard.data)
    game = recipe.game
    if recipe.start is not None:
        read_card(recipe.start)
    if game.generator is not None and game.judge != "neighbours":
        check_name(game.judge)
    check_translator(found.train, recipe)
    abroad = [] if game.translator is None else translator_seeds(found.train, recipe, game.translator, 1)
    seeds = draw_seeds(found.train, game, 1)
    made = [*rewritten(seeds, game, 1), *joined(seeds, game, 1, found.train)]
    makers: dict[str, int] = {}
    for sample in made:
        for maker in sample.made_by:
            makers[maker] = makers.get(maker, 0) + 1
    if output is Format.JSON:
        numbers = {"seeds": len(seeds), "translated": len(abroad), "candidates": len(made), "makers": makers}
        print_json(found.to_json() | numbers)
        return
    languages = {language: sum(seed.language == language for seed in seeds) for language in {s.language for s in seeds}}
    spoken = ", ".join(f"{language or 'no language'} {number}" for language, number in sorted(languages.items()))
    made_by = ", ".join(f"{name} {number}" for name, number in sorted(makers.items()))
    generator = game.generator
    typer.echo(
        f"train: {len(found.train)} rows; held out: {len(found.dev)}\n"
        f"iteration 0: {recipe.start or 'trained first'}\n"
        f"{game.iterations} iterations of {len(seeds)} seeds ({spoken})\n"
        f"candidates of the first: {len(made)} ({made_by})"
        + (
            f"; and up to {min(generator.seeds, len(seeds)) * generator.samples * max(len(generator.languages), 1)} "
            f"by {generator.model}"
            if generator
            else ""
        )
        + (f"; and {len(abroad)} translated into {', '.join(game.translator.routes)}" if game.translator else "")
        + f"\nfine: into {folder}"
    )


def play(recipe: DuoRecipe, folder: Path, resume: bool, output: Format) -> None:
    """Play the game and say what came of it."""
    from lawgiver.guard.players.run import play_game

    with progress() as display:
        task = display.add_task("guard", total=None, remark="")

        def on_step(row: dict[str, Any]) -> None:
            display.update(task, completed=row["step"], total=row["of"], remark=f"loss {row['loss']:.3f}")

        summary = play_game(recipe, folder, on_step, say=stderr().print, resume=resume)
    if output is Format.JSON:
        print_json(summary | {"run": str(folder)})
        return
    for row in summary["rounds"]:
        typer.echo(told(row))
    typer.echo(f"guard: {folder}\nnext: lawgiver guard calibrate {folder} --data HELD-OUT.jsonl")


def told(row: dict[str, Any]) -> str:
    """One round in a few lines."""
    fooled = row["misclassified"] / row["candidates"] if row["candidates"] else 0.0
    worst = sorted(
        ((each["misclassified"] / each["candidates"], name) for name, each in row["maker"].items()), reverse=True
    )
    held_out = row.get("dev", {})
    dev = ", ".join(f"{name} {held_out[name]:.3f}" for name in ("auprc", "f1") if name in held_out)
    return (
        f"iteration {row['iteration']}: {row['candidates']} candidates, {100 * fooled:.1f} % fool the guard "
        f"(most: {', '.join(f'{name} {100 * share:.0f} %' for share, name in worst[:3])}); "
        f"{row['learned']} learned, {row['review']} to review, {sum(row['dropped'].values())} dropped; "
        + (f"held out: {dev}" if dev else "the guard stays as it is")
    )
