"""From Rego sources to an engine that may be trusted with an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lawgiver.outcome import PolicyError
from lawgiver.policy.canary import vet as vet_policy
from lawgiver.policy.embedded import EmbeddedEngine
from lawgiver.policy.engine import PolicyEngine
from lawgiver.policy.lint import TEST_SUFFIX


def load(
    modules: Mapping[str, str],
    data: Mapping[str, Any],
    query: str = "data.charter.medical.decision",
    *,
    sample: Mapping[str, Any] | None = None,
    vet: bool = True,
    time_limit_s: float = 10.0,
) -> PolicyEngine:
    """Parse, lint and try a policy, then hand back an engine for it.

    Args:
        modules: file name → Rego source; files named `*_test.rego` are left out.
        data: what the rules see as `data`, beside themselves.
        query: the rule that is the decision.
        sample: an input of the kind the policy will meet, for the trial; a general one if None.
        vet: False skips lint and trial, for a policy known to be harmless: a recursive one then ends the
            process.
        time_limit_s: wall-clock seconds for the trial.

    Raises:
        PolicyError: if there is no module, one does not parse, the lint finds an error, or the trial ends
            badly; the message names file and line, or what happened.
        CanonicalError: if data or sample has no canonical JSON.
    """
    sources = {file: source for file, source in modules.items() if not file.endswith(TEST_SUFFIX)}
    if not sources:
        raise PolicyError("no policy to load: give at least one .rego file that is not a test")
    if vet:
        vet_policy(sources, data, query, sample=sample, time_limit_s=time_limit_s)
    return EmbeddedEngine(sources, data, query)
