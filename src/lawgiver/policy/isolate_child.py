"""Runs in a process of its own, which may crash or be killed: parse, compile, evaluate, say how far it came.

Started by path without site-packages, so that it starts in a few hundredths of a second; it therefore imports
nothing of lawgiver. One JSON object a line goes out as each step is done; what came before a crash thus
survives it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

MEMORY_LIMIT_BYTES = 4 << 30


def main() -> None:
    """Read the job from stdin, write facts to stdout."""
    job = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the engine has debugging prints that would land between the facts

    def say(**fact: Any) -> None:
        out.write(json.dumps(fact) + "\n")
        out.flush()

    limit(job["seconds"])
    sys.path.insert(0, job["site"])
    import regorus

    engine = regorus.Engine()
    engine.set_gather_prints(True)
    engine.set_enable_coverage(job["coverage"])
    parsed = True
    for file, source in job["modules"].items():
        say(at=f"parsing {file}")
        try:
            engine.add_policy(file, source)
        except BaseException as error:
            parsed = False
            say(problem="parse", file=file, text=str(error))
    if not parsed:
        return say(done=True)
    say(ast=engine.get_ast_as_json())
    try:
        say(at="compiling")
        engine.add_data_json(job["data"])
        engine.eval_query_as_json("1 == 1")  # makes the engine compile all rules while it evaluates none
    except BaseException as error:
        say(problem="compile", file="", text=str(error))
        return say(done=True)
    for query, text in job["evaluations"]:
        say(at=f"evaluating {query}")
        try:
            if text is not None:
                engine.set_input_json(text)
            answer = engine.eval_rule_as_json(query)
            known = {"true": "true", '"<undefined>"': "undefined"}
            say(answer=known.get(answer, "other"), text="")
        except Exception as error:
            say(answer="error", text=str(error))
        except BaseException as error:
            say(answer="panic", text=str(error))
    if job["coverage"]:
        say(coverage=engine.get_coverage_report_as_json())
    say(done=True)


def limit(seconds: float) -> None:
    """Cap memory and processor time, also for the case that the parent is gone; where the system can."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, amount in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES),
            (resource.RLIMIT_CPU, int(seconds) + 2),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (amount, amount))


if __name__ == "__main__":
    main()
