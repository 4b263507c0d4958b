"""A moral framework is a policy over moves: asked once for every outcome of a stage, its answers are a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rfc8785
from numpy.typing import NDArray

from lawgiver.charter import Charter, files
from lawgiver.charter.moves import framework_of, framework_titles, plain_move, read_parameters
from lawgiver.data.files import read_text, sha256_bytes
from lawgiver.games.stage import Stage, state_name, states
from lawgiver.outcome import ConfigurationError
from lawgiver.policy import load
from lawgiver.policy.lint import TEST_SUFFIX

MAX_OUTCOMES: Final = 10_000
"""The most pairs of state and joint move that are asked about, about a tenth of a millisecond each."""

_MENTIONED: Final = re.compile(r"\bframeworks\b(?:\.(\w+)|\[\"(\w+)\"\])?")


@dataclass(frozen=True, eq=False)
class RewardTable:
    """What one framework said of every outcome of one stage."""

    name: str
    title: str
    reward_SAB: NDArray[np.float64]
    """Reward of own action a in situation b after state s (the last round); NaN where the framework abstained."""
    sha256: str
    """Of the sources it was computed with, the parameters, and all of the stage that the policies were shown."""
    kind: str
    """`reward` if it says something of every outcome; `cost` if it abstains somewhere, good for limits only."""


@dataclass(frozen=True)
class _Source:
    name: str
    title: str
    modules: dict[str, str]


def tabulate(
    charter: Charter, framework: str | Path, stage: Stage, parameters: Mapping[str, float] | None = None
) -> RewardTable:
    """Ask the policy engine for a framework's reward of every outcome.

    Args:
        charter: one that decides moves.
        framework: the name of a framework that its policies define, or the path of a `.rego` file that defines one
            more, in the package `charter.<charter>.frameworks.<name>`.
        stage: the game from the learner's seat.
        parameters: by name, in place of the charter's defaults.

    Raises:
        ConfigurationError: if there is no such framework or parameter, a policy is not sound, or the framework does
            not answer with a finite number somewhere, naming framework, game, state and move.
    """
    source = _find(charter, framework)
    weights = _parameters(charter, source, parameters or {})
    data = files.policy_data(charter.root)
    sample = charter.move_input(plain_move(weights))
    engine = load(source.modules, data, charter.spec.query, sample=sample)
    shown = _shown(stage, weights)
    reward_SAB = np.full((len(states(stage)), len(stage.actions), len(stage.situations)), np.nan)
    if reward_SAB.size > MAX_OUTCOMES:
        raise ConfigurationError(
            f"{stage.name}: {reward_SAB.size} pairs of state and joint move, more than the {MAX_OUTCOMES} that can be "
            "tabulated; choose a game with fewer players or actions"
        )
    for (s, a, b), context in _outcomes(stage, shown):
        decision = engine.evaluate(charter.move_input(context))
        problem = decision.get("error", "")
        if not problem and decision["action"] != "allow":
            problem = f"the policies {decision['action']} the move, but a framework only rewards; allow moves"
        if problem:
            raise ConfigurationError(f"{_where(source.name, stage, s, a, b)}: {problem}")
        # adding 0 turns a negative zero into a plain one
        reward_SAB[s, a, b] = decision.get("rewards", {}).get(source.name, np.nan) + 0.0
    if np.isnan(reward_SAB).all():
        raise ConfigurationError(
            f"framework {source.name} on {stage.name}: no number for any state and move; its rule `reward` is missing, "
            "misspelt, or does not know this game's moves or a parameter"
        )
    reward_SAB.setflags(write=False)
    kind = "cost" if np.isnan(reward_SAB).any() else "reward"
    return RewardTable(source.name, source.title, reward_SAB, _sha256(source, data, shown), kind)


def refuse_abstention(table: RewardTable, stage: Stage) -> None:
    """Make sure that a framework can be a reward.

    Raises:
        ConfigurationError: if it abstains somewhere, naming framework, game, state and move.
    """
    if table.kind == "cost":
        s, a, b = (int(index) for index in np.argwhere(np.isnan(table.reward_SAB))[0])
        raise ConfigurationError(
            f"{_where(table.name, stage, s, a, b)}: no number; define `reward` for every outcome, or use the framework "
            "only as the cost of a limit, under subject_to"
        )


def _find(charter: Charter, framework: str | Path) -> _Source:
    spec = charter.spec
    if not spec.decides_moves:
        raise ConfigurationError(f"{charter.root}: charter {spec.name} has no frameworks; choose one such as dilemmas")
    modules = files.policy_modules(charter.root, tests=False)
    titles = framework_titles(spec.name, modules)
    if not str(framework).endswith(".rego"):
        if framework not in titles:
            known = ", ".join(titles)
            raise ConfigurationError(
                f"{charter.root}: no policy defines a framework {str(framework)!r}; there are {known}; or give the "
                "path of a .rego file"
            )
        name = str(framework)
        return _Source(name, titles[name], _needed(spec.name, name, modules))
    path, source = str(framework), read_text(Path(framework))
    defined = framework_of(spec.name, source)
    if defined is None or path.endswith(TEST_SUFFIX):
        raise ConfigurationError(f"{path}: no framework; its package is to be charter.{spec.name}.frameworks.<name>")
    if defined in titles or defined in (spec.frameworks or {}):
        raise ConfigurationError(f"{path}: charter {spec.name} has a framework {defined} already; choose another name")
    title = framework_titles(spec.name, {path: source})[defined]
    return _Source(defined, title, _needed(spec.name, defined, modules | {path: source}))


def _needed(charter: str, name: str, modules: dict[str, str]) -> dict[str, str]:
    """The shared modules, the framework's own, and those of other frameworks that these mention.

    Another framework's mistake is thus not this one's, nor is a change to it.
    """
    owners = {file: framework_of(charter, source) for file, source in modules.items()}
    wanted, added = {name}, True
    while added:
        before = len(wanted)
        for file, source in modules.items():
            if owners[file] is None or owners[file] in wanted:
                for mention in _MENTIONED.finditer(source):
                    if other := mention[1] or mention[2]:
                        wanted.add(other)
                    elif owners[file] is not None:  # looks through them all; of the shared ones the decision does
                        wanted |= {owner for owner in owners.values() if owner}
        added = len(wanted) > before
    return {file: source for file, source in modules.items() if owners[file] is None or owners[file] in wanted}


def _parameters(charter: Charter, source: _Source, given: Mapping[str, float]) -> dict[str, float]:
    for name in given:
        named = re.compile(rf"\b{re.escape(str(name))}\b")
        if name not in charter.parameters and not any(map(named.search, source.modules.values())):
            known = ", ".join(charter.parameters) or "none"
            raise ConfigurationError(
                f"parameters.{name}: framework {source.name} has no such parameter; known: {known}"
            )
    return charter.parameters | read_parameters(given, "parameters")


def _shown(stage: Stage, parameters: dict[str, float]) -> dict[str, Any]:
    return {
        "game": stage.name,
        "players": stage.players,
        "role": stage.role,
        "actions": list(stage.actions),
        "situations": [list(situation) for situation in stage.situations],
        "table": {"own": stage.own_AB.tolist(), "others": stage.others_ABN.tolist()},
        "parameters": parameters,
    }


def _outcomes(stage: Stage, shown: dict[str, Any]) -> Iterator[tuple[tuple[int, int, int], dict[str, Any]]]:
    own, others = shown["table"]["own"], shown["table"]["others"]
    rounds = [{"own": stage.actions[a], "others": list(stage.situations[b])} for a, b in states(stage)]
    for s, before in enumerate(rounds):
        for (a, b), now in zip(states(stage), rounds, strict=True):
            payoff = {"own": own[a][b], "others": others[a][b]}
            yield (s, a, b), shown | {"state": before, "move": now, "payoff": payoff}


def _where(name: str, stage: Stage, s: int, a: int, b: int) -> str:
    move = state_name(stage, a * len(stage.situations) + b)
    return f"framework {name} on {stage.name}, state {state_name(stage, s)}, move {move}"


def _sha256(source: _Source, data: dict[str, Any], shown: dict[str, Any]) -> str:
    sources = sorted(text.replace("\r\n", "\n").removesuffix("\n") for text in source.modules.values())
    return sha256_bytes(rfc8785.dumps({"sources": sources, "data": data, "shown": shown}))
