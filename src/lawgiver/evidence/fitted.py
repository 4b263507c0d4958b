"""The charter's own judge: calibrated linear classifiers over one reading of the text, fitted from its labels."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lawgiver.data import Exchange, atomic_write, sha256_bytes
from lawgiver.evidence import features
from lawgiver.evidence.base import FieldScore
from lawgiver.evidence.text import words
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Outcome, Value

NAME = "fitted"
SHORTEST = 2
"""Below this many words a text is too short to be judged."""
ASKED_ONLY = frozenset({"addresses", "helpful"})
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """One field's classifier: probabilities = softmax((x·W + b) / temperature)."""

    field: str
    classes: tuple[str, ...]
    """In alphabetical order; a bool field has `false` and `true`."""
    weight_FK: Array
    bias_K: Array
    temperature: float
    only_if_asked: bool = False
    """Abstains where the exchange has no part to be answered."""


@dataclass(frozen=True)
class FittedJudge:
    """All heads of a charter; a `Scorer`."""

    heads: tuple[Head, ...]
    labels_sha256: str
    """Of the label rows it was fitted on."""

    @property
    def name(self) -> str:
        """`fitted`."""
        return NAME

    @cached_property
    def version(self) -> str:
        """Features' version and the labels' hash."""
        return f"{features.VERSION}-{self.labels_sha256[:12]}"

    @property
    def fields(self) -> tuple[str, ...]:
        """One field per head."""
        return tuple(head.field for head in self.heads)

    def probabilities(self, exchanges: Sequence[Exchange]) -> dict[str, npt.NDArray[np.float64]]:
        """Field → probabilities of shape (N, K), classes in the head's order."""
        matrix = features.feature_matrix(exchanges)
        logits = matrix @ self._weights
        result: dict[str, npt.NDArray[np.float64]] = {}
        start = 0
        for head in self.heads:
            stop = start + len(head.classes)
            result[head.field] = softmax((logits[:, start:stop] + head.bias_K) / head.temperature)
            start = stop
        return result

    def score(self, exchanges: Sequence[Exchange]) -> list[dict[str, FieldScore]]:
        """Judge N exchanges; one that cannot be read fails alone."""
        try:
            table = self.probabilities(exchanges)
        except Exception as error:
            if len(exchanges) == 1:
                failure = Failed(f"{type(error).__name__}: {error}")
                return [{field: FieldScore(failure, NAME, self.version) for field in self.fields}]
            return [row for exchange in exchanges for row in self.score([exchange])]
        return [
            {head.field: self._field(head, exchange, table[head.field][n]) for head in self.heads}
            for n, exchange in enumerate(exchanges)
        ]

    def _field(self, head: Head, exchange: Exchange, probabilities_K: npt.NDArray[np.float64]) -> FieldScore:
        if head.only_if_asked and not exchange.context.get("answer_part"):
            return FieldScore(Abstained("nothing in scope was asked"), NAME, self.version)
        if len(words(exchange.response)) < SHORTEST:
            return FieldScore(Abstained("the response is too short to judge"), NAME, self.version)
        chosen = head.classes[int(probabilities_K.argmax())]
        outcome: Outcome[Any] = Value(chosen == "true" if set(head.classes) == {"false", "true"} else chosen)
        spread = {each: round(float(p), 6) for each, p in zip(head.classes, probabilities_K, strict=True)}
        return FieldScore(outcome, NAME, self.version, spread)

    @cached_property
    def _weights(self) -> Array:
        return np.concatenate([head.weight_FK for head in self.heads], axis=1)

    def save(self, path: Path) -> str:
        """Write the judge; the same labels give the same bytes. Returns the file's sha256."""
        header = {
            "features": features.VERSION,
            "labels_sha256": self.labels_sha256,
            "heads": [
                {
                    "field": head.field,
                    "classes": list(head.classes),
                    "temperature": head.temperature,
                    "only_if_asked": head.only_if_asked,
                }
                for head in self.heads
            ],
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, "header.json", json.dumps(header, indent=1).encode())
            for head in self.heads:
                for part, array in (("weight", head.weight_FK.astype(np.float16)), ("bias", head.bias_K)):
                    content = io.BytesIO()
                    np.lib.format.write_array(content, array, allow_pickle=False)
                    _add(archive, f"{head.field}.{part}.npy", content.getvalue())
        atomic_write(path, buffer.getvalue())
        return sha256_bytes(buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> FittedJudge:
        """Read a judge.

        Raises:
            ConfigurationError: if it is missing, corrupt, or of another version.
        """
        if not path.exists():
            raise ConfigurationError(f"{path}: missing; `lawgiver charter fit` makes it from the charter's labels")
        try:
            with zipfile.ZipFile(path) as archive:
                header = json.loads(archive.read("header.json"))
                if header["features"] != features.VERSION:
                    raise ConfigurationError(f"{path}: fitted by another version; run `lawgiver charter fit`")
                heads = tuple(_head(archive, each) for each in header["heads"])
                return cls(heads, str(header["labels_sha256"]))
        except ConfigurationError:
            raise
        except Exception as error:  # there is hardly anything that a damaged or hostile archive cannot raise
            raise ConfigurationError(f"{path}: corrupt ({error}); run `lawgiver charter fit`") from None


def softmax(logits_NK: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Rows of probabilities."""
    shifted = np.asarray(logits_NK, dtype=np.float64)
    exponents = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    probabilities: npt.NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return probabilities


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # a fixed date, so that equal judges are equal files
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 9)


def _head(archive: zipfile.ZipFile, described: Mapping[str, Any]) -> Head:
    field, classes = str(described["field"]), tuple(map(str, described["classes"]))
    weight_FK, bias_K = (
        np.lib.format.read_array(io.BytesIO(archive.read(f"{field}.{part}.npy")), allow_pickle=False).astype(np.float32)
        for part in ("weight", "bias")
    )
    if weight_FK.shape != (features.WIDTH, len(classes)) or bias_K.shape != (len(classes),):
        raise ValueError(f"head {field} has the wrong shape")
    temperature = float(described["temperature"])
    if not (
        np.isfinite(weight_FK).all() and np.isfinite(bias_K).all() and np.isfinite(temperature) and temperature > 0
    ):
        raise ValueError(f"head {field} holds no finite numbers")
    return Head(field, classes, weight_FK, bias_K, temperature, bool(described["only_if_asked"]))
