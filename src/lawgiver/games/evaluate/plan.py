"""An evaluation made concrete: games solved, frameworks tabulated, words chosen, all before a model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lawgiver.charter import Charter, files
from lawgiver.charter.moves import framework_titles
from lawgiver.games.algebra import Framework, framework
from lawgiver.games.catalogue import Game
from lawgiver.games.evaluate.config import EvaluateGames
from lawgiver.games.evaluate.names import history_names
from lawgiver.games.evaluate.subject import Subject, read_table
from lawgiver.games.evaluate.words import Encode, word_sets
from lawgiver.games.learn.plan import open_game
from lawgiver.games.markov import Bools
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents import Opponent, opponent
from lawgiver.games.oracle import Oracle, solve
from lawgiver.games.problem import Problem, problem
from lawgiver.games.prompts import words as pools
from lawgiver.games.prompts.layout import layouts
from lawgiver.games.prompts.personas import persona
from lawgiver.games.prompts.phrasings import phrasing
from lawgiver.games.prompts.scene import action_ids
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, eq=False)
class Setup:
    """One game as it is evaluated."""

    stage: Stage
    flipped: Stage | None
    """With the payoffs of the actions exchanged; None where the players' actions are not alike."""
    problems: dict[str, Problem]
    """By opponent, under the framework of the evaluation; the first is the one that conformity is measured by."""
    panel: dict[str, dict[str, Problem]]
    """By opponent and framework."""
    words: dict[str, tuple[pools.Words, ...]]

    @property
    def problem(self) -> Problem:
        """Against the first opponent."""
        return next(iter(self.problems.values()))

    @cached_property
    def oracle(self) -> Oracle:
        """What is optimal against the first opponent."""
        return solve(self.problem)

    @property
    def decided_H(self) -> Bools:
        """Histories that can occur and have one optimum."""
        oracle = self.oracle
        decided_H: Bools = oracle.unique_H & oracle.problem.reachable_H & ~oracle.mixed_H
        return decided_H

    @property
    def histories(self) -> list[str]:
        """Their names, in index order."""
        return history_names(self.stage, self.problem.history)


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that an evaluation needs besides the models."""

    config: EvaluateGames
    subjects: tuple[Subject, ...]
    charter: Charter
    framework: Framework
    """Of the evaluation, on the main game."""
    setups: dict[str, Setup]
    """By game, the main one first."""
    titles: dict[str, str]
    """Framework of the panel → title."""
    left_out: list[dict[str, str]] = field(default_factory=list)
    """What cannot be evaluated, and why: `{"what": …, "why": …}`."""

    @property
    def main(self) -> Setup:
        """The main game."""
        return next(iter(self.setups.values()))

    @property
    def tables(self) -> bool:
        """Whether what is evaluated are tables, which no prompt can sway."""
        return self.subjects[0].kind == "table"

    @property
    def identity(self) -> dict[str, str]:
        """The charter's name, version and hash, and the framework's hash on the main game."""
        return {**self.charter.identity, f"framework {self.framework.name}": self.framework.sha256}


def prepare(config: EvaluateGames, subjects: Sequence[Subject], encode: Encode | None = None) -> Plan:
    """Open everything that the configuration names.

    What does not go together with another game than the main one is left out and listed; everything else that is wrong
    is an error.

    Args:
        config: what to evaluate, and on what.
        subjects: the policies.
        encode: the tokenizer of the models; None for tables.

    Raises:
        ConfigurationError: for whatever is wrong.
    """
    charter = Charter.open(config.charter)
    played = {name: open_game(name) for name in config.games}
    players = {text: opponent(text) for text in config.opponents}
    for name in config.phrasings:
        phrasing(name)
    for name in config.personas:
        persona(name)
    left_out: list[dict[str, str]] = []
    maker = _Maker(config, charter, players, _panel_names(charter, config, left_out), encode, left_out)
    setups: dict[str, Setup] = {}
    for name, each in played.items():
        try:
            setup = maker.setup(each)
            _check_tables(config, subjects, setup.stage)
        except ConfigurationError as error:
            if not setups:  # the main game
                raise
            left_out.append({"what": name, "why": str(error)})
            continue
        if each.name in setups:
            raise ConfigurationError(f"games: {name}: a second game called {each.name}; give it another name")
        setups[each.name] = setup
    main = next(iter(setups.values()))
    asked = framework(charter, config.framework, main.stage, config.parameters)
    return Plan(config, tuple(subjects), charter, asked, setups, maker.titles, left_out)


def _panel_names(charter: Charter, config: EvaluateGames, left_out: list[dict[str, str]]) -> list[str]:
    """Frameworks of the panel: those with a single number for every outcome."""
    written = framework_titles(charter.spec.name, files.policy_modules(charter.root, tests=False))
    composed = charter.spec.frameworks or {}
    names = set(written)
    for name, composition in composed.items():
        if composition.sum is None:
            left_out.append({"what": f"panel: {name}", "why": "an order or a limit has no single number"})
        else:
            names.add(name)
    if config.framework not in composed:
        names.add(config.framework)
    return sorted(names)


@dataclass
class _Maker:
    config: EvaluateGames
    charter: Charter
    players: dict[str, Opponent]
    panel: list[str]
    encode: Encode | None
    left_out: list[dict[str, str]]
    titles: dict[str, str] = field(default_factory=dict)

    def setup(self, played: Game) -> Setup:
        config = self.config
        matrix = isinstance(played, MatrixGame)
        role = (config.role if config.role != "any" else "row") if matrix else "any"
        stage = played.seen_by(role)
        wanted = framework(self.charter, config.framework, stage, config.parameters)
        panel_of = self.frameworks(stage)
        problems: dict[str, Problem] = {}
        panel: dict[str, dict[str, Problem]] = {}
        for text, player in self.players.items():
            try:
                problems[text] = self.problem(stage, wanted, player)
            except ConfigurationError as error:
                if not problems:
                    raise
                self.left_out.append({"what": f"{stage.name} against {text}", "why": str(error)})
                continue
            panel[text] = {name: self.problem(stage, made, player) for name, made in panel_of.items()}
        flipped = None
        if isinstance(played, MatrixGame) and played.row_actions == played.column_actions:
            order = range(len(played.row_actions))[::-1]
            flipped = played.permuted(order, order).seen_by(role)
        next(layouts(stage, config.orders, config.history))  # a misspelt order is found here
        needed = len(action_ids(stage))
        words = word_sets(config.sets, needed, config.trained, config.words, self.encode)
        if config.sets[0] not in words:
            raise ConfigurationError(
                f"sets: {config.sets[0]}: {stage.name} needs {needed} words; name another one first"
            )
        return Setup(stage, flipped, problems, panel, words)

    def problem(self, stage: Stage, wanted: Framework, player: Opponent) -> Problem:
        config = self.config
        return problem(stage, wanted, player, config.history, config.gamma, config.illegal)

    def frameworks(self, stage: Stage) -> dict[str, Framework]:
        """Those of the panel that judge this game, by name."""
        made = {}
        general = {key: value for key, value in self.config.parameters.items() if key in self.charter.parameters}
        for name in self.panel:
            given = self.config.parameters if name == self.config.framework else general
            try:
                built = framework(self.charter, name, stage, given)
            except ConfigurationError as error:
                if not any(entry["what"] == f"panel: {name}" for entry in self.left_out):
                    self.left_out.append({"what": f"panel: {name}", "why": str(error)})
                continue
            made[built.name] = built
            self.titles[built.name] = built.title
        return made


def _check_tables(config: EvaluateGames, subjects: Sequence[Subject], stage: Stage) -> None:
    for subject in subjects:
        if subject.table is not None:
            read_table(subject.table, stage, config.history)
