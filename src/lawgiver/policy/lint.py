"""What must not be in a policy, found without running it.

Each check is there because this engine and Open Policy Agent differ, or because the engine does not survive
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from lawgiver.outcome import PolicyError
from lawgiver.policy.isolate import IsolatedRun, run_isolated
from lawgiver.policy.messages import read_message
from lawgiver.policy.syntax import (
    COMPREHENSIONS,
    Module,
    Node,
    Path,
    Rule,
    Scope,
    read_module,
    reference,
    walk,
    walk_rule,
)

TEST_SUFFIX: Final = "_test.rego"

_UNICODE_CLASS: Final = re.compile(r"(?<!\\)(?:\\\\)*\\[wWdDbB]")
_ASCII_FLAG: Final = re.compile(r"\(\?[a-zA-Z]*-[a-zA-Z]*u")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to change."""

    file: str
    line: int
    rule: str
    """Which check: recursion, negated-call, unicode-regex, undefined-object, bodyless-head, missing-default,
    parse or compile.
    """
    severity: str
    """`error` (the policy is not loaded) or `warning`."""
    message: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity} [{self.rule}] {self.message}; {self.advice}"


def lint_modules(modules: Mapping[str, str], *, time_limit_s: float = 10.0) -> list[Finding]:
    """Check Rego modules (file name → source), tests included; findings sorted by file and line.

    Raises:
        PolicyError: if the parser itself crashes or does not finish in the time limit.
    """
    run = run_isolated(modules, time_limit_s=time_limit_s)
    if run.crash:
        raise PolicyError(f"the policy cannot be linted: {run.crash}")
    return lint_run(run)


def lint_run(run: IsolatedRun) -> list[Finding]:
    """Check what an isolated run parsed, or turn its parse errors into findings."""
    findings = [_from_engine(problem.stage, problem.file, problem.text) for problem in run.problems]
    if run.ast is not None:
        index = _Index([read_module(tree) for tree in run.ast])
        findings += _recursion(index)
        for module in index.modules:
            findings += _missing_default(module, index)
            for rule in module.rules:
                findings += _negated_calls(module, rule, index)
                findings += _unicode_regex(module, rule)
                findings += _undefined_object(module, rule, index)
    return sorted(set(findings))


class _Index:
    """Where every rule of every module is."""

    def __init__(self, modules: list[Module]) -> None:
        self.modules = modules
        self.functions: set[Path] = set()
        self.defaults: set[Path] = set()
        self.under: dict[Path, set[Path]] = {}
        """A path → the rules at or below it."""
        self.rules: dict[Path, tuple[str, int]] = {}
        self.dotted: dict[Path, bool] = {}
        """An object put together by rules → whether all their heads are written `object.field`."""
        for module in modules:
            for rule in module.rules:
                place = (module.file, rule.line)
                self.rules[rule.path] = min(self.rules.get(rule.path, place), place)
                if rule.kind == "function":
                    self.functions.add(rule.path)
                elif rule.kind == "rule":
                    dot = "RefDot" in next(iter(rule.node["head"].values()))["refr"]
                    self.dotted[rule.path[:-1]] = dot and self.dotted.get(rule.path[:-1], True)
                elif not rule.node["args"]:
                    self.defaults.add(rule.path)
                for length in range(len(rule.path) + 1):
                    self.under.setdefault(rule.path[:length], set()).add(rule.path)

    def resolve(self, module: Module, root: str, parts: Path, scope: Scope) -> Path | None:
        """Say what under `data` a name refers to; None for a local name, the input, or a builtin."""
        if root in scope:
            return None
        if root == "data":
            return parts
        if root in module.imports:
            origin, *path = module.imports[root]
            return (*path, *parts) if origin == "data" else None
        path_here = (*module.package, root, *parts)
        return path_here if (*module.package, root) in self.under else None

    def refers_to(self, path: Path) -> set[Path]:
        """Name the rules a reference may evaluate: those at or under it, and those it looks into."""
        above = {path[:length] for length in range(len(path)) if path[:length] in self.rules}
        return self.under.get(path, set()) | above


def _recursion(index: _Index) -> Iterator[Finding]:
    graph: dict[Path, set[Path]] = {}
    for module in index.modules:
        for rule in module.rules:
            uses = graph.setdefault(rule.path, set())
            for kind, node, scope in walk_rule(module, rule):
                if kind in ("Var", "RefDot", "RefBrack", "Call"):
                    root, parts, _ = reference(node["fcn"] if kind == "Call" else {kind: node})
                    path = index.resolve(module, root, parts, scope)
                    if path is not None:
                        uses |= index.refers_to(path)
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            cycle: list[Path] = error.args[1][::-1]  # graphlib gives used → user
            graph[cycle[0]].discard(cycle[1])  # and look for the next one
            file, line = index.rules[cycle[0]]
            chain = " → ".join(".".join(path) for path in cycle)
            yield Finding(
                file,
                line,
                "recursion",
                "error",
                f"rules depend on themselves: {chain}",
                "unroll it into a fixed number of rules",
            )
        else:
            return


def _negated_calls(module: Module, rule: Rule, index: _Index) -> Iterator[Finding]:
    for kind, negation, scope in walk_rule(module, rule):
        if kind != "NotExpr":
            continue
        found: list[Finding] = []
        for inner, call, inner_scope in walk(module, negation["expr"], scope, COMPREHENSIONS):
            if inner != "Call":
                continue
            unsure = next(
                filter(None, (_maybe_undefined(module, each, inner_scope, index) for each in call["params"])), ""
            )
            if not unsure:
                continue
            root, parts, _ = reference(call["fcn"])
            own = index.resolve(module, root, parts, inner_scope) in index.functions
            finding = Finding(
                module.file,
                negation["span"]["line"],
                "negated-call",
                "error" if own else "warning",
                f"`not {'.'.join((root, *parts))}(…)` is true when its argument {unsure} is undefined",
                "bind the argument first (`x := …`), so that the rule stops there when it is missing",
            )
            found.append(finding)
        if found:  # of nested calls one is enough: the worst
            yield min(found, key=lambda finding: finding.severity)


def _maybe_undefined(module: Module, argument: Node, scope: Scope, index: _Index) -> str:
    """Name the part of an argument that may be undefined; empty if none."""
    for kind, node, inner in walk(module, argument, scope, COMPREHENSIONS):
        if kind == "Call":
            root, parts, _ = reference(node["fcn"])
            return ".".join((root, *parts)) + "(…)"
        if kind in ("Var", "RefDot", "RefBrack"):
            root, parts, computed = reference({kind: node})
            path = index.resolve(module, root, parts, inner)
            if path is not None and path in index.defaults and not computed:
                continue
            if kind != "Var" or path is not None or (root in module.imports and root not in inner):
                return ".".join((root or "…", *parts)) + ("[…]" if computed else "")
    return ""


def _undefined_object(module: Module, rule: Rule, index: _Index) -> Iterator[Finding]:
    for kind, node, scope in walk_rule(module, rule):
        if kind not in ("Var", "RefDot", "RefBrack"):
            continue
        root, parts, computed = reference({kind: node})
        path = index.resolve(module, root, parts, scope)
        if path is None or computed or path in index.rules or not index.dotted.get(path):
            continue
        name = path[-1]
        yield Finding(
            module.file,
            node["span"]["line"],
            "undefined-object",
            "warning",
            f"{name} is undefined here, but {{}} in Open Policy Agent, when none of the rules {name}.… holds",
            f'write their heads as {name}["…"]',
        )


def _unicode_regex(module: Module, rule: Rule) -> Iterator[Finding]:
    for kind, node, _ in walk_rule(module, rule):
        if kind in ("String", "RawString"):
            found = _UNICODE_CLASS.search(node["value"])
            if found and not _ASCII_FLAG.search(node["value"]):
                name = found[0][-2:]
                yield Finding(
                    module.file,
                    node["span"]["line"],
                    "unicode-regex",
                    "warning",
                    f"{name} means Unicode here and ASCII in Open Policy Agent",
                    f"write (?-u:{name}) or an explicit class such as [0-9A-Za-z_]",
                )


def _missing_default(module: Module, index: _Index) -> Iterator[Finding]:
    path = (*module.package, "action")
    if module.file.endswith(TEST_SUFFIX) or path in index.defaults:
        return
    line = next((rule.line for rule in module.rules if rule.path == path and rule.kind == "rule"), None)
    if line is not None:
        message = "action has no default, so the decision is undefined (and denied) when no rule gives it"
        yield Finding(module.file, line, "missing-default", "warning", message, 'add `default action := "block"`')


def _from_engine(stage: str, file: str, text: str) -> Finding:
    said = read_message(text)
    place = (said.file or file, said.line)
    if said.message == "rule must have a body or assignment":
        message = "a rule head stands alone, which this engine does not read"
        return Finding(*place, "bodyless-head", "error", message, "write `f(x) := true` or add `if { … }`")
    return Finding(*place, stage, "error", said.message, "see the Rego language reference")
