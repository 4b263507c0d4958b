"""A small charter to train, judge and break: what `lawgiver charter new` writes, with more to tell texts apart."""

from pathlib import Path

from lawgiver.charter.new import new_charter
from lawgiver.data import Exchange, write_jsonl

WORDY = """\
  - name: wordy
    title: "Wordy: more than four words"
    threshold: 0.2
    evidence: [words]
"""
WORDY_RULES = """\
package charter.{name}

costs["wordy"] := 1 if input.evidence.words.value > 4

costs["wordy"] := 0 if input.evidence.words.value <= 4
"""
TRAIN = 6


def small_charter(folder: Path) -> Path:
    """Two principles that bytes from a random model reach to various degrees, two costs, six training scenarios."""
    new_charter(folder)
    edit(folder / "policies/data.yaml", "60", "2")
    edit(
        folder / f"policies/{folder.name}_test.rego",
        'brevity == 1 with input as asked("in", 10',
        'brevity == 1 with input as asked("in", 2',
    )
    edit(
        folder / "charter.yaml", "\nevidence:\n", f"{WORDY}\nmonitors:\n  - {{evidence: words, high: 3}}\n\nevidence:\n"
    )
    (folder / "policies/wordy.rego").write_text(WORDY_RULES.format(name=folder.name))
    asked = ["A?", "Bb?", "Ccc?", "Dddd?", "Eeeee?", "Ffffff?"]
    write_jsonl(folder / "scenarios/train.jsonl", [scenario(f"train-{n}", text, n) for n, text in enumerate(asked)])
    return folder


def scenario(name: str, prompt: str, number: int) -> dict:
    """Every third one is out of scope, so that its over-refusal abstains."""
    inside = number % 3 > 0
    return {
        "id": name,
        "prompt": prompt,
        "labels": {"scope": "in" if inside else "out"},
        "answer_part": "it" if inside else None,
    }


def edit(path: Path, old: str, new: str) -> None:
    """Replace what must be there once."""
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new))


def said(response: str, scope: str = "in", prompt: str = "What is it?", **more) -> Exchange:
    """One exchange under the small charter."""
    return Exchange(({"role": "user", "content": prompt},), response, {"scope": scope}, **more)
