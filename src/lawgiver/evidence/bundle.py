"""The fitted judges as they are kept: linear weights in an `.npz` without pickle, and the header that explains them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lawgiver.data import atomic_write, sha256_bytes
from lawgiver.evidence import features, referral, refusal, repetition
from lawgiver.evidence.features import BUCKETS, Features
from lawgiver.evidence.heads import HeadSpec
from lawgiver.evidence.lexicon import Lexicon
from lawgiver.outcome import ConfigurationError

REFIT = "run `lawgiver charter fit` to write it anew"

LARGEST = 64 * 2**20
"""Bytes a bundle may have; real ones have less than one megabyte."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same labels give the same bytes, whatever the clock says


@dataclass(frozen=True)
class Bundle:
    """Linear judges of several fields that share one reading of the text.

    K columns are the classes of all heads side by side. The logit of a class is
    `(text @ weights[buckets] + dense @ dense_weights + intercept) / temperature` of its head.
    """

    heads: tuple[HeadSpec, ...]
    """What is judged; the columns are their classes in this order."""
    temperatures: tuple[float, ...]
    """One a head, positive; above 1 where the raw probabilities were too sure."""
    lexicon: Lexicon
    """The groups of words that the features count."""
    buckets: npt.NDArray[np.int32]
    """Hash buckets that have weights, ascending, (B,)."""
    weights: npt.NDArray[np.float16]
    """(B, K)."""
    dense_weights: npt.NDArray[np.float32]
    """(number of named features, K)."""
    intercept: npt.NDArray[np.float32]
    """(K,)."""
    provenance: Mapping[str, Any]
    """Where it came from: labels' sha256, number of rows, seed, versions."""

    def to_bytes(self) -> bytes:
        """The file's content; the same bundle gives the same bytes."""
        arrays = {
            "buckets": self.buckets.astype("<i4"),
            "weights": self.weights.astype("<f2"),
            "dense_weights": self.dense_weights.astype("<f4"),
            "intercept": self.intercept.astype("<f4"),
        }
        header = {
            "reading": _reading(),
            "heads": [
                {"field": head.field, "classes": list(head.classes), "requires": head.requires, "temperature": t}
                for head, t in zip(self.heads, self.temperatures, strict=True)
            ],
            "lexicon": self.lexicon.to_json(),
            "provenance": dict(self.provenance),
        }
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo("header.json", _EPOCH), json.dumps(header, ensure_ascii=False))
            for name, array in arrays.items():
                content = io.BytesIO()
                np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), content.getvalue())
        return packed.getvalue()

    @property
    def version(self) -> str:
        """First 12 hex digits of the file's sha256: other labels, other weights, other version."""
        return sha256_bytes(self.to_bytes())[:12]

    def save(self, path: Path) -> None:
        """Write the file atomically."""
        atomic_write(path, self.to_bytes())


def load(path: Path) -> Bundle:
    """Read a bundle.

    Raises:
        ConfigurationError: if it is missing, damaged, or was fitted by a version that read texts otherwise.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigurationError(f"{path}: larger than {LARGEST} bytes, so no fitted judge; {REFIT}")
        with zipfile.ZipFile(path) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError("a member is compressed")
            header = json.loads(archive.read("header.json"))
            arrays = {
                name: np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
                for name in ("buckets", "weights", "dense_weights", "intercept")
            }
        bundle = _decode(header, arrays)
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no fitted judges here; {REFIT}") from None
    except ConfigurationError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigurationError(
            f"{path}: not a readable file of fitted judges ({type(error).__name__}: {error}); {REFIT}"
        ) from None
    if header["reading"] != _reading():
        raise ConfigurationError(f"{path}: fitted when texts were read otherwise than now; {REFIT}")
    _check(bundle, path)
    return bundle


def _decode(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Bundle:
    heads = tuple(
        HeadSpec(str(head["field"]), tuple(map(str, head["classes"])), head["requires"]) for head in header["heads"]
    )
    lexicon = Lexicon(
        {name: frozenset(entries) for name, entries in header["lexicon"]["topics"].items()},
        {name: frozenset(entries) for name, entries in header["lexicon"]["signals"].items()},
        str(header["lexicon"]["alarm"]),
    )
    if lexicon.alarm not in lexicon.groups:
        raise ValueError("the lexicon lacks its alarm group")
    return Bundle(
        heads=heads,
        temperatures=tuple(float(head["temperature"]) for head in header["heads"]),
        lexicon=lexicon,
        provenance=dict(header["provenance"]),
        **arrays,
    )


def _check(bundle: Bundle, path: Path) -> None:
    """Raise ConfigurationError unless the arrays fit the header and hold numbers."""
    columns = sum(len(head.classes) for head in bundle.heads)
    rows = len(bundle.buckets)
    wanted = {
        "buckets": ((rows,), np.dtype("<i4")),
        "weights": ((rows, columns), np.dtype("<f2")),
        "dense_weights": ((len(Features(bundle.lexicon).names), columns), np.dtype("<f4")),
        "intercept": ((columns,), np.dtype("<f4")),
    }
    for name, (shape, dtype) in wanted.items():
        array = getattr(bundle, name)
        if array.shape != shape or array.dtype != dtype:
            raise ConfigurationError(f"{path}:{name}: {array.dtype} {array.shape}, expected {dtype} {shape}; {REFIT}")
        if not np.isfinite(array).all():
            raise ConfigurationError(f"{path}:{name}: holds a number that is not finite; {REFIT}")
    if rows and not (0 <= bundle.buckets.min() and bundle.buckets.max() < BUCKETS):
        raise ConfigurationError(f"{path}:buckets: outside 0 to {BUCKETS - 1}; {REFIT}")
    if not bundle.heads or not all(0 < t < float("inf") for t in bundle.temperatures):
        raise ConfigurationError(f"{path}:heads: none, or a temperature that is not positive; {REFIT}")


def _reading() -> dict[str, Any]:
    """Everything that decides how a text becomes features, besides the lexicon."""
    return {
        "features": features.VERSION,
        "buckets": BUCKETS,
        "lexical": {s.SCORER.name: s.SCORER.version for s in (referral, refusal, repetition)},
    }
