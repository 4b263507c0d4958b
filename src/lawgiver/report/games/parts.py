"""One JSON object of a run and where it stands, so that whatever is wrong with it can be named."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.outcome import ConfigurationError
from lawgiver.report.words import finite

Floats = NDArray[np.float64]
LARGEST = 1e15
"""Beyond this nothing can be drawn, and nothing that is measured here comes near."""


class Part:
    """A JSON object that is read with defaults where a key is missing, and errors where it holds something else."""

    def __init__(self, content: Any, where: str) -> None:
        """Hold an object; None stands for an empty one.

        Args:
            content: what JSON gave.
            where: file and key, for errors.

        Raises:
            ConfigurationError: if it is no object.
        """
        if content is not None and not isinstance(content, dict):
            raise wrong(where, "one object is wanted")
        self.content: dict[str, Any] = content or {}
        self.where = where

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.content)

    def at(self, key: str) -> str:
        """Where a key stands."""
        return f"{self.where}: {key}"

    def text(self, key: str, default: str = "") -> str:
        """A text, or a number as text."""
        value = self.content.get(key)
        if value is None:
            return default
        if isinstance(value, dict | list):
            raise wrong(self.at(key), "a text is wanted")
        return str(value)

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        values = self._list(key)
        if any(isinstance(value, dict | list) for value in values):
            raise wrong(self.at(key), "a list of texts is wanted")
        return [str(value) for value in values]

    def number(self, key: str) -> float | None:
        """A finite number, None for anything else."""
        return real(self.content.get(key))

    def whole(self, key: str) -> int:
        """A whole number; 0 for anything else."""
        return int(self.number(key) or 0)

    def flags(self, key: str) -> list[bool]:
        """A list of booleans."""
        return [value is True for value in self._list(key)]

    def part(self, key: str) -> Part:
        """An object within; an empty one where there is none."""
        return Part(self.content.get(key), self.at(key))

    def parts(self, key: str) -> list[Part]:
        """A list of objects."""
        return [Part(value, f"{self.at(key)}[{i}]") for i, value in enumerate(self._list(key))]

    def children(self) -> dict[str, Part]:
        """All values, each of them an object."""
        return {str(key): self.part(key) for key in self.content}

    def numbers(self, key: str, *shape: int | None) -> Floats:
        """Numbers in lists within lists, NaN where one is missing.

        Args:
            key: where they are.
            shape: the length of each level, None where it is free; all lists of a level must be equally long.
        """
        if self.content.get(key) is None:
            return np.full([size or 0 for size in shape], math.nan)
        return floats(self.content[key], shape, self.at(key))

    def _list(self, key: str) -> list[Any]:
        value = self.content.get(key)
        if value is not None and not isinstance(value, list):
            raise wrong(self.at(key), "a list is wanted")
        return value or []


def floats(value: Any, shape: tuple[int | None, ...], where: str) -> Floats:
    """See `Part.numbers`.

    Raises:
        ConfigurationError: if the lists are not as deep or as long as they should be.
    """
    flat: list[float] = []
    size = _walk(value, list(shape), flat, where)
    return np.array(flat, dtype=np.float64).reshape([length or 0 for length in size])


def _walk(value: Any, shape: list[int | None], flat: list[float], where: str) -> list[int | None]:
    """Collect the numbers; returns the shape with its free lengths as they were found."""
    if not shape:
        if isinstance(value, list | dict):
            raise wrong(where, "a number is wanted")
        number = real(value)
        flat.append(math.nan if number is None else number)
        return []
    if not isinstance(value, list) or (shape[0] is not None and len(value) != shape[0]):
        many = "" if shape[0] is None else f" of {shape[0]}"
        raise wrong(where, f"a list{many} is wanted")
    inner = shape[1:]
    for entry in value:
        inner = _walk(entry, inner, flat, where)
    return [len(value), *inner]


def real(value: Any) -> float | None:
    """A finite number of a size that can be drawn, None for anything else."""
    try:
        number = finite(value)
    except OverflowError:
        return None
    return None if number is None or abs(number) > LARGEST else number


def known(value: Any) -> float | None:
    """The same for what comes out of an array of floats: None for NaN."""
    return real(float(value))


def wrong(where: str, what: str) -> ConfigurationError:
    """The error for a document that lawgiver did not write like this."""
    return ConfigurationError(f"{where}: {what}; make the run again with this version")
