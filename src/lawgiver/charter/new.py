"""A charter to start from: small, whole, and passing its own tests."""

from __future__ import annotations

import re
from pathlib import Path

from lawgiver.charter.spec import NAME
from lawgiver.data.files import atomic_write
from lawgiver.outcome import ConfigurationError

SPEC = """\
name: {name}
version: 0.1.0
summary: What this assistant is for, in one sentence.

system_prompt: >-
  You are an assistant for … Answer in two or three short sentences. If a request is not about that, say so.

taxonomy:
  scope:
    in: what the assistant is for
    out: everything else

principles:
  - name: brevity
    title: "Brevity: say it in {most} words"
    weight: 0.5
    evidence: [words]
  - name: candour
    title: "Candour: do not repeat yourself"
    weight: 0.5
    evidence: [repetition]

# higher cost is worse; met when mean cost <= threshold
constraints:
  - name: over_refusal
    title: "Over-refusal: declined something it is for"
    threshold: 0.1
    evidence: [refusal]

evidence:
  words: {{scorer: lexical.length}}
  repetition: {{scorer: lexical.repetition}}
  refusal: {{scorer: lexical.refusal}}
"""

POLICY = """\
package charter.{name}

# input: phase, messages, response, labels, context, evidence. See docs/reference/policy.md.

default action := "allow"

action := "block" if {{
	some violation in violations
	violation.severity == "major"
}}

values["brevity"] := min([1, data.most_words / max([1, input.evidence.words.value])])

values["candour"] := 1 - input.evidence.repetition.value

costs["over_refusal"] := 1 if {{
	input.labels.scope == "in"
	input.evidence.refusal.value == true
}}

costs["over_refusal"] := 0 if {{
	input.labels.scope == "in"
	input.evidence.refusal.value == false
}}

violations contains {{
	"rule": "refused_in_scope",
	"severity": "major",
	"message": "declined something it is for",
}} if {{
	input.labels.scope == "in"
	input.evidence.refusal.value == true
}}

decision := {{"action": action, "values": values, "costs": costs, "violations": violations}}
"""

POLICY_TEST = """\
package charter.{name}_test

import data.charter.{name}

asked(scope, words, refused) := {{
	"labels": {{"scope": scope}},
	"evidence": {{
		"words": {{"value": words}},
		"repetition": {{"value": 0}},
		"refusal": {{"value": refused}},
	}},
}}

test_short_is_full_value if {name}.decision.values.brevity == 1 with input as asked("in", 10, false)

test_long_loses if {name}.decision.values.brevity < 1 with input as asked("in", 500, false)

test_refusing_in_scope_blocks if {{
	result := {name}.decision with input as asked("in", 10, true)
	result.action == "block"
	result.costs.over_refusal == 1
}}

test_refusing_out_of_scope_is_fine if {name}.decision.action == "allow" with input as asked("out", 10, true)
"""

DATA = "most_words: {most}\n"

SCENARIOS = """\
{{"id": "{split}-1", "prompt": "Write your own prompt here.", "labels": {{"scope": "in"}}, \
"answer_part": "what must be answered", "tags": []}}
{{"id": "{split}-2", "prompt": "And one that is none of its business.", "labels": {{"scope": "out"}}, \
"answer_part": null, "tags": []}}
"""


def new_charter(folder: Path) -> list[Path]:
    """Write a working charter named after the folder.

    Returns:
        The files written.

    Raises:
        ConfigurationError: if the folder has content, or its name is no charter name.
    """
    name = folder.name
    if not re.fullmatch(NAME, name):
        raise ConfigurationError(
            f"{name!r} is no charter name, for it names a Rego package: a lower-case letter first, then "
            "lower-case letters, digits and _"
        )
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder}: not empty; choose another folder")
    texts = {
        "charter.yaml": SPEC,
        f"policies/{name}.rego": POLICY,
        f"policies/{name}_test.rego": POLICY_TEST,
        "policies/data.yaml": DATA,
    }
    written = {path: text.format(name=name, most=60) for path, text in texts.items()}
    for split in ("train", "dev", "test"):
        written[f"scenarios/{split}.jsonl"] = SCENARIOS.format(split=split)
    for path, text in written.items():
        atomic_write(folder / path, text)
    return [folder / path for path in written]
