"""Try a policy where it can do no harm before it is let in; remember that it was tried.

Trying costs about a tenth of a second for another process. The memory is a file per bundle in the user's
cache, named by a hash of everything that was tried. It only spares the trial: what a policy may decide never
depends on it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import platformdirs

from lawgiver.data.files import atomic_write
from lawgiver.outcome import PolicyError
from lawgiver.policy.canonical import canonical_json
from lawgiver.policy.embedded import MAX_DATA_BYTES, engine_version
from lawgiver.policy.isolate import Answer, run_isolated
from lawgiver.policy.lint import lint_run
from lawgiver.policy.messages import read_message

# Raised whenever the trial or the lint becomes stricter, so that what passed the old one is tried again.
_TRIAL: Final = 1

SAMPLE_INPUT: Final[dict[str, Any]] = {
    "phase": "response",
    "messages": [{"role": "user", "content": "May I take two of these tablets?"}],
    "response": "Please ask a pharmacist; do not take more than the leaflet says.",
    "labels": {"scope": "S0", "tier": "B"},
    "context": {},
    "evidence": {
        "refusal": {"value": False, "scorer": "sample", "version": "1"},
        "words": {"value": 12, "scorer": "sample", "version": "1"},
        "harm": {
            "value": "none",
            "probabilities": {"none": 0.9, "minor": 0.1},
            "scorer": "sample",
            "version": "1",
        },
        "helpful": {"abstained": "sample"},
        "overclaim": {"failed": "sample"},
    },
}
"""What a policy is tried on beside the empty input, unless the caller has something closer to its own."""


def vet(
    modules: Mapping[str, str],
    data: Mapping[str, Any],
    query: str,
    *,
    sample: Mapping[str, Any] | None = None,
    time_limit_s: float = 10.0,
) -> None:
    """Parse, lint, compile and evaluate a policy in another process, unless exactly this was done before.

    Args:
        modules: file name → Rego source.
        data: the `data` document.
        query: the rule that is the decision.
        sample: an input of the kind the policy will meet; `SAMPLE_INPUT` if None.
        time_limit_s: wall-clock seconds for the whole trial.

    Raises:
        PolicyError: naming file and line of what does not parse or lint, or what the policy did: a crash, a
            hang, a panic, no such rule. An ordinary error or an undefined decision on these inputs is no
            reason: it is denied when it happens.
        CanonicalError: if data or sample has no canonical JSON.
    """
    data_json = canonical_json(dict(data), max_bytes=MAX_DATA_BYTES).decode()
    sample_json = canonical_json(dict(SAMPLE_INPUT if sample is None else sample)).decode()
    bundle = [_TRIAL, engine_version(), sorted(modules.items()), data_json, query, sample_json]
    mark = _folder() / hashlib.sha256(json.dumps(bundle).encode()).hexdigest()
    if os.path.exists(mark):
        return
    inputs = {"the empty input": "{}", "the sample input": sample_json}
    run = run_isolated(modules, data_json, [(query, text) for text in inputs.values()], time_limit_s=time_limit_s)
    errors = [finding for finding in lint_run(run) if finding.severity == "error"]
    if errors:
        raise PolicyError("\n".join(str(finding) for finding in errors))
    if run.crash:
        tried = list(inputs)[len(run.answers)] if run.ast is not None and len(run.answers) < len(inputs) else ""
        where = f" (on {tried})" if tried and "evaluating" in run.crash else ""
        raise PolicyError(f"{', '.join(modules)}: {run.crash}{where}; the policy is not loaded")
    for name, answer in zip(inputs, run.answers, strict=True):
        _refuse(answer, name, query, modules)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs the next start a trial, no more
        atomic_write(mark, engine_version() + "\n")


def _refuse(answer: Answer, name: str, query: str, modules: Mapping[str, str]) -> None:
    said = read_message(answer.text)
    if answer.kind == "panic":
        raise PolicyError(f"{query} makes the engine panic on {name}: {said}; the policy is not loaded")
    if answer.kind == "error" and said.message.startswith("not a valid rule path"):
        raise PolicyError(f"{query}: no such rule in {', '.join(modules)}; define it or name another")


def _folder() -> Path:
    return platformdirs.user_cache_path("lawgiver") / "vetted-policies"
