"""The engine in this process: regorus, with every way it can hurt its host closed off.

What was measured of it, and what this file does about it: inputs go in as canonical JSON only (its own
conversion of Python objects crashes on lone surrogates, cycles and depth); answers come out as JSON only; an
engine belongs to the thread that made it, so each thread gets its own; a panic is a BaseException, and the
engine it left is thrown away. A policy that recurses or hangs cannot be stopped from here: that is what the
canary is for.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson
import regorus

from lawgiver.outcome import PolicyError
from lawgiver.policy.canonical import CanonicalError, canonical_json
from lawgiver.policy.decision import Decision, denied, validate_decision
from lawgiver.policy.messages import explain

MAX_DATA_BYTES: Final = 64 << 20

_QUERY: Final = re.compile(r"data(\.[A-Za-z_][A-Za-z0-9_]*)+")


@cache
def engine_version() -> str:
    """Name the engine and its version, e.g. `gordon-to-regorus 0.13.0`."""
    # imported here: it takes longer than everything else in this package, and most commands never ask
    from importlib.metadata import version

    return f"gordon-to-regorus {version('gordon-to-regorus')}"


class _Engines(threading.local):
    """This thread's engines, by owner: each must also be *dropped* by its own thread."""

    def __init__(self) -> None:
        self.by_owner: dict[int, Any] = {}


_ENGINES = _Engines()
_OWNERS: WeakValueDictionary[int, EmbeddedEngine] = WeakValueDictionary()
_NUMBERS = itertools.count()


class EmbeddedEngine:
    """Evaluates one rule of a set of Rego modules, in the calling thread.

    Evaluation holds the interpreter lock: more threads do not make it faster, more processes do.
    """

    def __init__(self, modules: Mapping[str, str], data: Mapping[str, Any], query: str) -> None:
        """Parse the modules; `lawgiver.policy.load` checks them first, which this does not.

        Args:
            modules: file name → Rego source.
            data: what the rules see as `data`, beside themselves.
            query: the rule that is the decision, e.g. `data.charter.medical.decision`.

        Raises:
            PolicyError: if a module does not parse, naming file and line, or the query is no rule path.
            CanonicalError: if the data has no canonical JSON.
        """
        if not _QUERY.fullmatch(query):
            raise PolicyError(f"the query {query!r} is no rule path; write it like data.charter.medical.decision")
        self.query = query
        self._modules = dict(modules)
        self._data = canonical_json(dict(data), max_bytes=MAX_DATA_BYTES).decode()
        self._prints = any("print(" in source for source in self._modules.values())
        self._number = next(_NUMBERS)
        _OWNERS[self._number] = self
        self._engine()

    def evaluate(self, input: Mapping[str, Any]) -> Decision:
        """Decide on one input; see `PolicyEngine.evaluate`."""
        try:
            if not isinstance(input, Mapping):
                raise CanonicalError(f"it is {type(input).__name__}, not a mapping")
            text = canonical_json(input if type(input) is dict else dict(input)).decode()
        except Exception as error:
            return denied(f"input refused: {error}")
        try:
            engine = self._engine()
            engine.set_input_json(text)
            answer = engine.eval_rule_as_json(self.query)
            if self._prints:
                engine.take_prints()  # gathered so as not to reach stderr; nobody reads them here
            if answer == '"<undefined>"':
                return denied(f"{self.query} is undefined for this input")
            document = orjson.loads(answer)
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:
            return denied(f"{self.query} failed: {explain(error)}")
        except BaseException as error:  # a panic: the engine's state can no longer be trusted
            _ENGINES.by_owner.pop(self._number, None)
            return denied(f"{self.query} failed: the engine panicked: {explain(error)}")
        return validate_decision(document)

    def evaluate_batch(self, inputs: Sequence[Mapping[str, Any]]) -> list[Decision]:
        """Decide on many inputs, in order."""
        return [self.evaluate(each) for each in inputs]

    def __reduce__(self) -> tuple[type[EmbeddedEngine], tuple[dict[str, str], Any, str]]:
        """Rebuild from the sources in another process: the engine itself cannot travel."""
        return EmbeddedEngine, (self._modules, orjson.loads(self._data), self.query)

    def _engine(self) -> Any:
        engine = _ENGINES.by_owner.get(self._number)
        if engine is None:
            for number in [number for number in _ENGINES.by_owner if number not in _OWNERS]:
                del _ENGINES.by_owner[number]
            engine = _ENGINES.by_owner[self._number] = self._build()
        return engine

    def _build(self) -> Any:
        engine = regorus.Engine()
        engine.set_gather_prints(self._prints)
        try:
            for file, source in self._modules.items():
                engine.add_policy(file, source)
            engine.add_data_json(self._data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            raise PolicyError(explain(error)) from None
        return engine
