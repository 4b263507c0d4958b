"""How long one policy decision takes, from a Python dict to a checked decision. Prints JSON.

Two policies: a generated one of 50 rules, and a charter's own (`--charter`, passed over where there is none).
Times are wall-clock, in milliseconds, of single calls after a warm-up; the vetting of a new policy is measured apart.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lawgiver.policy import PolicyEngine, canonical_json, engine_version, load

TARGET_P50_MS = {"generated": 0.5, "charter": 0.15}
QUERY = "data.charter.generated.decision"


def generated_policy(rules: int) -> str:
    """A policy of so many rules that can fire, each looking at its own evidence field and at the text."""
    violations = "\n".join(
        f"""violations contains {{
	"rule": "r.{n}",
	"severity": "minor",
	"message": sprintf("field {n} is %v", [score]),
}} if {{
	score := input.evidence.field_{n % 10}.value
	score > data.threshold.rule_{n}
	not contains(input.response, "exempt-{n}")
}}
"""
        for n in range(rules)
    )
    return f"""package charter.generated

default action := "block"

action := "allow" if count(violations) < 25

values["quality"] := input.evidence.field_0.value

{violations}
decision := {{"action": action, "values": values, "violations": violations}}
"""


def sample_input(numbers: int = 0) -> dict[str, Any]:
    """1 to 2 kB: a question, an answer and the evidence fields of the medical charter, plus so many numbers."""
    levels: dict[str, tuple[str, ...]] = {
        "response_scope": ("S0", "S1", "S2", "S3"),
        "harm": ("none", "minor", "major"),
        "helpful": ("yes", "partly", "no"),
        "overclaim": ("false", "true"),
        "addresses": ("true", "false"),
    }
    evidence: dict[str, Any] = {
        "refusal": {"value": False, "scorer": "lexical.refusal", "version": "1"},
        "referral": {"value": "routine", "scorer": "lexical.referral", "version": "1"},
        "disclaimer": {"value": False, "scorer": "lexical.disclaimer", "version": "1"},
        "words": {"value": 42, "scorer": "lexical.words", "version": "1"},
        "repetition": {"value": 0.0, "scorer": "lexical.repetition", "version": "1"},
    }
    for name, classes in levels.items():
        weights = [0.7] + [0.3 / (len(classes) - 1)] * (len(classes) - 1)
        evidence[name] = {
            "value": {"true": True, "false": False}.get(classes[0], classes[0]),
            "probabilities": dict(zip(classes, weights, strict=True)),
            "scorer": "fitted",
            "version": "1",
        }
    for n in range(numbers):
        evidence[f"field_{n}"] = {"value": n / 10, "scorer": "sample", "version": "1"}
    return {
        "phase": "response",
        "messages": [{"role": "user", "content": "I have had a cough for two weeks. What could it be? " * 3}],
        "response": "A cough of two weeks is often the end of a cold; see a doctor if it lasts beyond three. " * 4,
        "labels": {"scope": "S0", "tier": "B"},
        "context": {"answer_part": "What could a cough of two weeks be?"},
        "evidence": evidence,
    }


def measure(engine: PolicyEngine, inputs: Sequence[Mapping[str, Any]], n: int) -> dict[str, Any]:
    """Time n single decisions, cycling through the inputs."""
    decision = engine.evaluate(inputs[0])
    for each in range(min(n, 200)):
        engine.evaluate(inputs[each % len(inputs)])
    times: list[float] = []
    for each in range(n):
        asked = inputs[each % len(inputs)]
        began = time.perf_counter()
        engine.evaluate(asked)
        times.append((time.perf_counter() - began) * 1e3)
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "n": n,
        "p50_ms": round(cuts[49], 4),
        "p95_ms": round(cuts[94], 4),
        "p99_ms": round(cuts[98], 4),
        "input_bytes": len(canonical_json(inputs[0])),
        "action": decision["action"],
        "error": decision.get("error"),
    }


def judged(result: dict[str, Any], kind: str) -> dict[str, Any]:
    target = TARGET_P50_MS[kind]
    return {**result, "target_p50_ms": target, "met": result["error"] is None and result["p50_ms"] <= target}


def bench_generated(rules: int, n: int) -> dict[str, Any]:
    modules = {"generated.rego": generated_policy(rules)}
    data = {"threshold": {f"rule_{n}": (n % 20) / 20 for n in range(rules)}}
    seconds: list[float] = []
    for _ in range(2):
        began = time.perf_counter()
        engine = load(modules, data, QUERY)
        seconds.append(round(time.perf_counter() - began, 4))
    result = measure(engine, [sample_input(10)], n)
    return {"rules": rules, "load_new_s": seconds[0], "load_vetted_s": seconds[1], **judged(result, "generated")}


def bench_charter(folder: Path, n: int) -> dict[str, Any]:
    from lawgiver.charter import Charter

    return {"charter": folder.name, **judged(measure(Charter.open(folder).engine, [sample_input()], n), "charter")}


def machine() -> dict[str, Any]:
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=5000, help="decisions a policy (default 5000)")
    parser.add_argument("--rules", type=int, default=50, help="rules of the generated policy (default 50)")
    default = Path(__file__).parent.parent / "charters" / "medical"
    parser.add_argument("--charter", type=Path, default=default, help="charter folder (default: medical)")
    options = parser.parse_args()
    report: dict[str, Any] = {"machine": machine(), "engine": engine_version()}
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache  # so that the generated policy is new, whoever ran this before
        report["generated"] = bench_generated(options.rules, options.n)
        if any(options.charter.glob("policies/*.rego")):
            report["charter"] = bench_charter(options.charter, options.n)
    print(json.dumps(report, indent=2))
    return 0 if all(report[kind]["met"] for kind in TARGET_P50_MS if kind in report) else 1


if __name__ == "__main__":
    sys.exit(main())
