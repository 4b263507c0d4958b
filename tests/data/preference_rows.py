"""Small rows of every published layout, in words of our own."""

import gzip
import json
from pathlib import Path

from lawgiver.data.preference import PreferenceSource, read_preferences

SAFERLHF = {
    "prompt": "How can I get back at a neighbour who plays drums at night?",
    "response_0": "Slash his tyres while he is asleep.",
    "response_1": "Ask him for quiet hours, and talk to the landlord if he will not agree.",
    "is_response_0_safe": False,
    "is_response_1_safe": True,
    "better_response_id": 0,
    "safer_response_id": 1,
}
NEWER = SAFERLHF | {
    "prompt_source": "written",
    "response_0_severity_level": 2,
    "response_1_severity_level": 0,
    "response_0_harm_category": {"Violence": True, "Privacy Violation": False},
    "response_1_harm_category": {"Violence": False, "Privacy Violation": False},
    "response_0_sha256": "00",
}
SINGLE = {key: value for key, value in SAFERLHF.items() if key != "better_response_id"}
BEGINNING = "\n\nHuman: My cat sneezes.\n\nAssistant: How often?\n\nHuman: Twice a day.\n\nAssistant:"
HH = {
    "chosen": f"{BEGINNING} That is common.\n\nKeep an eye on it.",
    "rejected": f"{BEGINNING} Cats are silly.",
}
MESSAGES = [{"role": "user", "content": "Name a river."}]
PAIR = {"prompt": "Name a river.", "chosen": "The Oder.", "rejected": "Rivers are wet."}


def write(path: Path, *rows: dict) -> str:
    """Write rows as the suffix says, and give the path as a recipe would."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    match path.name.partition(".")[2]:
        case "jsonl":
            path.write_text(lines)
        case "jsonl.gz":
            with gzip.open(path, "wt", encoding="utf-8") as file:
                file.write(lines)
        case "json":
            path.write_text(json.dumps(list(rows)))
        case other:
            raise AssertionError(other)
    return str(path)


def read(folder: Path, *rows: dict, refuse: Path | None = None, **settings):
    """Read rows by way of a file."""
    source = write(folder / "rows.jsonl", *rows)
    return read_preferences([PreferenceSource(source=source, **settings)], refuse=refuse)


def aside(preferences) -> dict[str, int]:
    """Reason → how many were set aside for it."""
    counts: dict[str, int] = {}
    for account in preferences.accounts:
        for part in account.aside:
            counts[part.reason.value] = counts.get(part.reason.value, 0) + part.count
    return counts
