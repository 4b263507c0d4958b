"""Canonical JSON: one text for one value, and a refusal for what different readers would read differently.

Keys sorted, no spaces, UTF-8. Refused: NaN and infinities, lone surrogates, keys that are not text, integers
beyond 64 bits, anything that is no JSON type, nesting deeper than 64 (half of what the engine survives),
cycles, and more than 1 MiB. The engine is handed nothing else: a lone surrogate or a deep list handed to it
raw ends the process.
"""

from __future__ import annotations

import json
from collections import Counter
from math import isfinite
from typing import Any, Final, NoReturn

import orjson

from lawgiver.outcome import ConfigurationError

MAX_DEPTH: Final = 64
MAX_BYTES: Final = 1 << 20


class CanonicalError(ConfigurationError):
    """A value has no canonical JSON; the message says where and why."""


def canonical_json(value: object, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Encode a value made of dict, list, tuple, str, int, float, bool and None (exact types, no subclasses).

    Args:
        value: the value; tuples are written as arrays.
        max_bytes: the longest encoding allowed.

    Raises:
        CanonicalError: and nothing else, whatever the value.
    """
    try:
        _check(value, max_bytes)
        encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except CanonicalError:
        raise
    except Exception as error:  # orjson's refusals; a container changed by another thread; out of memory
        raise CanonicalError(f"no canonical JSON: {error}") from None
    if len(encoded) > max_bytes:
        raise CanonicalError(f"{len(encoded)} bytes of JSON, at most {max_bytes} are allowed")
    return encoded


def parse(text: str | bytes) -> Any:
    """Read JSON from a stranger: strictly, once, and only what `canonical_json` can write again.

    Raises:
        CanonicalError: for broken JSON, duplicate keys (readers disagree on which one counts), NaN or
            Infinity, and everything `canonical_json` refuses.
    """
    if len(text) > MAX_BYTES:
        raise CanonicalError(f"JSON of more than {MAX_BYTES} bytes")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except CanonicalError:
        raise
    except RecursionError:
        raise CanonicalError(f"JSON nested deeper than {MAX_DEPTH}") from None
    except Exception as error:
        raise CanonicalError(f"not JSON: {error}") from None
    canonical_json(value)
    return value


# A link is (link of the parent, key): built per container, so that an error can say where at no cost to the
# leaves.
_Link = tuple[Any, "str | int"]


def _check(value: object, budget: int) -> None:
    # Its own stack, not recursion: depth and cycles are what it is here to survive. The budget (a lower bound
    # of the encoded length) also ends structures that share parts and would unfold to more than memory holds.
    root: _Link = (None, "")
    stack: list[tuple[Any, int, _Link]] = [([value], 0, root)]
    while stack:
        container, depth, link = stack.pop()
        if depth > MAX_DEPTH:
            raise CanonicalError(f"{_where(link)[:120]}…: nested deeper than {MAX_DEPTH}, or containing itself")
        budget -= 2 * len(container)
        if budget < 0:
            raise CanonicalError("larger than allowed")
        depth += 1
        if type(container) is dict:
            for key, child in container.items():
                if type(key) is not str:
                    raise CanonicalError(f"{_where(link)}: the key {key!r:.80} is {type(key).__name__}, not str")
                budget -= len(key)
                kind = type(child)
                if kind is str:
                    budget -= len(child)
                elif kind is dict or kind is list or kind is tuple:
                    stack.append((child, depth, (link, key)))
                elif child is not None and kind is not bool and kind is not int:
                    _check_float(child, (link, key))
        else:
            for index, child in enumerate(container):
                kind = type(child)
                if kind is str:
                    budget -= len(child)
                elif kind is dict or kind is list or kind is tuple:
                    stack.append((child, depth, (link, index)))
                elif child is not None and kind is not bool and kind is not int:
                    _check_float(child, (link, index))
        if budget < 0:
            raise CanonicalError("larger than allowed")


def _check_float(value: object, link: _Link) -> None:
    if type(value) is not float:
        kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        raise CanonicalError(f"{_where(link)}: {kind} is no JSON type; convert it first")
    if not isfinite(value):
        raise CanonicalError(f"{_where(link)}: {value} is not a finite number")


def _where(link: _Link) -> str:
    keys: list[str] = []
    while link[0] is not None:
        keys.append(str(link[1]))
        link = link[0]
    # the last one is the index in the list that `_check` puts around the value
    return ".".join(reversed(keys[:-1])) or "the value"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise CanonicalError(f"the key {twice!r:.80} occurs twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise CanonicalError(f"{name} is not JSON")
