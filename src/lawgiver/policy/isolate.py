"""Parse and evaluate policies in another process, under a time limit.

A recursive function overflows the engine's stack and kills the process; two dozen nested array literals parse
for minutes (each level doubles the time). Neither can be caught or timed out from within.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import regorus

from lawgiver.outcome import PolicyError

_CHILD: Final = Path(__file__).with_name("isolate_child.py")
_HINTS: Final = {
    "SIGSEGV": "the stack overflowed, most likely by a function that calls itself",
    "SIGBUS": "the stack overflowed, most likely by a function that calls itself",
    "SIGABRT": "it ran out of memory or stack",
    "SIGKILL": "it was killed, most likely for want of memory",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A module that does not parse, or a set of modules that does not compile."""

    stage: str
    """`parse` or `compile`."""
    file: str
    """The module; empty for `compile`, where only the text says."""
    text: str
    """The engine's own words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How one evaluation went."""

    kind: str
    """`true`, `undefined`, `other` (any other value), `error` or `panic`."""
    text: str
    """The engine's own words for the last two, else empty."""


@dataclass(slots=True)
class IsolatedRun:
    """What is known when the process has ended, well or badly."""

    problems: list[Problem] = field(default_factory=list)
    ast: list[dict[str, Any]] | None = None
    """One syntax tree a module, or None if not all of them parse."""
    answers: list[Answer] = field(default_factory=list)
    """One per evaluation, in order; fewer if the process did not live to finish."""
    coverage: list[dict[str, Any]] = field(default_factory=list)
    crash: str = ""
    """Empty if it ended well; otherwise what it was doing and what happened to it."""


def run_isolated(
    modules: Mapping[str, str],
    data_json: str = "{}",
    evaluations: Sequence[tuple[str, str | None]] = (),
    *,
    coverage: bool = False,
    time_limit_s: float = 10.0,
) -> IsolatedRun:
    """Parse modules and evaluate rules where a crash or a hang costs nothing but the time limit.

    Args:
        modules: file name → Rego source.
        data_json: the `data` document.
        evaluations: pairs of a rule path and an input as JSON, or None for no input.
        coverage: also report which lines were evaluated.
        time_limit_s: wall-clock seconds for everything.

    Raises:
        PolicyError: if no process could be started, or the syntax tree is too deep to read.
    """
    job = {
        "site": str(Path(regorus.__file__).parent.parent),
        "modules": dict(modules),
        "data": data_json,
        "evaluations": list(evaluations),
        "coverage": coverage,
        "seconds": time_limit_s,
    }
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "RUST_BACKTRACE": "0"},
        )
    except OSError as error:
        raise PolicyError(f"cannot start {sys.executable} to try the policy in: {error}") from None
    timed_out = False
    try:
        out, err = child.communicate(json.dumps(job).encode(), timeout=time_limit_s)
    except subprocess.TimeoutExpired:
        timed_out = True
        child.kill()
        out, err = child.communicate()
    except BaseException:
        child.kill()
        child.wait()
        raise
    return _read(out, "" if timed_out else _fate(child.returncode, err), timed_out, time_limit_s)


def _read(out: bytes, fate: str, timed_out: bool, time_limit_s: float) -> IsolatedRun:
    run, doing, done = IsolatedRun(), "starting", False
    for line in out.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break  # cut off in the middle of a fact
        fact = json.loads(line)
        if "at" in fact:
            doing = fact["at"]
        elif "problem" in fact:
            run.problems.append(Problem(fact["problem"], fact["file"], fact["text"]))
        elif "ast" in fact:
            run.ast = _trees(fact["ast"])
        elif "answer" in fact:
            run.answers.append(Answer(fact["answer"], fact["text"]))
        elif "coverage" in fact:
            run.coverage = json.loads(fact["coverage"])["files"]
        done = "done" in fact
    if timed_out:
        run.crash = f"{doing} took longer than {time_limit_s:g} s and was stopped"
    elif not done:
        run.crash = f"{doing} ended the process: {fate}"
    return run


def _trees(text: str) -> list[dict[str, Any]]:
    try:
        return list(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise PolicyError(f"the policy's syntax tree cannot be read ({error}); nest its expressions less") from None


def _fate(code: int, err: bytes) -> str:
    if code >= 0:
        last = err.decode(errors="replace").strip().rpartition("\n")[2]
        return f"exit status {code}: {last[:300]}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}; {_HINTS.get(name, 'no reason given')}"
