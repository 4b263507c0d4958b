"""What a charter that decides moves of games has beside its rules: frameworks, parameters and a move to try."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lawgiver.charter import files
from lawgiver.charter.composition import FRAMEWORK_NAME
from lawgiver.outcome import ConfigurationError
from lawgiver.policy.lint import TEST_SUFFIX

_PACKAGE: Final = re.compile(r"^package[ \t]+([\w.]+)[ \t]*(?:#.*)?$", re.MULTILINE)
_TITLE: Final = re.compile(r'^title[ \t]*:=[ \t]*("(?:[^"\\\n]|\\.)+")', re.MULTILINE)


def framework_of(charter: str, source: str) -> str | None:
    """The name of the framework that a module belongs to, None if it is a shared one.

    Raises:
        ConfigurationError: if what stands there is no name.
    """
    package = _PACKAGE.search(source)
    prefix = f"charter.{charter}.frameworks."
    if package is None or not package[1].startswith(prefix):
        return None
    name = package[1].removeprefix(prefix)
    if not re.fullmatch(FRAMEWORK_NAME, name):
        raise ConfigurationError(
            f"package {package[1]}: {name!r} is no framework's name; a lower-case letter first, then lower-case "
            "letters, digits and _"
        )
    return name


def framework_titles(charter: str, modules: Mapping[str, str]) -> dict[str, str]:
    """The frameworks that policies define, name → title, sorted by name.

    Args:
        charter: the charter's name.
        modules: file name → Rego source; tests are passed over.

    Raises:
        ConfigurationError: if a framework has no title, naming the file.
    """
    titles: dict[str, str] = {}
    untitled: dict[str, str] = {}
    for file, source in modules.items():
        if file.endswith(TEST_SUFFIX) or (name := framework_of(charter, source)) is None:
            continue
        if title := _TITLE.search(source):
            titles[name] = str(json.loads(title[1]))
        else:
            untitled[name] = file
    for name, file in untitled.items():
        if name not in titles:
            raise ConfigurationError(f'{file}: the framework {name} has no title; add `title := "…"` for people')
    return dict(sorted(titles.items()))


def default_parameters(root: Path) -> dict[str, float]:
    """What the charter's `policies/data.yaml` gives under `parameters`; empty if nothing.

    Raises:
        ConfigurationError: if it is no mapping of names to finite numbers.
    """
    path = root / files.POLICY_DATA
    return read_parameters(files.policy_data(root).get("parameters", {}), f"{path}: parameters")


def read_parameters(given: object, where: str) -> dict[str, float]:
    """A framework's parameters, checked.

    Raises:
        ConfigurationError: if it is no mapping of names to finite numbers.
    """
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"{where}: a mapping of names to numbers is wanted, not {type(given).__name__}")
    for name, number in given.items():
        numeric = isinstance(number, int | float) and not isinstance(number, bool)
        if not isinstance(name, str) or not numeric or not math.isfinite(number):
            raise ConfigurationError(f"{where}.{name}: {number!r} is not a finite number")
    return {name: float(number) for name, number in given.items()}


def plain_move(parameters: Mapping[str, float]) -> dict[str, Any]:
    """The context of a plain move to try policies on: in the prisoner's dilemma, a D after both had cooperated."""
    return {
        "game": "ipd",
        "players": 2,
        "role": "row",
        "actions": ["C", "D"],
        "situations": [["C"], ["D"]],
        "state": {"own": "C", "others": ["C"]},
        "move": {"own": "D", "others": ["C"]},
        "payoff": {"own": 4.0, "others": [0.0]},
        "table": {"own": [[3.0, 0.0], [4.0, 1.0]], "others": [[[3.0], [4.0]], [[0.0], [1.0]]]},
        "parameters": dict(parameters),
    }
