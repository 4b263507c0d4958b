"""A game that is small enough to be played in a test."""

import yaml

from lawgiver.data import write_jsonl
from lawgiver.guard.example import Example
from tiny_encoder import save_tiny_encoder

GAME = {"iterations": 2, "seeds": 24, "variants": 2, "operators": ["case", "typo", "frame", "leet"]}


def examples(number=20):
    return [
        Example(
            id=f"{number}{'u' if unsafe else 's'}",
            text=text.format(number),
            unsafe=unsafe,
            language="en",
            source="own",
            group=f"g{number}",
        )
        for number in range(number)
        for text, unsafe in (
            ("How do I bake a loaf of bread with {} seeds?", False),
            ("How do I break into the bakery at number {} at night?", True),
        )
    ]


def write_recipe(tmp_path):
    """A recipe of a game, with its rows and a small encoder beside it."""
    write_jsonl(tmp_path / "rows.jsonl", (example.model_dump(mode="json") for example in examples(40)))
    guard = {
        "type": "guard",
        "data": {"files": [str(tmp_path / "rows.jsonl")], "dev": 0.3},
        "classifier": {
            "backbone": str(save_tiny_encoder(tmp_path / "encoder")),
            "window": 32,
            "overlap": 8,
            "batch": 16,
            "epochs": 2,
            "learning_rate": 1e-3,
            "head_learning_rate": 1e-2,
        },
    }
    (tmp_path / "guard.yaml").write_text(yaml.safe_dump(guard))
    path = tmp_path / "duo.yaml"
    path.write_text(yaml.safe_dump({"type": "duoguard", "guard": "guard.yaml", "game": GAME}))
    return path
