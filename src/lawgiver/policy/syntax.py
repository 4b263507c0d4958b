"""Reading the engine's syntax tree: which rules there are, what each refers to, which names are local.

The tree is nested JSON: `{"Call": {"span": …, "fcn": …, "params": […]}}`. Everything walks it with a stack of
its own, since a hostile policy may nest as deep as the parser lets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Node = dict[str, Any]
Scope = frozenset[str]
Path = tuple[str, ...]

COMPREHENSIONS: Final = frozenset({"ArrayCompr", "SetCompr", "ObjectCompr"})
_REFERENCES: Final = frozenset({"RefDot", "RefBrack"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One definition of a rule; several may share a path."""

    path: Path
    """Without `data`, up to the first part that is not a constant."""
    kind: str
    """`default`, `function` or `rule`."""
    line: int
    node: Node
    """The contents of its `Default` or `Spec`."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file."""

    file: str
    source: bytes
    package: Path
    imports: Mapping[str, Path]
    """Name in this file → what it stands for, with its root, e.g. `("data", "charter", "common")`."""
    rules: tuple[Rule, ...]


def read_module(tree: Node) -> Module:
    """Read one module of the engine's syntax tree."""
    source = tree["source"]["contents"].encode(errors="surrogatepass")
    root, parts, _ = reference(tree["ast"]["package"]["refr"])
    package = (root, *parts)
    imports: dict[str, Path] = {}
    for each in tree["ast"]["imports"]:
        root, parts, _ = reference(each["refr"])
        if root in ("data", "input"):
            name = _text(source, each["as"]) if each.get("as") else (parts or (root,))[-1]
            imports[name] = (root, *parts)
    rules = tuple(_rule(each, package) for each in tree["ast"]["rules"])
    return Module(tree["source"]["file"], source, package, imports, rules)


def _rule(tree: Node, package: Path) -> Rule:
    if "Default" in tree:
        node = tree["Default"]
        head, kind = node["refr"], "default"
    else:
        node = tree["Spec"]
        ((head_kind, contents),) = node["head"].items()
        head, kind = contents["refr"], "function" if head_kind == "Func" else "rule"
    root, parts, _ = reference(head)
    return Rule((*package, root, *parts), kind, node["span"]["line"], node)


def reference(expression: Node) -> tuple[str, Path, list[Node]]:
    """Take a reference apart: its root name, its leading constant parts, and what is computed inside it.

    The root is empty when it is itself an expression, as in `f(x).a`.
    """
    parts: list[str | None] = []
    computed: list[Node] = []
    while True:
        ((kind, node),) = expression.items()
        if kind == "RefDot":
            parts.append(node["field"][1])
            expression = node["refr"]
        elif kind == "RefBrack":
            index = node["index"]
            constant = index.get("String") or index.get("RawString")
            parts.append(constant["value"] if constant else None)
            if not constant:
                computed.append(index)
            expression = node["refr"]
        else:
            break
    root = node["value"] if kind == "Var" else ""
    if not root:
        computed.append(expression)
    parts.reverse()
    known = parts.index(None) if None in parts else len(parts)
    return root, tuple(part for part in parts[:known] if part is not None), computed


def walk_rule(module: Module, rule: Rule) -> Iterator[tuple[str, Node, Scope]]:
    """Yield every expression of a rule: kind, contents, and the names that are local where it stands.

    A reference or a call is yielded once, whole: not again for its prefixes or its function's name.
    """
    if rule.kind == "default":
        yield from walk(module, rule.node["value"], frozenset())
        return
    ((_, head),) = rule.node["head"].items()
    scope = frozenset(_names(head.get("args", [])))
    bodies = rule.node["bodies"]
    yield from walk(module, bodies, scope)
    if bodies:  # the head's value is computed where its first body's names are known
        scope |= _declared(module.source, bodies[0])
    outer = [head.get("key"), head.get("assign"), *reference(head["refr"])[2]]
    yield from walk(module, outer, scope)


def walk(
    module: Module, tree: Any, scope: Scope, skip: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Node, Scope]]:
    """Yield the expressions in a tree as `walk_rule` does, but nothing in or under the kinds in `skip`."""
    stack: list[tuple[Any, Scope]] = [(tree, scope)]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, list):
            stack.extend((child, scope) for child in node)
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("query"), dict):
            scope |= _declared(module.source, node)
        for key, child in node.items():
            if key == "with_mods":  # what is replaced is not a reference; what replaces it is
                stack.extend((each["as"], scope) for each in child)
            elif not key[0].isupper():
                stack.append((child, scope))
            elif key not in skip:
                yield key, child, scope
                if key in _REFERENCES:
                    stack.extend((each, scope) for each in reference({key: child})[2])
                elif key == "Call":
                    stack.append((child["params"], scope))
                    stack.extend((each, scope) for each in reference(child["fcn"])[2])
                else:
                    stack.append((child, scope))


def _declared(source: bytes, node: Node) -> Scope:
    """Names that a body, comprehension or `every` makes local."""
    names: set[str] = set()
    if "domain" in node:  # every key, value in domain
        names.update(_text(source, node[part]) for part in ("key", "value") if node.get(part))
    for statement in node["query"]["stmts"]:
        ((kind, literal),) = statement["literal"].items()
        if kind == "SomeVars":
            names.update(_text(source, span) for span in literal["vars"])
        elif kind == "SomeIn":
            names.update(_names([literal["key"], literal["value"]]))
        elif kind == "Expr" and literal["expr"].get("AssignExpr", {}).get("op") == "ColEq":
            names.update(_names(literal["expr"]["AssignExpr"]["lhs"]))
    return frozenset(names)


def _names(pattern: Any) -> Iterator[str]:
    stack = [pattern]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if "Var" in node:
                yield node["Var"]["value"]
            else:
                stack.extend(node.values())


def _text(source: bytes, span: Node) -> str:
    return source[span["start"] : span["end"]].decode()
